//! The class `PacketPeerDTLSOpenSSL`.
//!
//! What makes and ends connections and moves packets is here; [`connecting`] makes those that need no `PacketPeerUDP`,
//! and what can be asked about them lies in [`inspection`].
//!
//! # Scripts that are called
//! A handler of [`status_changed`](PacketPeerDTLS::status_changed), or the function that knows the pre-shared keys, may
//! call every method of the peer and may drop the last reference to it. The `godot` crate allows neither while a method
//! borrows the object, and aborts the process over the second. So the rare methods take `Gd<Self>`, which borrows
//! nothing while it emits. [`PacketPeerDTLS::poll`] runs for each peer in each frame and takes `&mut self`, which costs
//! less; see [`PacketPeerDTLS::lend`].

use std::time::Instant;

use godot::classes::{IPacketPeerExtension, PacketPeerExtension, PacketPeerUdp};
use godot::global::Error;
use godot::meta::conv::RawPtr;
use godot::prelude::*;

use super::argument::Argument;
use super::client_role::{ClientSetup, Hostname};
use super::clock::Clock;
use super::connection::Connection;
use super::guard::guard;
use super::link::Link;
use super::options::Options;
use super::refusal::Refusal;
use super::statistics::PeerStatistics;
use super::status::Status;
use super::weak_peer::WeakPeer;
use crate::core::{self, Failure, Session};

mod connecting;
mod handed_out;
mod inspection;

/// One end of a DTLS connection. The counterpart of the engine's [PacketPeerDTLS], on OpenSSL.
///
/// A client makes one and calls [method connect_to_host], or [method connect_to_peer] to use a [PacketPeerUDP] of its
/// own; a server is given one by [method DTLSServerOpenSSL.take_connection]. Either calls [method poll] in every frame.
/// Packets go through [method PacketPeer.put_packet] and [method PacketPeer.get_packet]: encrypted and unforged, but,
/// as with UDP, perhaps lost or in another order.
///
/// [method PacketPeer.put_packet] takes up to 16384 bytes; what is larger is refused with [constant
/// ERR_INVALID_PARAMETER]. Up to [method get_max_packet_size] bytes fit one datagram on nearly every network. [constant
/// ERR_BUSY]: the system has no room for the packet now. [constant ERR_CONNECTION_ERROR]: the socket refuses it.
/// [constant ERR_UNCONFIGURED]: the status is not [constant STATUS_CONNECTED]. In each case that packet is lost, and
/// the connection lives. [method PacketPeer.get_packet] without a packet that waits gives an empty array, and [method
/// PacketPeer.get_packet_error] is [constant ERR_UNAVAILABLE], or [constant ERR_UNCONFIGURED] if there is no
/// connection.
///
/// The status, one of [enum Status], changes in [method poll] (or in that of a server that listens), in the methods
/// that connect and in [method disconnect_from_peer] only, and an end shows only when the packets that were received
/// before it have been read.
///
/// Why a connection failed tell [method get_failure_message], to whoever plays, [method get_failure_detail], to whoever
/// develops, and [method get_failure_reason], to the script, as one of [enum FailureReason].
///
/// ```gdscript
/// extends Node
///
/// var dtls := PacketPeerDTLSOpenSSL.new()
///
/// func _ready() -> void:
///     dtls.status_changed.connect(_on_status_changed)
///     dtls.connect_to_host("example.com", 4242, "", TLSOptions.client(load("res://authority.crt")))
///
/// func _process(_delta: float) -> void:
///     dtls.poll()
///     while dtls.get_available_packet_count() > 0:
///         print(dtls.get_packet().get_string_from_utf8())
///
/// func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status) -> void:
///     if status == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
///         dtls.put_packet("Hello".to_utf8_buffer())
/// ```
///
/// ```csharp
/// using Godot;
/// using PacketPeerDtls = OpenSslDtls.PacketPeerDtls;
///
/// public partial class Client : Node
/// {
///     private readonly PacketPeerDtls _dtls = new();
///
///     public override void _Ready()
///     {
///         _dtls.StatusChanged += OnStatusChanged;
///         _dtls.ConnectToHost("example.com", 4242, "", TlsOptions.Client(GD.Load<X509Certificate>("res://authority.crt")));
///     }
///
///     public override void _Process(double delta)
///     {
///         _dtls.Poll();
///         while (_dtls.GetAvailablePacketCount() > 0)
///         {
///             GD.Print(_dtls.GetPacket().GetStringFromUtf8());
///         }
///     }
///
///     private void OnStatusChanged(PacketPeerDtls.Status status)
///     {
///         if (status == PacketPeerDtls.Status.Connected)
///         {
///             _dtls.PutPacket("Hello".ToUtf8Buffer());
///         }
///     }
/// }
/// ```
#[derive(GodotClass)]
#[class(init, tool, base = PacketPeerExtension, rename = PacketPeerDTLSOpenSSL)]
pub(super) struct PacketPeerDTLS {
    base: Base<PacketPeerExtension>,
    status: Status,
    /// Why the last connection failed.
    failure: Option<Failure>,
    /// What the last connection has counted.
    statistics: PeerStatistics,
    /// Present while the status is one of an active connection.
    connection: Option<Link>,
}

