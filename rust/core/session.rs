//! One DTLS connection, in either role.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use openssl::ssl::{ShutdownState, Ssl, SslStream};
use parking_lot::Mutex;

use super::attachment::Attachment;
use super::config::ClientConfig;
use super::config_error::ConfigError;
use super::cookie::Stamp;
use super::failure::Failure;
use super::half_open::HalfOpen;
use super::listener::{Accepted, Listener, VerifiedHello};
use super::packets::Packets;
use super::settings::Settings;
use super::state::{Event, SendError, State};
use super::statistics::Counters;
use super::transport::Transport;
use super::verify::{self, AddressSlot, Checks, Refusal, ServerName};
use super::{MAX_PAYLOAD, clock, ffi};

mod anew;
mod handshake;
mod hosting;
mod inbound;
mod inquiry;

/// Socket errors in a row that end a handshake.
const MAX_SOCKET_ERRORS: u32 = 3;

/// Packets, and their bytes, that wait for [`Session::recv`] before no more datagrams are wanted.
const MAX_RECEIVED: usize = 256;
const MAX_RECEIVED_BYTES: usize = 65_536;

enum Role {
    Client {
        config: ClientConfig,
        name: ServerName,
        /// Where to put the address of the peer, if the certificate is to be checked against it.
        awaited_address: Option<AddressSlot>,
    },
    Server {
        listener: Arc<Mutex<Listener>>,
        /// None: no ClientHello with a valid cookie has come.
        client: Option<Box<Client>>,
    },
}

/// What a server's session knows of its client.
struct Client {
    random: [u8; 32],
    /// When the cookie was made with which it proved its address.
    cookie: Stamp,
    /// Some: the handshake has still to begin, with this.
    hello: Option<VerifiedHello>,
    /// None before that.
    attachment: Option<Arc<Attachment>>,
    asks_for_psk: bool,
    /// The last ClientKeyExchange that came, with its number.
    key_exchange: Option<(u16, Vec<u8>)>,
    withheld: Option<Withheld>,
    /// None once the handshake is complete.
    half_open: Option<HalfOpen>,
    /// A flight was taken back because someone at the client's address has asked for a cookie.
    has_yielded: bool,
    /// An endpoint answers the ClientHellos of other clients at the same address.
    is_hosted: bool,
}

/// A datagram with a ClientKeyExchange that waits for the key of this identity.
struct Withheld {
    identity: Vec<u8>,
    datagram: Vec<u8>,
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
    settings: Arc<Settings>,
    /// None: a server whose handshake has not begun.
    stream: Option<SslStream<Transport>>,
    /// Filled in by the verification of the peer's certificate, if it fails.
    refusal: Refusal,
    peer: Option<SocketAddr>,
    received: Packets,
    /// What goes out before what OpenSSL has written: the listener's answers in the session's place, and the alert of a
    /// handshake after which another was begun.
    replies: Packets,
    now: Instant,
    start: Instant,
    retransmission: Option<Instant>,
    /// Flights in a row that had to be sent again.
    lost_flights: u32,
    /// True once OpenSSL has taken a message of the peer.
    is_answered: bool,
    /// How often a client has begun another handshake.
    begun_anew: u32,
    /// Two messages have come where the peer sends one.
    is_doubted: bool,
    /// What ends the handshake if nothing valid has come until then: anyone can have caused it.
    suspicion: Option<(Failure, Instant)>,
    /// Those in a row, and when the last that counts was.
    socket_errors: (u32, Option<Instant>),
    /// When the handshake was complete.
    connected: Option<Instant>,
    /// The payload that then fits one datagram. To ask OpenSSL for it takes as many cache lines as a tenth of a packet.
    fitting: Option<usize>,
    /// When the peer's last valid packet came.
    heard: Instant,
    reported: State,
    counters: Counters,
}

impl Session {
    /// A client that wants to reach `name`. Its ClientHello waits in [`poll_transmit`](Self::poll_transmit).
    ///
    /// # Errors
    /// [`ConfigError::HostnameInvalid`], [`ConfigError::OpenSsl`].
    pub fn client(config: &ClientConfig, name: &ServerName, now: Instant) -> Result<Self, ConfigError> {
        let (stream, checks) = client_stream(config, name)?;
        let role = Role::Client {
            config: config.clone(),
            name: name.clone(),
            awaited_address: checks.awaited_address,
        };
        let mut session = Self::new(role, config.settings().clone(), Counters::default(), now);
        session.refusal = checks.refusal;
        session.stream = Some(stream);
        session.advance(None);
        Ok(session)
    }

