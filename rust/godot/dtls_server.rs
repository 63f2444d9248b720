//! The class `DTLSServerOpenSSL`.

use std::sync::Arc;
use std::time::Instant;

use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::prelude::*;
use parking_lot::Mutex;

use super::argument::Argument;
use super::clock::Clock;
use super::connection::Connection;
use super::failure_log::ServerLog;
use super::guard::guard;
use super::options::Options;
use super::packet_peer_dtls::PacketPeerDTLS;
use super::psk_keys::PskLookup;
use super::refusal::Refusal;
use super::roster::Roster;
use super::server_role::ServerSetup;
use super::statistics;
use crate::core::Listener;

/// Takes the DTLS connections of clients. The counterpart of the engine's [DTLSServer], on OpenSSL.
///
/// [method setup] gives the server its certificate. After that, each [PacketPeerUDP] that a [UDPServer] shows goes to
/// [method take_connection], and the [PacketPeerDTLSOpenSSL] that comes back is polled until it is connected.
///
/// The first contact of every client ends at once, with [constant PacketPeerDTLSOpenSSL.STATUS_ERROR]: the client was
/// asked to prove its address, and comes back as a new connection. Such a peer can be forgotten.
///
/// ```gdscript
/// extends Node
///
/// var udp := UDPServer.new()
/// var dtls := DTLSServerOpenSSL.new()
/// var peers: Array[PacketPeerDTLSOpenSSL] = []
///
/// func _ready() -> void:
///     udp.listen(4242)
///     dtls.setup(TLSOptions.server(load("res://server.key"), load("res://server.crt")))
///
/// func _process(_delta: float) -> void:
///     udp.poll()
///     while udp.is_connection_available():
///         var peer := dtls.take_connection(udp.take_connection())
///         if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
///             peers.append(peer)
///     for peer in peers:
///         peer.poll()
///         while peer.get_available_packet_count() > 0:
///             peer.put_packet(peer.get_packet()) # An echo.
///     peers = peers.filter(func(peer: PacketPeerDTLSOpenSSL) -> bool: return peer.get_status() in [
///         PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED])
/// ```
///
/// ```csharp
/// using System.Collections.Generic;
/// using Godot;
/// using DtlsServer = OpenSslDtls.DtlsServer;
/// using PacketPeerDtls = OpenSslDtls.PacketPeerDtls;
///
/// public partial class Server : Node
/// {
///     private readonly UdpServer _udp = new();
///     private readonly DtlsServer _dtls = new();
///     private readonly List<PacketPeerDtls> _peers = new();
///
///     public override void _Ready()
///     {
///         _udp.Listen(4242);
///         _dtls.Setup(TlsOptions.Server(
///             GD.Load<CryptoKey>("res://server.key"), GD.Load<X509Certificate>("res://server.crt")));
///     }
///
///     public override void _Process(double delta)
///     {
///         _udp.Poll();
///         while (_udp.IsConnectionAvailable())
///         {
///             var peer = _dtls.TakeConnection(_udp.TakeConnection());
///             if (peer?.GetStatus() == PacketPeerDtls.Status.Handshaking)
///             {
///                 _peers.Add(peer);
///             }
///         }
///         foreach (var peer in _peers)
///         {
///             peer.Poll();
///             while (peer.GetAvailablePacketCount() > 0)
///             {
///                 peer.PutPacket(peer.GetPacket()); // An echo.
///             }
///         }
///         _peers.RemoveAll(peer => peer.GetStatus()
///             is not (PacketPeerDtls.Status.Handshaking or PacketPeerDtls.Status.Connected));
///     }
/// }
/// ```
#[derive(GodotClass)]
#[class(init, tool, base = RefCounted, rename = DTLSServerOpenSSL)]
pub(super) struct DTLSServer {
    /// None until [`setup`](Self::setup) has succeeded. Shared with the connections: a client that has restarted is
    /// recognised by its cookie.
    listener: Option<Arc<Mutex<Listener>>>,
    /// Whom new connections ask for pre-shared keys.
    psk_lookup: Option<PskLookup>,
    log: Arc<ServerLog>,
    roster: Roster,
}

#[godot_api]
impl DTLSServer {
    /// Gives the server its private key and certificate, or pre-shared keys: [method TLSOptions.server], or one of the
    /// [code]server[/code] methods of [TLSOptionsOpenSSL].
    ///
    /// Can be called again, for a new certificate or other settings: clients that connect from then on get them, living
    /// connections go on, and sessions can still be resumed. Returns [constant ERR_INVALID_PARAMETER] if the options
    /// are not a server's, or if the key and the certificate are no pair that DTLS can use; what was set up before then
    /// stays.
    #[func]
    fn setup(&mut self, server_options: Argument<RefCounted>) -> Error {
        let outcome = guard(|| match self.try_setup(server_options.object()) {
            Ok(()) => Error::OK,
            Err(refusal) => refusal.report("DTLSServerOpenSSL.setup()"),
        });
        outcome.unwrap_or(Error::FAILED)
    }

