//! One DTLS connection, in either role.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl::ssl::{Ssl, SslStream};
use parking_lot::Mutex;

use super::config::{ClientConfig, ConfigError};
use super::failure::Failure;
use super::listener::Listener;
use super::name::{self, AddressSlot, ServerName};
use super::packets::Packets;
use super::record;
use super::state::{Event, SendError, State};
use super::statistics::Statistics;
use super::transport::Transport;
use super::{MAX_PAYLOAD, MTU, clock, ffi};

mod inbound;

/// How long a handshake may take, from the making of the session.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(20);

/// Socket errors in a row that end a handshake.
const MAX_SOCKET_ERRORS: u32 = 3;

/// Packets, and their bytes, that wait for [`Session::recv`] before no more datagrams are wanted.
const MAX_RECEIVED: usize = 256;
const MAX_RECEIVED_BYTES: usize = 65_536;

/// Header, nonce and tag around the payload of a record with AES-GCM.
const RECORD_OVERHEAD: usize = record::HEADER + 24;

enum Role {
    /// `awaited_address`: where to put the address of the peer, if the certificate is to be checked against it.
    Client { awaited_address: Option<AddressSlot> },
    Server {
        listener: Arc<Mutex<Listener>>,
        client_random: Option<[u8; 32]>,
    },
}

enum Phase {
    Handshaking,
    Connected,
    Closed,
    Failed(Failure),
}

/// A DTLS connection as a state machine. See the [module](super) for the order of calls.
pub struct Session {
    role: Role,
    phase: Phase,
    /// None: a server that has not seen a ClientHello with a valid cookie.
    stream: Option<SslStream<Transport>>,
    peer: Option<SocketAddr>,
    received: Packets,
    /// What the listener answers in the session's place.
    replies: Packets,
    now: Instant,
    deadline: Instant,
    retransmission: Option<Instant>,
    /// A plaintext alert and when it is believed.
    alert: Option<(u8, Instant)>,
    socket_errors: u32,
    established: bool,
    reported: State,
    statistics: Statistics,
}

impl Session {
    /// A client that wants to reach `name`. Its ClientHello waits in [`poll_transmit`](Self::poll_transmit).
    ///
    /// # Errors
    /// [`ConfigError::HostnameInvalid`], [`ConfigError::OpenSsl`].
    pub fn client(config: &ClientConfig, name: &ServerName, now: Instant) -> Result<Self, ConfigError> {
        let mut ssl = Ssl::new(config.context())?;
        ssl.set_mtu(MTU)?;
        let awaited_address = name::configure(&mut ssl, config, name)?;
        ssl.set_connect_state();
        let mut session = Self::new(Role::Client { awaited_address }, now);
        session.stream = Some(SslStream::new(ssl, Transport::default())?);
        session.advance(None);
        Ok(session)
    }

    /// A server that waits for a ClientHello. One without a valid cookie leaves a HelloVerifyRequest in
    /// [`poll_transmit`](Self::poll_transmit) and ends the session with [`Failure::CookieExchange`].
    pub fn server(listener: Arc<Mutex<Listener>>, now: Instant) -> Self {
        Self::new(
            Role::Server {
                listener,
                client_random: None,
            },
            now,
        )
    }

    fn new(role: Role, now: Instant) -> Self {
        Session {
            role,
            phase: Phase::Handshaking,
            stream: None,
            peer: None,
            received: Packets::default(),
            replies: Packets::default(),
            now,
            deadline: now + HANDSHAKE_TIMEOUT,
            retransmission: None,
            alert: None,
            socket_errors: 0,
            established: false,
            reported: State::Handshaking,
            statistics: Statistics::default(),
        }
    }

