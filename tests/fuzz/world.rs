//! A client, a server, and an attacker who sees what they send and can send one of them anything.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::{ClientConfig, Failure, Listener, PskAnswer, ServerName, Session, State};
use parking_lot::Mutex;

use super::input::Input;
use super::scenario::{self, Scenario};
use super::seal::Keys;
use super::side::Side;
use super::wire;

/// Which way a datagram goes, and so who it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

impl Direction {
    const BOTH: [Direction; 2] = [Direction::ToClient, Direction::ToServer];

    fn back(self) -> Direction {
        match self {
            Direction::ToServer => Direction::ToClient,
            Direction::ToClient => Direction::ToServer,
        }
    }
}

/// An input says no more after so many steps.
const MOST_STEPS: usize = 48;

/// A handshake that nobody disturbs takes fewer.
const HANDSHAKE: usize = 64;

/// The handshake message, and the cipher suite that [`Keys`] can seal with.
const SERVER_HELLO: u8 = 2;
/// Where a ClientHello, or a ServerHello, that begins a datagram has its random, and a handshake message its offset.
const HELLO_RANDOM: Range<usize> = 27..59;
const FRAGMENT_OFFSET: Range<usize> = 19..22;
const SEALING: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

/// More than any flight has.
const MOST_ON_THE_WAY: usize = 64;

struct World {
    scenario: &'static Scenario,
    listener: Arc<Mutex<Listener>>,
    client_config: ClientConfig,
    client: Side,
    server: Side,
    now: Instant,
    to_client: VecDeque<Vec<u8>>,
    to_server: VecDeque<Vec<u8>>,
    /// All that was sent, for who has seen it.
    seen: Vec<Vec<u8>>,
    /// What was sent and has not been received.
    payloads: HashSet<(Direction, Vec<u8>)>,
    packets: u32,
    /// Who has the keys has sent something: any packet can be received.
    is_betrayed: bool,
    /// There is, or was, another client at the same address, whose ClientHello may come in the place of this one's; or the
    /// client has begun another handshake, which is the same to the server.
    has_restarted: bool,
    /// The client random of its last ClientHello.
    client_random: Option<Vec<u8>>,
}

/// Lets `input` choose a scenario, how far it goes, and what happens to the victim then.
pub(crate) fn attack(input: &[u8], victim: Direction) {
    let mut input = Input::new(input);
    let scenarios = Scenario::all();
    let mut world = World::new(&scenarios[input.below(scenarios.len())]);
    world.reach(input.below(32), victim);
    for _ in 0..MOST_STEPS {
        if input.is_empty() {
            break;
        }
        world.step(&mut input, victim);
        world.settle();
    }
}

impl World {
    fn new(scenario: &'static Scenario) -> Self {
        let now = Instant::now();
        let listener = Arc::new(Mutex::new(Listener::new(scenario.server_config.clone(), now).unwrap()));
        let client_config = match scenario.is_resumed {
            true => ClientConfig::new(&scenario.client).unwrap(),
            false => scenario.client_config.clone(),
        };
        let mut world = World {
            scenario,
            client: new_client(&client_config, scenario, now),
            server: new_server(&listener, scenario, now),
            listener,
            client_config,
            now,
            to_client: VecDeque::new(),
            to_server: VecDeque::new(),
            seen: Vec::new(),
            payloads: HashSet::new(),
            packets: 0,
            is_betrayed: false,
            has_restarted: scenario.is_resumed,
            client_random: None,
        };
        if scenario.is_resumed {
            world.connect();
            // Clients of one moment could not be told from each other.
            world.now += Duration::from_secs(1);
            world.renew_client();
            world.server = new_server(&world.listener, scenario, now);
        }
        world.settle();
        world
    }

