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
use super::link::Link;
use super::listening::Listening;
use super::options::Options;
use super::packet_peer_dtls::PacketPeerDTLS;
use super::psk_keys::PskLookup;
use super::refusal::Refusal;
use super::roster::Roster;
use super::server_role::ServerSetup;
use super::statistics;
use crate::core::Listener;

mod own_socket;

pub(super) use own_socket::register_properties;

/// Takes the DTLS connections of clients. The counterpart of the engine's [DTLSServer], on OpenSSL.
///
/// [method setup] gives the server its certificate, [method listen] opens its port. After that [method poll] serves all
/// clients, and [method take_connection] gives a [PacketPeerDTLSOpenSSL] for each that is new.
///
/// ```gdscript
/// extends Node
///
/// var server := DTLSServerOpenSSL.new()
/// var peers: Array[PacketPeerDTLSOpenSSL] = []
///
/// func _ready() -> void:
///     server.setup(TLSOptions.server(load("res://server.key"), load("res://server.crt")))
///     server.listen(4242)
///
/// func _process(_delta: float) -> void:
///     server.poll()
///     while server.is_connection_available():
///         peers.append(server.take_connection())
///     for peer in peers:
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
///     private readonly DtlsServer _server = new();
///     private readonly List<PacketPeerDtls> _peers = new();
///
///     public override void _Ready()
///     {
///         _server.Setup(TlsOptions.Server(
///             GD.Load<CryptoKey>("res://server.key"), GD.Load<X509Certificate>("res://server.crt")));
///         _server.Listen(4242);
///     }
///
///     public override void _Process(double delta)
///     {
///         _server.Poll();
///         while (_server.TakeConnection() is PacketPeerDtls peer)
///         {
///             _peers.Add(peer);
///         }
///         foreach (var peer in _peers)
///         {
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
///
/// Without [method listen] the server is used like the engine's: each [PacketPeerUDP] that a [UDPServer] shows goes to
/// [method take_connection], and the peer that comes back is polled by itself. The first contact of every client then
/// ends at once, with [constant PacketPeerDTLSOpenSSL.STATUS_ERROR]: the client was asked to prove its address, and
/// comes back as a new connection. Such a peer can be forgotten.
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
    /// Some: the server owns its socket.
    listening: Option<Arc<Listening>>,
    #[init(val = own_socket::MAX_PENDING)]
    max_pending: usize,
    #[init(val = own_socket::RECEIVE_BUFFER)]
    receive_buffer: usize,
    send_batching: bool,
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

    /// After [method listen]: takes the next connection of a client, and returns its peer. Null if there is none: see
    /// [method is_connection_available]. The handshake may already be complete: the peer then has [constant
    /// PacketPeerDTLSOpenSSL.STATUS_CONNECTED] from the start, and emits no signal for it. Null, with a line in the
    /// log, also if a `udp_peer` is given.
    ///
    /// Without [method listen]: begins a connection with the client whose datagrams wait in `udp_peer`, which comes
    /// from [method UDPServer.take_connection]. Returns a peer with [constant
    /// PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING], to be polled; with [constant PacketPeerDTLSOpenSSL.STATUS_ERROR] at a
    /// client's first contact, to be forgotten; with [constant PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED] if `udp_peer`
    /// is not connected. Null if `udp_peer` is null or [method setup] has not succeeded yet.
    #[func]
    fn take_connection(
        &mut self,
        #[opt(default = &Argument::NULL)] udp_peer: Argument<PacketPeerUdp>,
    ) -> Option<Gd<PacketPeerDTLS>> {
        let taken = guard(|| match self.try_take_connection(udp_peer.cast()) {
            Ok(peer) => peer,
            Err(refusal) => {
                refusal.report("DTLSServerOpenSSL.take_connection()");
                None
            }
        });
        taken.flatten()
    }

    /// Polls all peers that this server has handed out and that are still alive, in one call. Returns those with
    /// packets to read and those whose status has changed in this call.
    ///
    /// Use it in place of [method PacketPeerDTLSOpenSSL.poll], and of [method poll] after [method listen]: idle peers
    /// then cost next to nothing. It does not keep peers alive; hold those of your players.
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
            let listening = this.bind().listening.clone();
            if let Some(listening) = listening {
                return Self::poll_hosted(&this, &listening, true);
            }
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
    /// handshake now), [code]accepted[/code] (handshakes that were completed), [code]over_cap[/code] (clients that were
    /// not answered because of [member TLSOptionsOpenSSL.max_half_open] or [member max_pending_connections]),
    /// [code]dropped_unread[/code] (datagrams of peers with so many packets that nobody has read),
    /// [code]receive_buffer_size[/code] (what the system has granted of [member receive_buffer_size]; 0 while the
    /// server does not listen), [code]dropped_by_system[/code] (datagrams that did not fit it; -1 where the system does
    /// not tell) and [code]refused[/code]: a [Dictionary] from the name of a reason, such as
    /// [code]FAILURE_CERTIFICATE_EXPIRED[/code], to the number of connections that failed for it.
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        guard(|| {
            let counted = self.listener.as_ref().map(|listener| listener.lock().statistics());
            let mut dictionary = statistics::of_server(&counted.unwrap_or_default(), &self.log.refused());
            let (granted, lost) = self
                .listening
                .as_ref()
                .map_or((0, Some(0)), |listening| (listening.receive_buffer(), listening.lost()));
            dictionary.set("receive_buffer_size", i64::try_from(granted).unwrap_or(i64::MAX));
            let lost = lost.and_then(|lost| i64::try_from(lost).ok()).unwrap_or(-1);
            dictionary.set("dropped_by_system", lost);
            dictionary
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

    fn try_take_connection(&self, udp_peer: Option<Gd<PacketPeerUdp>>) -> Result<Option<Gd<PacketPeerDTLS>>, Refusal> {
        if let Some(listening) = &self.listening {
            return self.take_hosted(listening, udp_peer.is_some());
        }
        let Some(listener) = &self.listener else {
            return Err(Refusal::new(Error::ERR_UNCONFIGURED, "setup() has not succeeded yet"));
        };
        let Some(socket) = udp_peer else {
            return Err(Refusal::argument("udp_peer", "null: use UDPServer.take_connection()"));
        };
        if !socket.is_socket_connected() {
            let refusal = Refusal::argument("udp_peer", "not connected: use UDPServer.take_connection()");
            refusal.report("DTLSServerOpenSSL.take_connection()");
            return Ok(Some(PacketPeerDTLS::new_gd()));
        }
        let clock = Clock::default();
        let (lookup, log) = (self.psk_lookup.clone(), self.log.clone());
        let connection = Connection::server(socket, listener.clone(), lookup, log, &clock);
        let register = |link: &mut Link, peer| {
            if let Link::Given(connection) = link {
                connection.register(&self.roster, peer);
            }
        };
        Ok(Some(PacketPeerDTLS::accepted(
            Link::Given(connection),
            register,
            &clock,
        )))
    }
}