    /// Tells where the peer's datagrams come from. Needed before the first [`handle_datagram`](Self::handle_datagram)
    /// by a server, which binds its cookie to it, and by a client with [`ServerName::PeerAddress`].
    pub fn set_peer_address(&mut self, address: SocketAddr) {
        self.peer = Some(address);
        let (
            Role::Client {
                awaited_address: Some(slot),
            },
            Some(stream),
        ) = (&self.role, &self.stream)
        else {
            return;
        };
        let ip = address.ip().to_canonical();
        if slot.set(ip).is_ok() && ffi::verify_address(stream.ssl(), ip).is_err() {
            self.fail(Failure::Internal("the peer's address cannot be verified"));
        }
    }

    /// Does what is due at `now`: retransmits the last flight, or gives the handshake up. Cheap when nothing is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        if !matches!(self.phase, Phase::Handshaking) {
            return;
        }
        if now >= self.deadline {
            self.fail(Failure::HandshakeTimeout);
        } else if let Some((number, _)) = self.alert.filter(|(_, due)| now >= *due) {
            self.fail(Failure::PeerAlert(number));
        } else if self.retransmission.is_some_and(|due| now >= due) {
            self.retransmit();
        }
    }

    fn retransmit(&mut self) {
        clock::at(self.now, || {
            if let Some(stream) = &self.stream {
                ffi::clear_errors();
                if ffi::retransmit(stream.ssl()) {
                    self.statistics.retransmissions += 1;
                }
            }
            self.schedule_retransmission();
        });
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next. None: no time limit runs.
    pub fn next_timeout(&self) -> Option<Instant> {
        if !matches!(self.phase, Phase::Handshaking) {
            return None;
        }
        let alert = self.alert.map(|(_, due)| due);
        [Some(self.deadline), self.retransmission, alert]
            .into_iter()
            .flatten()
            .min()
    }

    /// Tells that the socket refused a datagram or reported an error, which anyone can cause by a forged ICMP message.
    /// Three in a row during the handshake end it with [`Failure::Transport`]; a connected session lives on.
    pub fn handle_socket_error(&mut self, now: Instant) {
        self.now = now;
        self.statistics.socket_errors += 1;
        self.socket_errors += 1;
        if matches!(self.phase, Phase::Handshaking) && self.socket_errors >= MAX_SOCKET_ERRORS {
            self.fail(Failure::Transport);
        }
    }

    /// Encrypts `payload` into one record, which waits in [`poll_transmit`](Self::poll_transmit) as one datagram.
    ///
    /// A payload above [`max_packet_size`](Self::max_packet_size) is sent as well: IP has to fragment it, and not all
    /// networks carry that. An empty payload sends nothing.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&mut self, payload: &[u8]) -> Result<(), SendError> {
        match self.phase {
            Phase::Connected => {}
            Phase::Handshaking => return Err(SendError::NotConnected),
            Phase::Closed | Phase::Failed(_) => return Err(SendError::Ended),
        }
        if payload.len() > MAX_PAYLOAD {
            return Err(SendError::TooLarge(payload.len()));
        }
        if payload.len() > self.max_packet_size() {
            self.statistics.oversize += 1;
        }
        let Some(stream) = &mut self.stream else {
            return Err(SendError::NotConnected);
        };
        ffi::clear_errors();
        match clock::at(self.now, || stream.ssl_write(payload)) {
            Ok(_) => Ok(()),
            Err(error) => {
                let failure = Failure::of(&error, stream.ssl());
                self.fail(failure);
                Err(SendError::Ended)
            }
        }
    }

    /// Swaps the oldest received packet into `packet`, whose buffer is used again. False: none waits.
    pub fn recv(&mut self, packet: &mut Vec<u8>) -> bool {
        self.received.pop_into(packet)
    }

    /// How many packets wait for [`recv`](Self::recv).
    pub fn received(&self) -> usize {
        self.received.len()
    }

    /// False while so many packets wait that further datagrams had better stay in the socket.
    pub fn wants_datagrams(&self) -> bool {
        self.received.len() < MAX_RECEIVED && self.received.bytes() < MAX_RECEIVED_BYTES
    }

    /// Swaps the next datagram for the peer into `datagram`, whose buffer is used again. False: there is none.
    /// To be called until it is false after every call that may send.
    pub fn poll_transmit(&mut self, datagram: &mut Vec<u8>) -> bool {
        let outgoing = self.stream.as_mut().map(|stream| stream.get_mut().outgoing());
        let found = self.replies.pop_into(datagram) || outgoing.is_some_and(|queue| queue.pop_into(datagram));
        if found {
            self.statistics.datagrams_out += 1;
            self.statistics.bytes_out += datagram.len() as u64;
        }
        found
    }

    /// The next change of [`state`](Self::state), in order and each once.
    pub fn poll_event(&mut self) -> Option<Event> {
        let state = self.state();
        let skipped_connected = self.reported == State::Handshaking && self.established;
        let next = if skipped_connected { State::Connected } else { state };
        if next == self.reported {
            return None;
        }
        self.reported = next;
        match (next, &self.phase) {
            (State::Connected, _) => Some(Event::Connected),
            (State::Failed, Phase::Failed(failure)) => Some(Event::Failed(failure.clone())),
            (State::Closed, _) => Some(Event::Closed),
            _ => None,
        }
    }

    /// Where the session stands. An end only shows when the packets received before it have been read.
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Handshaking => State::Handshaking,
            Phase::Connected => State::Connected,
            Phase::Closed | Phase::Failed(_) if !self.received.is_empty() => State::Connected,
            Phase::Closed => State::Closed,
            Phase::Failed(_) => State::Failed,
        }
    }

    /// Why the session failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.phase {
            Phase::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// True for a server that has not seen a ClientHello yet.
    pub fn is_first_contact(&self) -> bool {
        self.stream.is_none() && matches!(self.phase, Phase::Handshaking)
    }

    /// Ends a session in which what came first was no ClientHello, with [`Failure::CookieExchange`].
    pub fn refuse_first_contact(&mut self) {
        if self.is_first_contact() {
            self.fail(Failure::CookieExchange);
        }
    }

    /// Closes the session: a connected one leaves a close_notify in [`poll_transmit`](Self::poll_transmit). Packets
    /// that were not read are gone.
    pub fn close(&mut self) {
        if self.has_ended() {
            self.received.clear();
            return;
        }
        if let (Phase::Connected, Some(stream)) = (&self.phase, &mut self.stream) {
            ffi::clear_errors();
            // The answer is not waited for: the datagram may be lost, as may any other.
            let _ = clock::at(self.now, || stream.shutdown());
        }
        self.received.clear();
        self.end(Phase::Closed);
    }

    /// The largest payload, in bytes, that fits one datagram of the [`MTU`].
    pub fn max_packet_size(&self) -> usize {
        match &self.stream {
            Some(stream) if self.established => ffi::data_mtu(stream.ssl()),
            _ => MTU as usize - RECORD_OVERHEAD,
        }
    }

    /// The negotiated version, such as `DTLSv1.2`. Empty before the handshake is complete.
    pub fn protocol_version(&self) -> &'static str {
        self.negotiated().map_or("", |stream| stream.ssl().version_str())
    }

    /// The negotiated cipher suite by its IANA name, such as `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`. Empty before
    /// the handshake is complete.
    pub fn cipher_name(&self) -> &'static str {
        let cipher = self.negotiated().and_then(|stream| stream.ssl().current_cipher());
        cipher.map_or("", |cipher| cipher.standard_name().unwrap_or(cipher.name()))
    }

    /// What the session has seen so far.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    fn negotiated(&self) -> Option<&SslStream<Transport>> {
        self.stream.as_ref().filter(|_| self.established)
    }

    fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Closed | Phase::Failed(_))
    }

    fn fail(&mut self, failure: Failure) {
        self.end(Phase::Failed(failure));
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.retransmission = None;
        self.alert = None;
    }
}
