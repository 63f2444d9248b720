//! One DTLS session on one UDP socket: moves datagrams between them, and decides nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;
use parking_lot::Mutex;

use super::clock::Clock;
use super::failure_log::{FailureLog, ServerLog};
use super::guard::guard;
use super::monitors;
use super::psk_keys::{PskLookup, PskRequest};
use super::roster::{Registration, Roster};
use super::statistics::PeerStatistics;
use super::udp::Udp;
use super::weak_peer::WeakPeer;
use super::workers;
use crate::core::{
    self, ClientConfig, ConfigError, Event, Failure, Listener, PskAnswer, SendError, ServerName, Session, State,
};
use crate::pool::{Errand, Look};

/// The most that one [`Connection::poll`] takes from the socket, so that one busy peer cannot hold up a frame.
const MAX_DATAGRAMS: usize = 256;
const MAX_BYTES: usize = 64 * 1024;

/// A DTLS session and the socket under it. Dropping it closes both, the socket only if `UDPServer` made it.
pub(super) struct Connection {
    custody: Custody,
    udp: Udp,
    log: FailureLog,
    /// A server's handshakes are computed by workers.
    delegates: bool,
    /// Who knows the key of a client's identity.
    psk_lookup: Option<PskLookup>,
    /// The lookup was asked and has not answered yet. It may poll in the meantime.
    asks_for_psk: bool,
    /// Where the other side is, once it has sent something.
    peer_address: Option<SocketAddr>,
    /// What fitted one datagram when the session went to a worker.
    max_packet_size: usize,
    /// The place in the server's roster.
    registration: Option<Registration>,
    share: monitors::Share,
}

/// Where the session is.
enum Custody {
    Here(Box<Session>),
    /// A worker has it. Nothing is asked of it and nothing is sent, until it is back.
    Away(Errand<Box<Session>>),
    /// It has shown a defect of ours.
    Lost,
}

impl Connection {
    /// Connects to the server at the other end of `socket`. Also returns what became of the first datagram.
    ///
    /// # Errors
    /// Those of [`Session::client`].
    pub(super) fn client(
        socket: Gd<PacketPeerUdp>,
        config: &ClientConfig,
        name: &ServerName,
        now: Instant,
    ) -> Result<(Self, Error), ConfigError> {
        let session = Session::client(config, name, now)?;
        let mut connection = Self::new(session, Udp::connected(socket), FailureLog::Client);
        let sent = connection.transmit();
        Ok((connection, sent))
    }

    /// Takes what a client has already sent to `socket`. If that is anything but a ClientHello with a valid cookie the
    /// connection has failed; if it is nothing, the connection waits.
    pub(super) fn server(
        socket: Gd<PacketPeerUdp>,
        listener: Arc<Mutex<Listener>>,
        psk_lookup: Option<PskLookup>,
        log: Arc<ServerLog>,
        clock: &Clock,
    ) -> Self {
        let session = Session::server(listener, clock.now());
        let mut connection = Self::new(session, Udp::accepted(socket), FailureLog::Server(log));
        connection.psk_lookup = psk_lookup;
        connection.delegates = true;
        let received = connection.receive(clock);
        if let Some(session) = connection.session_mut().filter(|_| received > 0) {
            session.refuse_first_contact();
        }
        connection
    }

    fn new(session: Session, udp: Udp, log: FailureLog) -> Self {
        Connection {
            custody: Custody::Here(Box::new(session)),
            udp,
            log,
            delegates: false,
            psk_lookup: None,
            asks_for_psk: false,
            peer_address: None,
            max_packet_size: 0,
            registration: None,
            share: monitors::Share::default(),
        }
    }

    /// Enters the connection in the server's roster, as that of `peer`.
    pub(super) fn register(&mut self, roster: &Roster, peer: WeakPeer) {
        self.registration = Some(roster.add(peer, self.udp.socket()));
    }

    /// Takes what the socket has, does what is due, sends what there is to send.
    pub(super) fn poll(&mut self, clock: &Clock) {
        self.turn(clock);
        self.update_monitors();
        if let Some(registration) = &self.registration {
            registration.set_due(self.next_turn(clock));
        }
    }

    /// When there is something to do, should no datagram come.
    fn next_turn(&self, clock: &Clock) -> Option<Instant> {
        match &self.custody {
            Custody::Here(session) if session.received() == 0 && session.state() == State::Connected => {
                session.next_timeout()
            }
            _ => Some(clock.now()),
        }
    }