#[godot_api]
impl PacketPeerDTLS {
    /// The status has become `status`, which [method get_status] returns as well. Every method can be called from here.
    /// Other threads that use this peer meanwhile wait until the handlers have returned. So a handler must not wait for
    /// such a thread, and two threads whose handlers use each other's peers can wait for each other for ever.
    #[signal]
    fn status_changed(status: Status);

    /// Receives what has arrived and sends again what was lost. Call it in every frame. For the peers of a server after
    /// [method DTLSServerOpenSSL.listen] it is not needed: [method DTLSServerOpenSSL.poll] does it for all of them.
    ///
    /// Takes what was there when the call began, up to 256 packets or 64 KiB. The rest waits for the next call.
    #[func]
    fn poll(&mut self) {
        self.poll_at(&Clock::default());
    }

    /// Polls, and returns all packets that wait: what [method poll] and [method PacketPeer.get_packet] in a loop give,
    /// in one call.
    #[func]
    fn receive_all(&mut self) -> Array<PackedByteArray> {
        self.poll_at(&Clock::default());
        guard(|| {
            let mut packet = Vec::new();
            let next = || self.next_packet(&mut packet).is_ok().then(|| packet.as_slice().into());
            let packets: Vec<PackedByteArray> = std::iter::from_fn(next).collect();
            core::recycle(packet);
            // Its length is known: that saves the engine to grow the array and to check what comes into it.
            packets.as_slice().into()
        })
        .unwrap_or_default()
    }

    /// Begins to connect to the DTLS server at the other end of `packet_peer`, on which
    /// [method PacketPeerUDP.connect_to_host] has been called.
    ///
    /// The server's certificate has to be valid for `hostname`, a name or an IP address. `hostname` can also be a
    /// [bool], as in Godot 3: [code]true[/code] verifies the certificate and the IP address that the server answers
    /// from, [code]false[/code] verifies nothing. It says so only where there are no `client_options`, which then
    /// decide: [TLSOptions] or [TLSOptionsOpenSSL]. Without them the certificates that the system trusts are trusted.
    ///
    /// Returns [constant OK] when the first packet is sent; [method poll] does the rest.
    /// [constant ERR_INVALID_PARAMETER]: see the log. [constant ERR_ALREADY_IN_USE]: this peer is connecting or
    /// connected. [constant ERR_UNCONFIGURED]: no trusted certificates were found on this system.
    /// [constant FAILED]: the socket refuses to send.
    #[func(gd_self)]
    fn connect_to_peer(
        this: Gd<Self>,
        packet_peer: Argument<PacketPeerUdp>,
        hostname: Variant,
        #[opt(default = &Argument::NULL)] client_options: Argument<RefCounted>,
    ) -> Error {
        let outcome = Self::change(this, |peer| {
            match peer.connect(packet_peer.cast(), &hostname, client_options.object()) {
                Ok(error) => error,
                Err(refusal) => refusal.report("PacketPeerDTLSOpenSSL.connect_to_peer()"),
            }
        });
        outcome.unwrap_or(Error::FAILED)
    }

    /// The status of the connection.
    #[func]
    fn get_status(&self) -> Status {
        let freed = match &self.connection {
            Some(Link::Hosted(connection)) => guard(|| connection.status_without_server()).flatten(),
            _ => None,
        };
        freed.unwrap_or(self.status)
    }

    /// Closes the connection and tells the other side. Packets that were not read are gone. A [PacketPeerUDP] from
    /// [UDPServer] is closed as well; one that you connected stays open.
    ///
    /// Does nothing if there is no connection: [method get_status] goes on to tell how the last one ended.
    #[func(gd_self)]
    fn disconnect_from_peer(this: Gd<Self>) {
        Self::change(this, |peer| {
            if peer.connection.is_some() {
                peer.end();
                peer.status = Status::Disconnected;
            }
        });
    }
}

#[godot_api]
impl IPacketPeerExtension for PacketPeerDTLS {
    fn get_available_packet_count(&self) -> i32 {
        self.ask(Session::received)
            .and_then(|count| i32::try_from(count).ok())
            .unwrap_or(0)
    }

