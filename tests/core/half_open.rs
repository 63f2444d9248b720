//! How many handshakes a server has at a time, and whom it does not answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::settings::SettingError;
use openssl_dtls::core::{Caps, Failure, Listener, ServerConfig, Session, State};
use parking_lot::Mutex;

#[cfg(target_os = "linux")]
use crate::support::Direction;
use crate::support::{Identity, Pair, address, client, wire};

const CAPS: Caps = Caps {
    half_open: 8,
    half_open_per_address: 2,
};

/// A server with small caps.
struct Server {
    listener: Arc<Mutex<Listener>>,
    now: Instant,
}

impl Server {
    fn new() -> Self {
        let mut options = Identity::self_signed(&["server.test"]).server_options();
        options.caps = CAPS;
        let now = Instant::now();
        let listener = Listener::new(ServerConfig::new(&options).unwrap(), now).unwrap();
        Server {
            listener: Arc::new(Mutex::new(listener)),
            now,
        }
    }

    /// A session for a client that comes from `host` with its cookie and then says nothing more.
    fn half_open(&self, host: u8) -> Session {
        self.contact(host).1
    }

    /// A session for a client that comes from `host` and of whose last flight only the first record arrives.
    fn answered(&self, host: u8) -> Session {
        let (mut client, mut session) = self.contact(host);
        let mut datagram = Vec::new();
        while session.poll_transmit(&mut datagram) {
            client.handle_datagram(&datagram, self.now);
        }
        client.poll_transmit(&mut datagram);
        session.handle_datagram(wire::records(&datagram)[0], self.now);
        session
    }

    /// A client that comes from `host` with its cookie, and a session for it.
    fn contact(&self, host: u8) -> (Session, Session) {
        let from = address(&format!("192.0.2.{host}:4000"));
        let mut client = client(self.now);
        let (mut datagram, mut session) = (Vec::new(), self.session(from));
        client.poll_transmit(&mut datagram);
        session.handle_datagram(&datagram, self.now);
        session.poll_transmit(&mut datagram);
        client.handle_datagram(&datagram, self.now);
        client.poll_transmit(&mut datagram);
        let mut session = self.session(from);
        session.handle_datagram(&datagram, self.now);
        if session.next_timeout().is_some_and(|due| due <= self.now) {
            session.handle_timeout(self.now);
        }
        (client, session)
    }

    fn session(&self, from: SocketAddr) -> Session {
        let mut session = Session::server(self.listener.clone(), self.now);
        session.set_peer_address(from);
        session
    }

    fn counted(&self) -> (u64, u64) {
        let statistics = self.listener.lock().statistics();
        (statistics.half_open, statistics.over_cap)
    }
}

fn answers(session: &mut Session) -> usize {
    let mut datagram = Vec::new();
    std::iter::from_fn(|| session.poll_transmit(&mut datagram).then_some(())).count()
}

#[test]
fn the_client_over_the_cap_gets_no_answer() {
    let server = Server::new();
    let mut sessions: Vec<_> = (0..8).map(|host| server.half_open(host)).collect();
    assert!(sessions.iter_mut().all(|session| answers(session) > 0));
    let mut over = server.half_open(100);
    assert_eq!(over.failure(), Some(&Failure::Refused));
    assert_eq!(answers(&mut over), 0);
    assert_eq!(server.counted(), (7, 1));
}

#[test]
fn the_session_that_waits_the_longest_is_given_up_at_once() {
    let server = Server::new();
    let mut sessions: Vec<_> = (0..8).map(|host| server.half_open(host)).collect();
    server.half_open(100);
    let [first, second, ..] = sessions.as_mut_slice() else {
        panic!("eight");
    };
    assert!(first.next_timeout().is_some_and(|due| due <= server.now));
    first.handle_timeout(server.now);
    assert_eq!(first.failure(), Some(&Failure::Refused));
    assert!(second.next_timeout().is_some_and(|due| due > server.now));
}

#[cfg(target_os = "linux")]
#[test]
fn the_session_that_is_given_up_tells_its_client_who_comes_again() {
    let server = Server::new();
    let (mut client, mut evicted) = server.contact(0);
    let mut datagram = Vec::new();
    while evicted.poll_transmit(&mut datagram) {
        client.handle_datagram(&datagram, server.now);
    }
    while client.poll_transmit(&mut datagram) {}
    let _sessions: Vec<_> = (1..8).map(|host| server.half_open(host)).collect();
    server.half_open(100);
    evicted.handle_timeout(server.now);
    assert_eq!(evicted.failure(), Some(&Failure::Refused));
    assert!(evicted.poll_transmit(&mut datagram));
    assert_eq!(datagram.len(), 15, "an alert");
    let mut pair = Pair::from_parts(client, server.listener.clone(), server.now);
    pair.arrive(Direction::ToClient, &datagram);
    pair.connect();
    assert!(pair.elapsed() <= Duration::from_secs(3), "{:?}", pair.elapsed());
}

#[test]
fn a_client_that_has_answered_is_not_the_first_to_make_room() {
    let server = Server::new();
    let mut answered = server.answered(0);
    let mut waiting: Vec<_> = (1..8).map(|host| server.half_open(host)).collect();
    server.half_open(100);
    answered.handle_timeout(server.now);
    waiting[0].handle_timeout(server.now);
    assert_eq!(answered.state(), State::Handshaking);
    assert_eq!(waiting[0].failure(), Some(&Failure::Refused));
}

#[test]
fn the_client_that_was_not_answered_finds_room_the_next_time() {
    let server = Server::new();
    let _sessions: Vec<_> = (0..8).map(|host| server.half_open(host)).collect();
    server.half_open(100);
    let next = server.half_open(100);
    assert_eq!(next.state(), State::Handshaking);
    assert_eq!(server.counted(), (8, 1));
}

#[test]
fn one_address_counts_only_when_the_server_is_half_full() {
    let server = Server::new();
    let mut crowd: Vec<_> = (0..4).map(|_| server.half_open(1)).collect();
    assert!(crowd.iter_mut().all(|session| answers(session) > 0));
    assert_eq!(server.half_open(1).failure(), Some(&Failure::Refused));
    assert_eq!(server.half_open(2).state(), State::Handshaking);
    crowd.clear();
    assert_eq!(server.half_open(1).state(), State::Handshaking);
}

#[test]
fn connected_sessions_do_not_count() {
    let server = Server::new();
    let mut pairs = Vec::new();
    for _ in 0..20 {
        let mut pair = Pair::from_parts(client(server.now), server.listener.clone(), server.now);
        pair.connect();
        pairs.push(pair);
    }
    assert_eq!(server.counted(), (0, 0));
}

#[test]
fn sessions_that_ended_leave_their_place() {
    let server = Server::new();
    for host in 0..100 {
        let mut session = server.half_open(host);
        session.handle_timeout(server.now + Duration::from_secs(20));
        assert_eq!(session.failure(), Some(&Failure::HandshakeTimeout));
    }
    assert_eq!(server.counted(), (0, 0));
}

#[test]
fn a_cap_is_a_number_from_1_to_65536() {
    for number in [1, 65_536] {
        assert!(Caps::limit(number).is_ok());
    }
    for number in [i64::MIN, -1, 0, 65_537, i64::MAX] {
        assert_eq!(Caps::limit(number), Err(SettingError::CapOutOfRange));
    }
}