    fn turn(&mut self, clock: &Clock) {
        if let Custody::Away(_) = self.custody {
            self.fetch(clock);
        }
        if self.has_work_for_others() {
            self.delegate(clock);
            return;
        }
        self.receive(clock);
        let Custody::Here(session) = &mut self.custody else {
            return;
        };
        if session.next_timeout().is_some_and(|due| due <= clock.now()) && !self.has_work_for_others() {
            self.handle_timeout(clock);
        }
    }

    fn handle_timeout(&mut self, clock: &Clock) {
        if let Custody::Here(session) = &mut self.custody {
            session.handle_timeout(clock.now());
            self.transmit();
        }
    }

    /// True if the next step of the handshake is one for a worker. A client that joins alone is quicker served at once
    /// than through another thread, and costs a frame half a millisecond.
    fn has_work_for_others(&self) -> bool {
        let Custody::Here(session) = &self.custody else {
            return false;
        };
        self.delegates
            && session.state() == State::Handshaking
            && !session.is_first_contact()
            && session.psk_request().is_none()
            && session.is_one_of_many()
            && !workers::are_off()
    }

    /// Sends the session to a worker, with the datagrams that wait, if there is anything to do.
    fn delegate(&mut self, clock: &Clock) {
        let mut datagrams = Vec::new();
        let pending = self.udp.pending().unwrap_or(0).min(workers::MAX_DATAGRAMS);
        while datagrams.len() < pending {
            datagrams.push(self.udp.receive().to_vec());
        }
        match std::mem::replace(&mut self.custody, Custody::Lost) {
            Custody::Here(session)
                if !datagrams.is_empty() || session.next_timeout().is_some_and(|due| due <= clock.now()) =>
            {
                self.max_packet_size = session.max_packet_size();
                self.custody = Custody::Away(workers::send(session, datagrams));
            }
            other => self.custody = other,
        }
    }

    /// Looks whether the session is back from its worker, and sends what it has brought along: after a look at what has
    /// come in the meantime, because the client may have restarted.
    fn fetch(&mut self, clock: &Clock) {
        self.custody = match std::mem::replace(&mut self.custody, Custody::Lost) {
            Custody::Away(errand) => match errand.look() {
                Look::Away(errand) => Custody::Away(errand),
                Look::Back(session) => Custody::Here(session),
                Look::Lost => Custody::Lost,
            },
            other => other,
        };
        for _ in 0..self.udp.pending().unwrap_or(0).min(workers::MAX_DATAGRAMS) {
            let Custody::Here(session) = &mut self.custody else {
                return;
            };
            if session.state() != State::Handshaking || !session.wants_datagrams() {
                break;
            }
            session.handle_datagram(self.udp.receive().as_slice(), clock.now());
        }
        self.transmit();
    }

    /// The next change of the session's state. A failure is written to the log here.
    pub(super) fn next_event(&mut self, clock: &Clock) -> Option<Event> {
        let event = match &mut self.custody {
            Custody::Here(session) => session.poll_event()?,
            Custody::Away(_) => return None,
            Custody::Lost => Event::Failed(Failure::Internal("a defect of this library")),
        };
        if let Event::Failed(failure) = &event {
            self.log.write(failure, clock.now());
        }
        Some(event)
    }

    /// Takes the datagrams that were there when the call began, within limits. Returns how many.
    fn receive(&mut self, clock: &Clock) -> usize {
        let Custody::Here(session) = &mut self.custody else {
            return 0;
        };
        let Ok(pending) = self.udp.pending() else {
            session.handle_socket_error(clock.now());
            self.transmit();
            return 0;
        };
        let (mut datagrams, mut bytes) = (0, 0);
        while datagrams < pending.min(MAX_DATAGRAMS) && bytes < MAX_BYTES && self.wants_datagrams() {
            let array = self.udp.receive();
            let datagram = array.as_slice();
            self.meet_peer();
            if let Some(session) = self.session_mut() {
                session.handle_datagram(datagram, clock.now());
            }
            self.transmit();
            datagrams += 1;
            bytes += datagram.len();
        }
        datagrams
    }

    fn wants_datagrams(&self) -> bool {
        let Custody::Here(session) = &self.custody else {
            return false;
        };
        matches!(session.state(), State::Handshaking | State::Connected)
            && session.wants_datagrams()
            && !self.has_work_for_others()
    }