    /// Begins a connection with the client whose datagrams wait in `udp_peer`, which comes from
    /// [method UDPServer.take_connection].
    ///
    /// Returns a peer with [constant PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING], to be polled, or with
    /// [constant PacketPeerDTLSOpenSSL.STATUS_ERROR] at a client's first contact, to be forgotten. Returns null if
    /// `udp_peer` is null or [method setup] has not succeeded yet.
    #[func]
    fn take_connection(&mut self, udp_peer: Argument<PacketPeerUdp>) -> Option<Gd<PacketPeerDTLS>> {
        let taken = guard(|| match self.try_take_connection(udp_peer.cast()) {
            Ok(peer) => Some(peer),
            Err(refusal) => {
                refusal.report("DTLSServerOpenSSL.take_connection()");
                None
            }
        });
        taken.flatten()
    }

    /// Polls all peers that this server has handed out and that are still alive, in one call. Returns those with packets
    /// to read and those whose status has changed.
    ///
    /// Use it in place of [method PacketPeerDTLSOpenSSL.poll]: idle peers then cost next to nothing. It does not keep
    /// peers alive; hold those of your players.
    ///
    /// ```gdscript
    /// for peer in dtls_server.poll_all():
    ///     for packet in peer.receive_all():
    ///         peer.put_packet(packet)
    /// ```
    #[func(gd_self)]
    fn poll_all(this: Gd<Self>) -> Array<Gd<PacketPeerDTLS>> {
        guard(|| {
            // What handlers of signals do to the server must not find it borrowed.
            let roster = this.bind().roster.clone();
            let clock = Clock::default();
            let mut busy = roster.busy(clock.now());
            busy.retain_mut(|peer| peer.bind_mut().has_news_after_poll(&clock));
            busy.as_slice().into()
        })
        .unwrap_or_default()
    }

    /// What the server and all connections that it has taken have counted so far.
    ///
    /// The keys are those of [method PacketPeerDTLSOpenSSL.get_statistics] without [code]handshake_time_usec[/code],
    /// and [code]hello_verify_requests[/code] (clients that were asked to prove their address),
    /// [code]cookie_failures[/code] (proofs that were wrong or too old), [code]half_open[/code] (connections in the
    /// handshake now), [code]accepted[/code] (handshakes that were completed), [code]over_cap[/code] (clients that were not
    /// answered because of [member TLSOptionsOpenSSL.max_half_open]) and [code]refused[/code]: a [Dictionary]
    /// from the name of a reason, such as [code]FAILURE_CERTIFICATE_EXPIRED[/code], to the number of connections that
    /// failed for it.
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        guard(|| {
            let counted = self.listener.as_ref().map(|listener| listener.lock().statistics());
            statistics::of_server(&counted.unwrap_or_default(), &self.log.refused())
        })
        .unwrap_or_default()
    }
}

impl DTLSServer {
    fn try_setup(&mut self, options: Option<Gd<Object>>) -> Result<(), Refusal> {
        let refuse = |text| Refusal::argument("server_options", text);
        let options = options.ok_or_else(|| refuse("null: use TLSOptions.server()".to_string()))?;
        let setup = ServerSetup::new(Options::read(options, "server_options")?)?;
        let now = Instant::now();
        match &self.listener {
            Some(listener) => listener
                .lock()
                .set_config(setup.config, now)
                .map_err(|error| refuse(error.to_string()))?,
            None => {
                let listener = Listener::new(setup.config, now).map_err(|error| refuse(error.to_string()))?;
                self.listener = Some(Arc::new(Mutex::new(listener)));
            }
        }
        self.psk_lookup = setup.psk_lookup;
        Ok(())
    }

    fn try_take_connection(&self, udp_peer: Option<Gd<PacketPeerUdp>>) -> Result<Gd<PacketPeerDTLS>, Refusal> {
        let Some(listener) = &self.listener else {
            return Err(Refusal::new(Error::ERR_UNCONFIGURED, "setup() has not succeeded yet"));
        };
        let Some(socket) = udp_peer else {
            return Err(Refusal::argument("udp_peer", "null: use UDPServer.take_connection()"));
        };
        if !socket.is_socket_connected() {
            let refusal = Refusal::argument("udp_peer", "not connected: use UDPServer.take_connection()");
            refusal.report("DTLSServerOpenSSL.take_connection()");
            return Ok(PacketPeerDTLS::new_gd());
        }
        let clock = Clock::default();
        let (lookup, log) = (self.psk_lookup.clone(), self.log.clone());
        let connection = Connection::server(socket, listener.clone(), lookup, log, &clock);
        Ok(PacketPeerDTLS::accepted(connection, &self.roster, &clock))
    }
}