    /// The stages are: so many datagrams delivered, closed by one or the other, given up. More than half of all inputs
    /// are for sessions that are connected.
    fn reach(&mut self, stage: usize, victim: Direction) {
        match stage {
            0..=12 => {
                for _ in 0..stage {
                    self.deliver_any();
                }
            }
            13 => {
                self.connect();
                self.close(victim.back());
                self.deliver(victim);
            }
            14 => {
                self.connect();
                self.close(victim);
            }
            15 => {
                self.to_client.clear();
                self.to_server.clear();
                self.pass(Duration::from_secs(21));
            }
            _ => self.connect(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>, victim: Direction) {
        match input.below(16) {
            0 | 1 => {
                let datagram = input.bytes();
                self.arrive(victim, datagram);
            }
            2 => self.deliver(victim),
            3 => self.deliver(victim.back()),
            4 => {
                let mut datagram = self.queue(victim).pop_front().unwrap_or_default();
                input.edit(&mut datagram);
                self.arrive(victim, &datagram);
            }
            5 => drop(self.queue(victim).pop_front()),
            6 => {
                let mut datagram = self.seen(input);
                input.edit(&mut datagram);
                self.arrive(victim, &datagram);
            }
            7 => {
                let record = self.forge_record(input);
                self.arrive(victim, &record);
            }
            8 => {
                let message = self.forge_message(input);
                self.arrive(victim, &message);
            }
            9 => {
                // Two records in one datagram.
                let mut datagram = self.seen(input);
                input.edit(&mut datagram);
                datagram.extend(self.forge_record(input));
                self.arrive(victim, &datagram);
            }
            10 => self.pass(Duration::from_millis(input.number().into())),
            11 => {
                let side = [victim, victim.back()][input.below(2)];
                self.send(side, input.bytes());
            }
            12 => self.betray(input, victim),
            13 => {
                self.receive(Direction::ToClient);
                self.receive(Direction::ToServer);
            }
            14 => match input.below(4) {
                0 => self.close(victim),
                1 => self.close(victim.back()),
                2 => {
                    let now = self.now;
                    self.side(victim).session.handle_socket_error(now);
                }
                _ => self.restart_client(),
            },
            _ => self.deliver_any(),
        }
    }

    fn seen(&self, input: &mut Input<'_>) -> Vec<u8> {
        let number = input.below(256);
        let all = self.seen.len().max(1);
        self.seen.get(number % all).cloned().unwrap_or_default()
    }

    fn forge_record(&self, input: &mut Input<'_>) -> Vec<u8> {
        let content_type = 19 + input.below(6) as u8;
        let (epoch, sequence) = (input.below(3) as u16, input.number().into());
        wire::record(content_type, epoch, sequence, input.bytes())
    }

    /// A handshake message, whole or a part of one, in a record of its own.
    fn forge_message(&self, input: &mut Input<'_>) -> Vec<u8> {
        let message_type = input.below(26) as u8;
        let sequence = input.below(8) as u8;
        let (length, offset) = (input.number(), input.number());
        let body = input.bytes();
        let length = if length == 0 { body.len() as u16 } else { length };
        let mut message = vec![message_type, 0];
        message.extend(length.to_be_bytes());
        message.extend([0, sequence, 0]);
        message.extend(offset.to_be_bytes());
        message.push(0);
        message.extend((body.len() as u16).to_be_bytes());
        message.extend_from_slice(body);
        wire::record(wire::HANDSHAKE, 0, sequence.into(), &message)
    }

    /// A record that the victim can decrypt: the other side itself does not keep to the protocol.
    fn betray(&mut self, input: &mut Input<'_>, victim: Direction) {
        let (content_type, sequence) = (19 + input.below(6) as u8, input.number());
        let payload = input.bytes();
        let Some(keys) = self.keys(victim) else {
            return;
        };
        self.is_betrayed = true;
        for side in Direction::BOTH {
            self.side(side).may_end = true;
        }
        // The other side itself is not so far.
        let record = keys.seal(content_type, 1000 + u64::from(sequence), payload);
        self.arrive(victim, &record);
    }

    /// None before the victim is connected, and with a cipher suite that [`Keys`] does not know.
    fn keys(&mut self, victim: Direction) -> Option<Keys> {
        let session = &self.side(victim).session;
        if session.state() != State::Connected || session.cipher_name() != SEALING {
            return None;
        }
        let is_hello = |datagram: &&Vec<u8>| wire::message_type(datagram) == Some(SERVER_HELLO);
        let hello = self.seen.iter().rev().find(is_hello)?;
        Keys::new(&scenario::key_log_line(), hello.get(HELLO_RANDOM)?, victim)
    }

    fn side(&mut self, side: Direction) -> &mut Side {
        match side {
            Direction::ToClient => &mut self.client,
            Direction::ToServer => &mut self.server,
        }
    }

    fn queue(&mut self, side: Direction) -> &mut VecDeque<Vec<u8>> {
        match side {
            Direction::ToClient => &mut self.to_client,
            Direction::ToServer => &mut self.to_server,
        }
    }

    fn deliver(&mut self, side: Direction) {
        if let Some(datagram) = self.queue(side).pop_front() {
            self.arrive(side, &datagram);
        }
    }

    fn deliver_any(&mut self) {
        let side = if self.to_server.is_empty() {
            Direction::ToClient
        } else {
            Direction::ToServer
        };
        self.deliver(side);
    }

    fn arrive(&mut self, side: Direction, datagram: &[u8]) {
        if side == Direction::ToServer {
            self.renew_server();
        }
        let now = self.now;
        let taker = self.side(side);
        taker.handle_datagram(datagram, now);
        answer_psk(taker, now);
        taker.handle_timeout(now);
        self.settle();
    }

    /// A session that has made room for the next is dropped, as a peer object is.
    fn renew_server(&mut self) {
        let has_made_room = matches!(
            self.server.session.failure(),
            Some(Failure::CookieExchange | Failure::PeerRestarted | Failure::Refused)
        );
        if has_made_room {
            self.server = new_server(&self.listener, self.scenario, self.now);
        }
    }

    fn renew_client(&mut self) {
        self.client = new_client(&self.client_config, self.scenario, self.now);
        self.client_random = None;
        self.to_client.clear();
        self.to_server.clear();
    }

    fn restart_client(&mut self) {
        self.has_restarted = true;
        self.server.may_end = true;
        self.now += Duration::from_millis(1);
        self.renew_client();
    }

    /// Puts what both send on its way.
    fn settle(&mut self) {
        for side in Direction::BOTH {
            let datagrams = self.side(side).transmit();
            if side == Direction::ToClient {
                datagrams.iter().for_each(|datagram| self.note_client_random(datagram));
            }
            if self.seen.len() < 256 {
                self.seen.extend(datagrams.iter().cloned());
            }
            let queue = self.queue(side.back());
            queue.extend(datagrams);
            queue.truncate(MOST_ON_THE_WAY);
            let is_restart = self.side(side).session.failure() == Some(&Failure::PeerRestarted);
            assert!(self.has_restarted || !is_restart, "restarted by a forgery");
            // Who has failed says so, and is believed.
            if matches!(self.side(side).session.state(), State::Closed | State::Failed) {
                self.side(side.back()).may_end = true;
            }
        }
    }

    fn note_client_random(&mut self, datagram: &[u8]) {
        if wire::message_type(datagram) != Some(wire::CLIENT_HELLO) || datagram[FRAGMENT_OFFSET] != [0; 3] {
            return;
        }
        let random = datagram[HELLO_RANDOM].to_vec();
        let last = self.client_random.replace(random.clone());
        if last.is_some_and(|last| last != random) {
            self.has_restarted = true;
            self.server.may_end = true;
        }
    }

    fn connect(&mut self) {
        self.settle();
        for _ in 0..HANDSHAKE {
            self.deliver_any();
        }
        for side in Direction::BOTH {
            let session = &self.side(side).session;
            assert_eq!(session.state(), State::Connected, "{side:?}: {:?}", session.failure());
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for side in Direction::BOTH {
            let now = self.now;
            self.side(side).handle_timeout(now);
        }
        self.settle();
    }

    /// No two payloads are the same, so that one that is received twice is noticed.
    fn send(&mut self, side: Direction, payload: &[u8]) {
        self.packets += 1;
        let payload = [&self.packets.to_be_bytes(), payload].concat();
        if self.side(side).session.send(&payload).is_ok() {
            self.payloads.insert((side.back(), payload));
        }
        self.side(side).check();
        self.settle();
    }

    fn receive(&mut self, side: Direction) {
        let mut packet = Vec::new();
        while self.side(side).session.recv(&mut packet) {
            let was_sent = self.payloads.remove(&(side, packet.clone()));
            assert!(
                was_sent || self.is_betrayed,
                "{side:?}: a packet that was not sent, or twice"
            );
        }
        self.side(side).check();
    }

    fn close(&mut self, side: Direction) {
        self.side(side).may_end = true;
        self.side(side.back()).may_end = true;
        self.side(side).session.close();
        self.side(side).check();
        self.settle();
    }
}

/// The player has a key, some are nobody, some are not welcome.
fn answer_psk(side: &mut Side, now: Instant) {
    let Some(identity) = side.session.psk_request() else {
        return;
    };
    let answer = match identity {
        b"player" => PskAnswer::Key(scenario::psk_key()),
        [first, ..] if first % 2 == 1 => PskAnswer::Refuse,
        _ => PskAnswer::Unknown,
    };
    side.session.answer_psk(answer, now);
    side.check();
}

fn new_client(config: &ClientConfig, scenario: &Scenario, now: Instant) -> Side {
    let name = ServerName::Host(scenario::NAME.into());
    let mut session = Session::client(config, &name, now).unwrap();
    session.set_peer_address(SocketAddr::from(([192, 0, 2, 2], 4433)));
    Side::new(session, scenario.mtu)
}

fn new_server(listener: &Arc<Mutex<Listener>>, scenario: &Scenario, now: Instant) -> Side {
    let mut session = Session::server(listener.clone(), now);
    session.set_peer_address(SocketAddr::from(([192, 0, 2, 1], 4242)));
    Side::new(session, scenario.mtu)
}
