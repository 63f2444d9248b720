//! One DTLS session on one UDP socket: moves datagrams between them, and decides nothing.

use std::sync::Arc;
use std::time::Instant;

use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;
use parking_lot::Mutex;

use super::failure_log::{FailureLog, ServerLog};
use super::guard::guard;
use super::psk_keys::{PskLookup, PskRequest};
use super::statistics::PeerStatistics;
use super::udp::Udp;
use crate::core::{ClientConfig, ConfigError, Event, Listener, PskAnswer, SendError, ServerName, Session, State};

/// The most that one [`Connection::poll`] takes from the socket, so that one busy peer cannot hold up a frame.
const MAX_DATAGRAMS: usize = 256;
const MAX_BYTES: usize = 64 * 1024;

/// A DTLS session and the socket under it. Dropping it closes both, the socket only if `UDPServer` made it.
pub(super) struct Connection {
    session: Session,
    udp: Udp,
    log: FailureLog,
    /// Who knows the key of a client's identity.
    psk_lookup: Option<PskLookup>,
    /// The lookup was asked and has not answered yet. It may poll in the meantime.
    asks_for_psk: bool,
    knows_peer: bool,
    /// The datagram on its way from the session to the socket, kept for its memory.
    datagram: Vec<u8>,
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
        let sent = connection.transmit(now);
        Ok((connection, sent))
    }

    /// Takes what a client has already sent to `socket`. If that is anything but a ClientHello with a valid cookie the
    /// connection has failed; if it is nothing, the connection waits.
    pub(super) fn server(
        socket: Gd<PacketPeerUdp>,
        listener: Arc<Mutex<Listener>>,
        psk_lookup: Option<PskLookup>,
        log: Arc<ServerLog>,
        now: Instant,
    ) -> Self {
        let session = Session::server(listener, now);
        let mut connection = Self::new(session, Udp::accepted(socket), FailureLog::Server(log));
        connection.psk_lookup = psk_lookup;
        if connection.receive(now) > 0 {
            connection.session.refuse_first_contact();
        }
        connection
    }

    fn new(session: Session, udp: Udp, log: FailureLog) -> Self {
        Connection {
            session,
            udp,
            log,
            psk_lookup: None,
            asks_for_psk: false,
            knows_peer: false,
            datagram: Vec::new(),
        }
    }

    /// Takes what the socket has, does what is due, sends what there is to send.
    pub(super) fn poll(&mut self, now: Instant) {
        self.receive(now);
        if self.session.next_timeout().is_some_and(|due| due <= now) {
            self.session.handle_timeout(now);
            self.transmit(now);
        }
    }

    /// The next change of the session's state. A failure is written to the log here.
    pub(super) fn next_event(&mut self, now: Instant) -> Option<Event> {
        let event = self.session.poll_event()?;
        if let Event::Failed(failure) = &event {
            self.log.write(failure, now);
        }
        Some(event)
    }

    /// Takes the datagrams that were there when the call began, within limits. Returns how many.
    fn receive(&mut self, now: Instant) -> usize {
        let Ok(pending) = self.udp.pending() else {
            self.session.handle_socket_error(now);
            self.transmit(now);
            return 0;
        };
        let (mut datagrams, mut bytes) = (0, 0);
        while datagrams < pending.min(MAX_DATAGRAMS) && bytes < MAX_BYTES && self.wants_datagrams() {
            let datagram = self.udp.receive();
            self.meet_peer();
            self.session.handle_datagram(datagram.as_slice(), now);
            self.transmit(now);
            datagrams += 1;
            bytes += datagram.len();
        }
        datagrams
    }

    fn wants_datagrams(&self) -> bool {
        matches!(self.session.state(), State::Handshaking | State::Connected) && self.session.wants_datagrams()
    }

    /// A socket knows the remote address only once it has received something.
    fn meet_peer(&mut self) {
        if !self.knows_peer
            && let Some(address) = self.udp.sender()
        {
            self.session.set_peer_address(address);
            self.knows_peer = true;
        }
    }

    /// What a script has to be asked before the handshake can go on. The answer goes to
    /// [`answer_psk`](Self::answer_psk); until then nothing more is asked.
    pub(super) fn next_psk_request(&mut self, now: Instant) -> Option<PskRequest> {
        let identity = self.session.psk_request().filter(|_| !self.asks_for_psk)?;
        let identity = String::from_utf8(identity.to_vec()).ok();
        match (identity.filter(|text| !text.is_empty()), self.psk_lookup.clone()) {
            (Some(identity), Some(lookup)) => {
                self.asks_for_psk = true;
                return Some(PskRequest::new(identity, lookup));
            }
            // Nobody can have this identity.
            (None, _) => self.finish_psk(PskAnswer::Unknown, now),
            // The server was set up anew between this client's datagrams.
            (_, None) => self.finish_psk(PskAnswer::Refuse, now),
        }
        None
    }

    /// Goes on with what the script said to `request`, if that is still waited for.
    pub(super) fn answer_psk(&mut self, request: &PskRequest, answer: Result<PskAnswer, String>, now: Instant) {
        self.asks_for_psk = false;
        if self.session.psk_request() == Some(request.identity().as_bytes()) {
            let answer = answer.unwrap_or_else(|mistake| {
                self.log.write_psk_mistake(&mistake, now);
                PskAnswer::Refuse
            });
            self.finish_psk(answer, now);
        }
    }

    fn finish_psk(&mut self, answer: PskAnswer, now: Instant) {
        self.session.answer_psk(answer, now);
        self.transmit(now);
    }

    /// Sends all that the session has. Returns the socket's last error, or OK.
    fn transmit(&mut self, now: Instant) -> Error {
        let mut outcome = Error::OK;
        while self.session.poll_transmit(&mut self.datagram) {
            let sent = self.udp.send(&self.datagram);
            if sent != Error::OK {
                self.session.handle_socket_error(now);
                outcome = sent;
            }
        }
        outcome
    }

    /// Sends `payload` as one packet.
    pub(super) fn send(&mut self, payload: &[u8]) -> Error {
        match self.session.send(payload) {
            Ok(()) => match self.transmit(Instant::now()) {
                refused @ (Error::OK | Error::ERR_BUSY) => refused,
                _ => Error::ERR_CONNECTION_ERROR,
            },
            Err(SendError::NotConnected) => Error::ERR_UNCONFIGURED,
            Err(SendError::TooLarge { .. }) => Error::ERR_INVALID_PARAMETER,
            Err(_) => {
                // What the session has to say about its end, such as an alert.
                self.transmit(Instant::now());
                Error::ERR_CONNECTION_ERROR
            }
        }
    }

    /// Swaps the oldest received packet into `packet`. False: none waits.
    pub(super) fn receive_packet(&mut self, packet: &mut Vec<u8>) -> bool {
        self.session.recv(packet)
    }

    /// The session, for what can be asked of it.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Closes the session and the socket. Returns what was counted, which there is nothing more to add to.
    pub(super) fn close(&mut self) -> PeerStatistics {
        self.session.close();
        self.transmit(Instant::now());
        self.udp.release();
        PeerStatistics::of(&self.session)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // May run on any thread, and while another panic unwinds.
        guard(|| self.close());
    }
}
