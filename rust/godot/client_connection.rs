//! A client's connection with a socket of its own: what `connect_to_host()` makes.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use godot::classes::Ip;
use godot::classes::ip::ResolverStatus;
use godot::global::Error;
use godot::obj::Singleton;

use super::client_role::ClientSetup;
use super::clock::Clock;
use super::failure_log::FailureLog;
use super::guard::guard;
use super::monitors;
use super::statistics::PeerStatistics;
use crate::core::{ConfigError, Event, Failure, Refused, SendError, Session, State};
use crate::net::{self, ClientSocket, Received};

/// The most that one [`ClientConnection::poll`] takes from the socket.
const MAX_DATAGRAMS: usize = 256;
const MAX_BYTES: usize = 64 * 1024;

/// A DTLS session and a socket of ours under it. Dropping it closes both.
pub(super) struct ClientConnection {
    /// While the name is looked up: one that has sent nothing, and whose time runs.
    session: Session,
    stage: Stage,
    log: FailureLog,
    share: monitors::Share,
    /// The datagram on its way, kept for its memory.
    datagram: Vec<u8>,
}

enum Stage {
    /// The engine's resolver is asked for the address of the server.
    Resolving {
        query: Query,
        port: u16,
        setup: ClientSetup,
    },
    /// The session talks with the server.
    Talking(Talk),
    /// There is nobody to talk with. The reason has still to be told if it is there.
    Stranded(Option<Failure>),
}

/// A socket, and the place for what it receives.
struct Talk {
    socket: ClientSocket,
    buffer: Vec<u8>,
    /// Where the server may be. The socket is that of the first one.
    addresses: VecDeque<SocketAddr>,
    /// At how many of them nobody listens, as far as the system has said since the session has last sent by itself.
    refused: usize,
}

impl ClientConnection {
    /// Begins to connect to `port` of `host`, a name or an IP address.
    ///
    /// # Errors
    /// [`ConfigError`] if the name of the server cannot be one.
    pub(super) fn new(host: &str, port: u16, setup: ClientSetup, now: Instant) -> Result<Self, ConfigError> {
        let session = Session::client(&setup.config, &setup.name, now)?;
        let mut connection = ClientConnection {
            session,
            stage: Stage::Stranded(Some(Failure::Unresolved)),
            log: FailureLog::Client,
            share: monitors::Share::default(),
            datagram: Vec::new(),
        };
        match host.parse::<IpAddr>() {
            Ok(address) => connection.talk_to([SocketAddr::new(address, port)].into()),
            Err(_) => {
                if let Some(query) = Query::ask(host) {
                    connection.stage = Stage::Resolving { query, port, setup };
                }
            }
        }
        Ok(connection)
    }

    /// Takes what the socket has, does what is due, sends what there is to send.
    pub(super) fn poll(&mut self, clock: &Clock) {
        if let Stage::Resolving { .. } = self.stage {
            self.resolve(clock.now());
        }
        self.receive(clock);
        if self.session.next_timeout().is_some_and(|due| due <= clock.now()) {
            if let Stage::Talking(talk) = &mut self.stage {
                talk.refused = 0;
            }
            self.try_next_address();
            self.session.handle_timeout(clock.now());
            let _ = self.transmit();
        }
        self.share.update(&self.session);
    }

