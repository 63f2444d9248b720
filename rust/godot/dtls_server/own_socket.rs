//! A server that owns its socket.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;

use godot::global::Error;
use godot::prelude::*;

use super::DTLSServer;
use crate::core::{Association, Session};
use crate::godot::class_enum::register_property;
use crate::godot::clock::Clock;
use crate::godot::failure_log::FailureLog;
use crate::godot::guard::guard;
use crate::godot::hosted_connection::HostedConnection;
use crate::godot::link::Link;
use crate::godot::listening::Listening;
use crate::godot::packet_peer_dtls::PacketPeerDTLS;
use crate::godot::refusal::Refusal;

/// The default of `max_pending_connections`.
pub(super) const MAX_PENDING: usize = 1024;
/// The default of `receive_buffer_size`: 100 ms of 1000 players who send 20 datagrams a second fit twice.
pub(super) const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

const MAX_RECEIVE_BUFFER: i64 = 1 << 30;

#[godot_api(secondary)]
impl DTLSServer {
    /// Opens a UDP socket on `port` and listens for clients. 0: any port that is free, which [method get_local_port]
    /// then tells. `bind_address` is an IP address of this machine, or [code]*[/code] for all of them, IPv4 and IPv6.
    ///
    /// From then on [method poll] serves all clients, and [method take_connection] gives those that are new.
    ///
    /// [constant ERR_UNCONFIGURED]: [method setup] has not succeeded yet. [constant ERR_ALREADY_IN_USE]: the server
    /// listens already, or has connections that began with a [PacketPeerUDP]. [constant ERR_INVALID_PARAMETER]: see the
    /// log. [constant ERR_UNAVAILABLE]: the port is taken, or the address is not one of this machine.
    #[func]
    fn listen(&mut self, port: i64, #[opt(default = "*")] bind_address: GString) -> Error {
        let outcome = guard(|| match self.try_listen(port, &bind_address.to_string()) {
            Ok(()) => Error::OK,
            Err(refusal) => refusal.report("DTLSServerOpenSSL.listen()"),
        });
        outcome.unwrap_or(Error::FAILED)
    }

    /// True from [method listen] to [method stop].
    #[func]
    fn is_listening(&self) -> bool {
        self.listening.is_some()
    }

    /// The port that the server listens on. 0 if it does not.
    #[func]
    fn get_local_port(&self) -> i64 {
        self.listening
            .as_ref()
            .map_or(0, |listening| i64::from(listening.port()))
    }

    /// Receives what has arrived from all clients, answers those that are new, and sends again what was lost. Call it
    /// in every frame. The peers of the server need no [method PacketPeerDTLSOpenSSL.poll] then: their packets wait in
    /// them and their signals are emitted in this call.
    ///
    /// Returns [constant ERR_UNCONFIGURED] if the server does not listen.
    #[func(gd_self)]
    fn poll(this: Gd<Self>) -> Error {
        let outcome = guard(|| {
            let listening = this.bind().listening.clone();
            match listening {
                Some(listening) => {
                    Self::poll_hosted(&this, &listening, false);
                    Error::OK
                }
                None => Refusal::new(
                    Error::ERR_UNCONFIGURED,
                    "the server does not listen: call listen() first",
                )
                .report("DTLSServerOpenSSL.poll()"),
            }
        });
        outcome.unwrap_or(Error::FAILED)
    }

    /// True if [method take_connection] has a client to give. It has proved its address; the handshake goes on or is
    /// complete.
    #[func]
    fn is_connection_available(&self) -> bool {
        guard(|| {
            self.listening
                .as_ref()
                .is_some_and(|listening| listening.is_available())
        })
        .unwrap_or(false)
    }

    /// Sends what the peers have sent since the last [method poll], if [member send_batching] is on. Call it at the end
    /// of a frame in which packets were sent, so that they do not wait for the next one.
    #[func]
    fn flush(&self) {
        guard(|| self.listening.iter().for_each(|listening| listening.flush()));
    }

    /// Closes all connections of the server, tells the clients, and closes the socket. The peers then have
    /// [constant PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED]. So does a server that is freed.
    #[func(gd_self)]
    fn stop(this: Gd<Self>) {
        guard(|| {
            let mut server = this;
            let listening = server.bind_mut().listening.take();
            if let Some(listening) = listening {
                let clock = Clock::default();
                for mut peer in listening.close() {
                    peer.bind_mut().poll_at(&clock);
                }
            }
        });
    }

    /// See [method set_max_pending_connections].
    #[func]
    fn get_max_pending_connections(&self) -> i64 {
        i64::try_from(self.max_pending).unwrap_or(i64::MAX)
    }

    /// How many clients may wait for [method take_connection], by default 1024. Further ones get no answer, and ask
    /// again after a second. 0: no new ones. Clients that have not proved their address do not count.
    #[func]
    fn set_max_pending_connections(&mut self, number: i64) -> Error {
        let outcome = guard(|| match usize::try_from(number) {
            Ok(number) => {
                self.max_pending = number;
                if let Some(listening) = &self.listening {
                    listening.set_max_pending(number);
                }
                Error::OK
            }
            Err(_) => {
                Refusal::value(&number, "0 or more are possible").report("DTLSServerOpenSSL.max_pending_connections")
            }
        });
        outcome.unwrap_or(Error::FAILED)
    }

    /// See [method set_receive_buffer_size].
    #[func]
    fn get_receive_buffer_size(&self) -> i64 {
        i64::try_from(self.receive_buffer).unwrap_or(i64::MAX)
    }