    /// A socket knows the remote address only once it has received something.
    fn meet_peer(&mut self) {
        if self.peer_address.is_none()
            && let (Some(address), Custody::Here(session)) = (self.udp.sender(), &mut self.custody)
        {
            session.set_peer_address(address);
            self.peer_address = Some(address);
        }
    }

    /// What a script has to be asked before the handshake can go on. The answer goes to
    /// [`answer_psk`](Self::answer_psk); until then nothing more is asked.
    pub(super) fn next_psk_request(&mut self, clock: &Clock) -> Option<PskRequest> {
        let identity = self.session()?.psk_request().filter(|_| !self.asks_for_psk)?;
        match PskRequest::new(identity, self.psk_lookup.as_ref()) {
            Ok(request) => {
                self.asks_for_psk = true;
                Some(request)
            }
            Err(answer) => {
                self.finish_psk(answer, clock);
                None
            }
        }
    }

    /// Goes on with what the script said to `request`, if that is still waited for.
    pub(super) fn answer_psk(&mut self, request: &PskRequest, answer: Result<PskAnswer, String>, clock: &Clock) {
        self.asks_for_psk = false;
        let requested = self.session().and_then(Session::psk_request);
        if requested == Some(request.identity().as_bytes()) {
            let answer = self.log.resolve_psk(answer, clock.now());
            self.finish_psk(answer, clock);
        }
    }

    fn finish_psk(&mut self, answer: PskAnswer, clock: &Clock) {
        if let Some(session) = self.session_mut() {
            session.answer_psk(answer, clock.now());
        }
        self.transmit();
    }

    /// Sends all that the session has. Returns the socket's last error, or OK.
    fn transmit(&mut self) -> Error {
        let mut outcome = Error::OK;
        let Custody::Here(session) = &mut self.custody else {
            return outcome;
        };
        let mut datagram = Vec::new();
        while session.poll_transmit(&mut datagram) {
            let sent = self.udp.send(&datagram);
            if sent != Error::OK {
                session.handle_socket_error(Instant::now());
                outcome = sent;
            }
        }
        core::recycle(datagram);
        outcome
    }

    /// Sends `payload` as one packet.
    pub(super) fn send(&mut self, payload: &[u8]) -> Error {
        let Custody::Here(session) = &mut self.custody else {
            return Error::ERR_UNCONFIGURED;
        };
        match session.send(payload) {
            Ok(()) => match self.transmit() {
                refused @ (Error::OK | Error::ERR_BUSY) => refused,
                _ => Error::ERR_CONNECTION_ERROR,
            },
            Err(SendError::NotConnected) => Error::ERR_UNCONFIGURED,
            Err(SendError::TooLarge { .. }) => Error::ERR_INVALID_PARAMETER,
            Err(_) => {
                // What the session has to say about its end, such as an alert.
                self.transmit();
                Error::ERR_CONNECTION_ERROR
            }
        }
    }

    /// Swaps the oldest received packet into `packet`. False: none waits.
    pub(super) fn receive_packet(&mut self, packet: &mut Vec<u8>) -> bool {
        self.session_mut().is_some_and(|session| session.recv(packet))
    }

    /// The session, for what can be asked of it. None: a worker has it.
    pub(super) fn session(&self) -> Option<&Session> {
        match &self.custody {
            Custody::Here(session) => Some(session),
            Custody::Away(_) | Custody::Lost => None,
        }
    }

    /// Where the other side is. None: it has not sent anything yet.
    pub(super) fn peer_address(&self) -> Option<SocketAddr> {
        self.peer_address
    }

    /// The largest payload, in bytes, that fits one datagram.
    pub(super) fn max_packet_size(&self) -> usize {
        self.session().map_or(self.max_packet_size, Session::max_packet_size)
    }

    fn session_mut(&mut self) -> Option<&mut Session> {
        match &mut self.custody {
            Custody::Here(session) => Some(session),
            Custody::Away(_) | Custody::Lost => None,
        }
    }

    /// What a worker counts is added when the session is back.
    fn update_monitors(&mut self) {
        if let Custody::Here(session) = &self.custody {
            self.share.update(session);
        }
    }

    /// Closes the session and the socket. Returns what was counted, which there is nothing more to add to.
    pub(super) fn close(&mut self) -> PeerStatistics {
        if let Some(session) = self.session_mut() {
            session.close();
        }
        self.transmit();
        self.update_monitors();
        self.udp.release();
        self.session().map(PeerStatistics::of).unwrap_or_default()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // May run on any thread, and while another panic unwinds.
        guard(|| self.close());
    }
}