    /// What fits one datagram of the MTU. Larger packets are sent as well.
    fn get_max_packet_size(&self) -> i32 {
        self.largest_packet()
            .and_then(|size| i32::try_from(size).ok())
            .unwrap_or(0)
    }

    #[allow(unsafe_code)]
    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        let handed_out = guard(|| {
            let mut packet = Vec::new();
            self.next_packet(&mut packet)?;
            handed_out::keep(packet).ok_or(Error::FAILED)
        });
        let (outcome, packet) = match handed_out.unwrap_or(Err(Error::FAILED)) {
            Ok(packet) => (Error::OK, packet),
            Err(error) => (error, std::ptr::from_ref::<[u8]>(&[])),
        };
        // A record carries 16 KiB at the most.
        let length = i32::try_from(packet.len()).unwrap_or(0);
        // SAFETY: Godot passes two valid places to write to. The packet stays where it is, whatever other threads do,
        // until this one asks for the next; Godot has copied it by then.
        unsafe {
            r_buffer.ptr().write(RawPtr::new(packet.cast()));
            r_buffer_size.ptr().write(length);
        }
        outcome
    }

    #[allow(unsafe_code)]
    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        let payload = match usize::try_from(p_buffer_size) {
            // SAFETY: Godot passes so many bytes, which live and do not change during the call.
            Ok(length) if length > 0 => unsafe { std::slice::from_raw_parts(p_buffer.ptr(), length) },
            _ => &[],
        };
        guard(|| self.send(payload)).unwrap_or(Error::FAILED)
    }
}

impl PacketPeerDTLS {
    /// A server's end of a connection that has just begun, or failed to. Nobody can have connected its signal yet. The
    /// server is told of it by `register`.
    pub(super) fn accepted(connection: Link, register: impl FnOnce(&mut Link, WeakPeer), clock: &Clock) -> Gd<Self> {
        let mut peer = Gd::from_init_fn(|base| PacketPeerDTLS {
            base,
            status: Status::Handshaking,
            failure: None,
            statistics: PeerStatistics::default(),
            connection: Some(connection),
        });
        peer.bind_mut().enter(register, clock);
        peer
    }

    /// Registers a living connection, and lets go of one that has already ended.
    fn enter(&mut self, register: impl FnOnce(&mut Link, WeakPeer), clock: &Clock) {
        self.catch_up(clock);
        if self.status.is_active() {
            let peer = WeakPeer::new(&self.to_gd());
            if let Some(connection) = &mut self.connection {
                register(connection, peer);
            }
            // A poll on another thread may have come upon a change before it knew whom to tell.
            self.catch_up(clock);
        }
        if !self.status.is_active() {
            self.end();
        }
    }

    /// Takes the changes that there were, without a word.
    fn catch_up(&mut self, clock: &Clock) {
        while self.status.is_active()
            && let Some(connection) = &mut self.connection
            && let Some(event) = connection.next_event(clock)
        {
            self.status = Status::after(&event);
            self.failure = event.into_failure();
        }
    }

    /// Polls. True if packets wait or the status has changed.
    pub(super) fn has_news_after_poll(&mut self, clock: &Clock) -> bool {
        let before = self.status;
        self.poll_at(clock);
        self.status != before || self.ask(Session::received).is_some_and(|packets| packets > 0)
    }

    pub(super) fn poll_at(&mut self, clock: &Clock) {
        if guard(|| self.advance(clock)).is_none() {
            self.abandon();
        }
    }