    /// How many bytes of datagrams the system is asked to keep from one [method poll] to the next, 1 to 1073741824, by
    /// default 4194304: what does not fit is lost. Takes effect with [method listen]. What was granted [method
    /// get_statistics] tells; on Linux it is at most [code]net.core.rmem_max[/code]. A datagram takes some 800 bytes,
    /// or more if it is larger.
    ///
    /// Where the system grants too little, turn on the project setting [code]openssl_dtls/receive_thread[/code]: the
    /// server then receives between two polls, too, and keeps up to 8192 datagrams or 4 MiB by itself.
    #[func]
    fn set_receive_buffer_size(&mut self, bytes: i64) -> Error {
        match usize::try_from(bytes) {
            Ok(size) if (1..=MAX_RECEIVE_BUFFER).contains(&bytes) => {
                self.receive_buffer = size;
                Error::OK
            }
            _ => Refusal::value(&bytes, format_args!("1 to {MAX_RECEIVE_BUFFER} bytes are possible"))
                .report("DTLSServerOpenSSL.receive_buffer_size"),
        }
    }

    /// See [method set_send_batching].
    #[func]
    fn get_send_batching(&self) -> bool {
        self.send_batching
    }

    /// If true, packets that peers of a listening server send wait for [method flush] or the next [method poll] and
    /// then go out together, by default false. On Linux several packets of one size to one peer then go out in one
    /// call, and each costs the system about a third: worth it if the server sends a peer several packets a frame.
    /// [method PacketPeer.put_packet] cannot tell then whether the system takes a packet. Handshakes never wait.
    #[func]
    fn set_send_batching(&mut self, enabled: bool) {
        guard(|| {
            self.send_batching = enabled;
            self.listening
                .iter()
                .for_each(|listening| listening.set_batching(enabled));
        });
    }
}

/// Registers the properties.
pub(in crate::godot) fn register_properties() {
    register_property::<DTLSServer, i64>("max_pending_connections");
    register_property::<DTLSServer, i64>("receive_buffer_size");
    register_property::<DTLSServer, bool>("send_batching");
}

impl DTLSServer {
    fn try_listen(&mut self, port: i64, bind_address: &str) -> Result<(), Refusal> {
        let Some(listener) = &self.listener else {
            return Err(Refusal::new(Error::ERR_UNCONFIGURED, "setup() has not succeeded yet"));
        };
        if self.listening.is_some() {
            return Err(Refusal::new(Error::ERR_ALREADY_IN_USE, "the server listens already"));
        }
        if !self.roster.is_empty() {
            return Err(Refusal::new(
                Error::ERR_ALREADY_IN_USE,
                "the server has connections that began with a PacketPeerUDP: use one server for each way",
            ));
        }
        let port = u16::try_from(port).map_err(|_| Refusal::value(&port, "0 to 65535 are possible").within("port"))?;
        let address = read_address(bind_address)?;
        let endpoint = Listening::endpoint(listener, self.max_pending);
        let listening = Listening::open(address, port, self.receive_buffer, endpoint, self.log.clone());
        let listening = listening.map_err(|error| {
            let code = match error.kind() {
                ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable | ErrorKind::PermissionDenied => {
                    Error::ERR_UNAVAILABLE
                }
                _ => Error::ERR_CANT_CREATE,
            };
            Refusal::new(code, format!("the socket cannot be opened on port {port}: {error}"))
        })?;
        listening.set_batching(self.send_batching);
        self.listening = Some(listening);
        Ok(())
    }

    /// Polls, and tells all peers that have something to tell. Returns those with packets and those whose status has
    /// changed, if they are `wanted`.
    pub(super) fn poll_hosted(this: &Gd<Self>, listening: &Listening, wanted: bool) -> Array<Gd<PacketPeerDTLS>> {
        let clock = Clock::default();
        let news = listening.poll(&clock);
        let mut told = Array::new();
        for mut peer in listening.peers(&news, wanted) {
            if peer.bind_mut().has_news_after_poll(&clock) && wanted {
                told.push(&peer);
            }
        }
        let lookup = this.bind().psk_lookup.clone();
        listening.ask_for_keys(&news, lookup.as_ref(), &clock);
        told
    }

    /// The peer for the connection that waits longest.
    pub(super) fn take_hosted(
        &self,
        listening: &Arc<Listening>,
        has_socket: bool,
    ) -> Result<Option<Gd<PacketPeerDTLS>>, Refusal> {
        if has_socket {
            return Err(Refusal::new(
                Error::ERR_ALREADY_IN_USE,
                "udp_peer: the server listens with a socket of its own: use one server for each way",
            ));
        }
        let Some(association) = listening.take() else {
            return Ok(None);
        };
        let clock = Clock::default();
        let log = FailureLog::Server(self.log.clone());
        let size = self.max_packet_size(&association, &clock);
        let connection = HostedConnection::new(association, size, listening, self.psk_lookup.clone(), log);
        let register = |link: &mut Link, peer| {
            if let Link::Hosted(connection) = link {
                connection.register(peer);
            }
        };
        Ok(Some(PacketPeerDTLS::accepted(
            Link::Hosted(connection),
            register,
            &clock,
        )))
    }

    /// The largest payload that fits a datagram of the connection. If a worker has its session: as in one that has not
    /// begun.
    fn max_packet_size(&self, association: &Association, clock: &Clock) -> usize {
        let unbegun = || Some(Session::server(self.listener.clone()?, clock.now()).max_packet_size());
        let size = association.ask(Session::max_packet_size);
        size.or_else(unbegun).unwrap_or(0)
    }
}

fn read_address(text: &str) -> Result<Option<IpAddr>, Refusal> {
    match text {
        "*" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| {
            let possible = "use an IP address of this machine, or \"*\" for all";
            Refusal::value(&text, possible).within("bind_address")
        }),
    }
}