    /// Looks whether the name has been found. Until then nothing is sent, but the time of the session runs.
    fn resolve(&mut self, now: Instant) {
        let Stage::Resolving { query, port, setup } = &self.stage else {
            return;
        };
        let Some(addresses) = query.answer() else {
            return;
        };
        let addresses = addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, *port))
            .collect();
        // The handshake begins now.
        if let Ok(session) = Session::client(&setup.config, &setup.name, now) {
            self.session = session;
        }
        self.stage = Stage::Stranded(Some(Failure::Unresolved));
        self.talk_to(addresses);
    }

    /// Talks to the first of these addresses that the system knows a way to.
    fn talk_to(&mut self, mut addresses: VecDeque<SocketAddr>) {
        while let Some(remote) = addresses.front() {
            if let Ok(socket) = ClientSocket::connect(*remote) {
                self.session.set_peer_address(*remote);
                self.stage = Stage::Talking(Talk {
                    socket,
                    buffer: net::buffer(),
                    addresses,
                    refused: 0,
                });
                // What the socket refuses is lost, as in the network, and will be sent again.
                let _ = self.transmit();
                return;
            }
            addresses.pop_front();
            self.stage = Stage::Stranded(Some(Failure::Transport));
        }
    }

    /// While nobody has answered: goes on to the next address of the server, if it has several. The one before comes
    /// last, because its datagram may just have been lost. False: it stays as it is.
    fn try_next_address(&mut self) -> bool {
        let Stage::Talking(talk) = &mut self.stage else {
            return false;
        };
        let is_answered = self.session.statistics().datagrams_in > 0;
        if is_answered || self.session.state() != State::Handshaking || talk.addresses.len() < 2 {
            return false;
        }
        talk.addresses.rotate_left(1);
        if let Some(remote) = talk.addresses.front()
            && let Ok(socket) = ClientSocket::connect(*remote)
        {
            self.session.set_peer_address(*remote);
            talk.socket = socket;
            return true;
        }
        false
    }

    /// Nobody listens there, says the system: what was sent there goes to the next address at once.
    fn handle_socket_error(&mut self, clock: &Clock) {
        self.session.handle_socket_error(clock.now());
        let Stage::Talking(talk) = &mut self.stage else {
            return;
        };
        talk.refused += 1;
        if talk.refused < talk.addresses.len() && self.try_next_address() {
            // As long as nobody has answered, a flight is one datagram.
            if let Stage::Talking(talk) = &self.stage {
                let _ = talk.socket.send(&self.datagram);
            }
        }
    }

    /// Takes what was there when the call began, within limits.
    fn receive(&mut self, clock: &Clock) {
        let (mut datagrams, mut bytes) = (0, 0);
        while datagrams < MAX_DATAGRAMS && bytes < MAX_BYTES && self.session.wants_datagrams() {
            let Stage::Talking(talk) = &mut self.stage else {
                return;
            };
            match talk.socket.receive(&mut talk.buffer) {
                Received::Nothing => return,
                Received::Error => self.handle_socket_error(clock),
                Received::Datagram(length) => {
                    let datagram = talk.buffer.get(..length).unwrap_or_default();
                    self.session.handle_datagram(datagram, clock.now());
                    bytes += length;
                }
            }
            datagrams += 1;
            let _ = self.transmit();
        }
    }

    /// Sends all that the session has. Returns what the socket said last.
    fn transmit(&mut self) -> Result<(), Refused> {
        let mut outcome = Ok(());
        let Stage::Talking(talk) = &self.stage else {
            return outcome;
        };
        while self.session.poll_transmit(&mut self.datagram) {
            let sent = talk.socket.send(&self.datagram);
            if sent.is_err() {
                self.session.handle_socket_error(Instant::now());
                outcome = sent;
            }
        }
        outcome
    }

    /// The next change of the session's state. A failure is written to the log here.
    pub(super) fn next_event(&mut self, clock: &Clock) -> Option<Event> {
        let event = match &mut self.stage {
            Stage::Stranded(failure) => Event::Failed(failure.take()?),
            _ => self.session.poll_event()?,
        };
        if let Event::Failed(failure) = &event {
            self.log.write(failure, clock.now());
        }
        Some(event)
    }

    /// Sends `payload` as one packet.
    pub(super) fn send(&mut self, payload: &[u8]) -> Error {
        let result = self.session.send(payload);
        // A session that has failed over it has an alert to send.
        let sent = self.transmit();
        match (result, sent) {
            (Ok(()), Ok(())) => Error::OK,
            (Ok(()), Err(Refused::Busy)) => Error::ERR_BUSY,
            (Err(SendError::NotConnected), _) => Error::ERR_UNCONFIGURED,
            (Err(SendError::TooLarge { .. }), _) => Error::ERR_INVALID_PARAMETER,
            _ => Error::ERR_CONNECTION_ERROR,
        }
    }

    /// Swaps the oldest received packet into `packet`. False: none waits.
    pub(super) fn receive_packet(&mut self, packet: &mut Vec<u8>) -> bool {
        self.session.recv(packet)
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Closes the session and the socket. Returns what was counted.
    pub(super) fn close(&mut self) -> PeerStatistics {
        self.session.close();
        let _ = self.transmit();
        self.share.update(&self.session);
        PeerStatistics::of(&self.session)
    }
}

impl Drop for ClientConnection {
    fn drop(&mut self) {
        // May run on any thread, and while another panic unwinds.
        guard(|| self.close());
    }
}

/// A name that the engine's resolver looks up, on a thread of its own.
struct Query(i32);

impl Query {
    /// None: it has too much to do.
    fn ask(host: &str) -> Option<Self> {
        let id = Ip::singleton().resolve_hostname_queue_item(host);
        (id >= 0).then_some(Query(id))
    }

    /// The addresses, none if there are none. None: it is still looking.
    fn answer(&self) -> Option<Vec<IpAddr>> {
        let ip = Ip::singleton();
        match ip.get_resolve_item_status(self.0) {
            ResolverStatus::WAITING => None,
            ResolverStatus::DONE => {
                let addresses = ip.get_resolve_item_addresses(self.0);
                Some(
                    addresses
                        .iter_shared()
                        .filter_map(|address| address.to_string().parse().ok())
                        .collect(),
                )
            }
            _ => Some(Vec::new()),
        }
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        guard(|| Ip::singleton().erase_resolve_item(self.0));
    }
}