    /// One turn: what the network and the time have brought, then the changes that followed from it, one by one.
    fn advance(&mut self, clock: &Clock) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.poll(clock);
        self.ask_for_psk(clock);
        // A handler may have connected anew or disconnected: look at the field each time.
        while let Some(event) = self
            .connection
            .as_mut()
            .and_then(|connection| connection.next_event(clock))
        {
            self.status = Status::after(&event);
            if !self.status.is_active() {
                self.end();
            }
            self.failure = event.into_failure();
            if self.failure != Some(Failure::CookieExchange) {
                self.announce();
            }
        }
    }

    /// Asks the script for the pre-shared key of a client, if that is what the handshake waits for, and goes on with
    /// it.
    fn ask_for_psk(&mut self, clock: &Clock) {
        let connection = self.connection.as_mut();
        let Some(request) = connection.and_then(|connection| connection.next_psk_request(clock)) else {
            return;
        };
        let answer = self.lend(|| request.ask());
        // The script may have disconnected the peer.
        if let Some(connection) = &mut self.connection {
            connection.answer_psk(&request, answer, clock);
            connection.poll(clock);
        }
    }

    /// Emits the signal from within a method that borrows `self`.
    fn announce(&mut self) {
        let peer = self.to_gd();
        let status = self.status;
        self.lend(|| peer.signals().status_changed().emit(status));
    }

    /// Lets `action` call scripts from within a method that borrows `self`.
    ///
    /// The borrow is lent to them, so they may call everything. If one drops the last reference, the object must not
    /// die before the method has returned. The reference that keeps it alive is then handed to the engine's message
    /// queue, which lets go of it at the end of the frame.
    fn lend<T>(&mut self, action: impl FnOnce() -> T) -> T {
        let keep = self.to_gd();
        let references = keep.get_reference_count();
        let lent = self.base_mut();
        let result = action();
        drop(lent);
        if keep.get_reference_count() < references {
            // A queued call holds its arguments. What it calls does not matter.
            keep.callable("get_instance_id")
                .unbind(1)
                .call_deferred(&[keep.to_variant()]);
        }
        result
    }

    /// Lets go of the connection. What it has counted stays.
    fn end(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            self.statistics = connection.close();
        }
    }

    /// Runs `action` on the object and emits the signal afterwards, when nothing is borrowed. None: it panicked.
    fn change<T>(mut this: Gd<Self>, action: impl FnOnce(&mut Self) -> T) -> Option<T> {
        guard(|| {
            let (result, changed) = {
                let mut peer = this.bind_mut();
                let before = peer.status;
                let result = action(&mut peer);
                (result, Some(peer.status).filter(|status| *status != before))
            };
            if let Some(status) = changed {
                this.signals().status_changed().emit(status);
            }
            result
        })
    }

    fn check_unused(&self) -> Result<(), Refusal> {
        match self.connection {
            None => Ok(()),
            Some(_) => Err(Refusal::new(
                Error::ERR_ALREADY_IN_USE,
                "this peer is connecting or connected already",
            )),
        }
    }

    fn connect(
        &mut self,
        packet_peer: Option<Gd<PacketPeerUdp>>,
        hostname: &Variant,
        client_options: Option<Gd<Object>>,
    ) -> Result<Error, Refusal> {
        self.check_unused()?;
        let socket = packet_peer
            .filter(|socket| socket.is_socket_connected())
            .ok_or_else(|| {
                Refusal::argument(
                    "packet_peer",
                    "null, no PacketPeerUDP, or not connected: call PacketPeerUDP.connect_to_host() first",
                )
            })?;
        let hostname = Hostname::read(hostname)?;
        let options = client_options
            .map(|options| Options::read(options, "client_options"))
            .transpose()?;
        let setup = ClientSetup::new(hostname, options)?;
        let (mut connection, sent) = Connection::client(socket, &setup.config, &setup.name, Instant::now())
            .map_err(|error| Refusal::argument("hostname", error))?;
        // A full buffer is a lost datagram, and the ClientHello will be sent again.
        if !matches!(sent, Error::OK | Error::ERR_BUSY) {
            self.status = Status::Error;
            self.failure = Some(Failure::Transport);
            self.statistics = connection.close();
            return Err(Refusal::new(
                Error::FAILED,
                "packet_peer refuses to send: is anyone listening there?",
            ));
        }
        self.begin(Link::Given(connection));
        Ok(Error::OK)
    }

    fn begin(&mut self, connection: Link) {
        self.status = Status::Handshaking;
        self.failure = None;
        self.connection = Some(connection);
    }

    /// Swaps the oldest received packet into `packet`.
    fn next_packet(&mut self, packet: &mut Vec<u8>) -> Result<(), Error> {
        let Some(connection) = &mut self.connection else {
            return Err(Error::ERR_UNCONFIGURED);
        };
        if connection.receive_packet(packet) {
            Ok(())
        } else if self.status == Status::Connected {
            Err(Error::ERR_UNAVAILABLE)
        } else {
            Err(Error::ERR_UNCONFIGURED)
        }
    }

    fn send(&mut self, payload: &[u8]) -> Error {
        match &mut self.connection {
            Some(connection) if self.status == Status::Connected => connection.send(payload),
            _ => Error::ERR_UNCONFIGURED,
        }
    }

    /// Asks the session, if there is one.
    fn ask<T>(&self, question: impl FnOnce(&Session) -> T) -> Option<T> {
        let connection = self.connection.as_ref()?;
        guard(|| connection.ask(question)).flatten()
    }

    /// The size of the largest packet that fits one datagram. None: there is no connection.
    fn largest_packet(&self) -> Option<usize> {
        let connection = self.connection.as_ref()?;
        guard(|| connection.max_packet_size())
    }

    /// Gives up a connection that has shown a defect of ours, so that it shows it once.
    fn abandon(&mut self) {
        guard(|| self.end());
        self.status = Status::Error;
        self.failure = Some(Failure::Internal("a defect of this library"));
        guard(|| self.announce());
    }
}