    /// A server that waits for a ClientHello. One without a valid cookie leaves a HelloVerifyRequest in
    /// [`poll_transmit`](Self::poll_transmit) and ends the session with [`Failure::CookieExchange`].
    pub fn server(listener: Arc<Mutex<Listener>>, now: Instant) -> Self {
        let (settings, totals) = {
            let listener = listener.lock();
            (listener.settings().clone(), listener.totals().clone())
        };
        let role = Role::Server { listener, client: None };
        Self::new(role, settings, Counters::of_server(totals), now)
    }

    fn new(role: Role, settings: Arc<Settings>, counters: Counters, now: Instant) -> Self {
        Session {
            role,
            phase: Phase::Handshaking,
            settings,
            stream: None,
            refusal: Refusal::default(),
            peer: None,
            received: Packets::default(),
            replies: Packets::default(),
            now,
            start: now,
            retransmission: None,
            lost_flights: 0,
            is_answered: false,
            begun_anew: 0,
            is_doubted: false,
            suspicion: None,
            socket_errors: (0, None),
            connected: None,
            fitting: None,
            heard: now,
            reported: State::Handshaking,
            counters,
        }
    }

    /// Takes on the client that has proved its address. The handshake itself is left for
    /// [`handle_timeout`](Self::handle_timeout), which is due at once: a server may have it done on another thread.
    fn accept(&mut self, accepted: Accepted) {
        self.settings = accepted.hello.settings().clone();
        if let Role::Server { client, .. } = &mut self.role {
            *client = Some(Box::new(Client {
                random: accepted.client_random,
                cookie: accepted.cookie,
                attachment: None,
                asks_for_psk: accepted.hello.asks_for_psk(),
                key_exchange: None,
                hello: Some(accepted.hello),
                withheld: None,
                half_open: Some(accepted.half_open),
                has_yielded: false,
                is_hosted: false,
            }));
        }
    }

    /// Tells where the peer's datagrams come from. Needed before the first [`handle_datagram`](Self::handle_datagram)
    /// by a server, which binds its cookie to it, and by a client with [`ServerName::PeerAddress`].
    pub fn set_peer_address(&mut self, address: SocketAddr) {
        self.peer = Some(address);
        let (
            Role::Client {
                awaited_address: Some(slot),
                ..
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

    /// Tells that the socket refused a datagram or reported an error, which anyone can cause by a forged ICMP message.
    /// Three in a row during the handshake end it with [`Failure::Transport`]; a connected session lives on.
    ///
    /// Errors less than half a retransmission timeout apart count as one: a full buffer, or a limit of the size, meets
    /// all datagrams of a flight.
    pub fn handle_socket_error(&mut self, now: Instant) {
        self.now = now;
        self.counters.count(|counted| counted.socket_errors += 1);
        let apart = self.settings.retransmit_timeout / 2;
        let (in_a_row, last) = &mut self.socket_errors;
        if last.is_some_and(|last| now < last + apart) {
            return;
        }
        (*in_a_row, *last) = (*in_a_row + 1, Some(now));
        if matches!(self.phase, Phase::Handshaking) && *in_a_row >= MAX_SOCKET_ERRORS {
            self.fail(Failure::Transport);
        }
    }

    /// Encrypts `payload` into one record, which waits in [`poll_transmit`](Self::poll_transmit) as one datagram.
    ///
    /// A payload above [`max_packet_size`](Self::max_packet_size) is sent as well, unless the settings say otherwise:
    /// IP has to fragment it, and not all networks carry that. An empty payload sends nothing.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&mut self, payload: &[u8]) -> Result<(), SendError> {
        match self.phase {
            Phase::Connected => {}
            Phase::Handshaking => return Err(SendError::NotConnected),
            Phase::Closed | Phase::Failed(_) => return Err(SendError::Ended),
        }
        if self.closes_for_worn_keys() {
            return Err(SendError::Ended);
        }
        self.check_size(payload.len())?;
        let Some(stream) = &mut self.stream else {
            return Err(SendError::NotConnected);
        };
        ffi::clear_errors();
        match clock::at(self.now, || stream.ssl_write(payload)) {
            Ok(_) => Ok(()),
            Err(error) => {
                let failure = Failure::of(&error, stream.ssl(), None);
                self.fail(failure);
                Err(SendError::Ended)
            }
        }
    }

    fn check_size(&mut self, size: usize) -> Result<(), SendError> {
        let fitting = self.max_packet_size();
        if size > fitting {
            self.counters.count(|counted| counted.oversize += 1);
        }
        let limit = if self.settings.strict_mtu { fitting } else { MAX_PAYLOAD };
        if size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        Ok(())
    }

    /// Swaps the oldest received packet into `packet`, whose buffer is used again. False: none waits.
    pub fn recv(&mut self, packet: &mut Vec<u8>) -> bool {
        self.received.pop_into(packet)
    }

    /// How many packets wait for [`recv`](Self::recv).
    pub fn received(&self) -> usize {
        self.received.len()
    }

    /// False while further datagrams had better stay in the socket: so many packets wait, or a key is asked for.
    pub fn wants_datagrams(&self) -> bool {
        self.received.len() < MAX_RECEIVED && self.received.bytes() < MAX_RECEIVED_BYTES && self.psk_request().is_none()
    }

    /// Swaps the next datagram for the peer into `datagram`, whose buffer is used again. False: there is none.
    /// To be called until it is false after every call that may send.
    pub fn poll_transmit(&mut self, datagram: &mut Vec<u8>) -> bool {
        let outgoing = self.stream.as_mut().map(|stream| stream.get_mut().outgoing());
        let found = self.replies.pop_into(datagram) || outgoing.is_some_and(|queue| queue.pop_into(datagram));
        if found {
            let bytes = datagram.len() as u64;
            self.counters.count(|counted| {
                counted.datagrams_out += 1;
                counted.bytes_out += bytes;
            });
        }
        found
    }

    /// The next change of [`state`](Self::state), in order and each once.
    pub fn poll_event(&mut self) -> Option<Event> {
        let state = self.state();
        let skipped_connected = self.reported == State::Handshaking && self.connected.is_some();
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

    /// True for a server that has not seen a ClientHello yet.
    pub fn is_first_contact(&self) -> bool {
        matches!(
            (&self.phase, &self.role),
            (Phase::Handshaking, Role::Server { client: None, .. })
        )
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
        self.say_goodbye();
        self.received.clear();
        self.end(Phase::Closed);
    }

    /// Leaves a close_notify for a connected peer. The answer is not waited for: it may be lost, as may any datagram.
    fn say_goodbye(&mut self) {
        if let (Phase::Connected, Some(stream)) = (&self.phase, &mut self.stream) {
            ffi::clear_errors();
            let _ = clock::at(self.now, || stream.shutdown());
        }
    }

    /// Closes a session whose keys have done as much as they may. True if so.
    fn closes_for_worn_keys(&mut self) -> bool {
        let counted = self.counters.own();
        let limits = &self.settings.key_limits;
        let are_worn = counted.bytes_out >= limits.sent_bytes || counted.dropped_invalid >= limits.invalid_records;
        if are_worn {
            self.say_goodbye();
            self.end(Phase::Closed);
        }
        are_worn
    }

    /// The client in the handshake. A packet of a connected session has nothing to ask of it.
    fn accepted_client(&mut self) -> Option<&mut Client> {
        match (&self.phase, &mut self.role) {
            (Phase::Handshaking, Role::Server { client, .. }) => client.as_deref_mut(),
            _ => None,
        }
    }

    fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Closed | Phase::Failed(_))
    }

    fn fail(&mut self, failure: Failure) {
        if let (Phase::Handshaking, Role::Client { config, name, .. }) = (&self.phase, &self.role)
            && let Some(sessions) = config.sessions()
        {
            // Whatever was wrong, the next attempt starts afresh.
            sessions.remove(name);
        }
        self.end(Phase::Failed(failure));
    }

    fn end(&mut self, phase: Phase) {
        if let Some(client) = self.accepted_client() {
            client.hello = None;
            client.withheld = None;
            client.key_exchange = None;
            client.half_open = None;
        }
        self.phase = phase;
        self.retransmission = None;
        self.suspicion = None;
    }
}

/// A client's `SSL` before its first flight.
fn client_stream(config: &ClientConfig, name: &ServerName) -> Result<(SslStream<Transport>, Checks), ConfigError> {
    let settings = config.settings();
    let mut ssl = Ssl::new(config.context())?;
    ssl.set_mtu(settings.mtu.get())?;
    ffi::set_retransmission_timeout(&mut ssl, settings.retransmit_timeout, settings.longest_wait())?;
    let checks = verify::configure_client(&mut ssl, config, name)?;
    if let Some(session) = config.sessions().and_then(|sessions| sessions.get(name)) {
        ffi::resume(&mut ssl, &session)?;
    }
    ssl.set_connect_state();
    Ok((SslStream::new(ssl, Transport::new(settings.mtu))?, checks))
}

impl Drop for Session {
    fn drop(&mut self) {
        // OpenSSL takes a connection that was not closed for a sign that its session is not to be resumed. Over UDP it
        // is none: the one who left may have had no time to say so.
        if let (Some(stream), true) = (&mut self.stream, self.connected.is_some()) {
            stream.set_shutdown(ShutdownState::SENT | ShutdownState::RECEIVED);
        }
    }
}
