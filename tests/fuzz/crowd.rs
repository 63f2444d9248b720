//! An endpoint, clients in any of their states, and an attacker who sees what they send and can send the endpoint
//! anything, from their addresses and from his own.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::{
    ClientConfig, Endpoint, Failure, Listener, PskAnswer, ServerName, Session, State, Turn, Work,
};
use parking_lot::Mutex;

use super::held::{Held, Socket};
use super::input::Input;
use super::scenario::{self, Scenario};
use super::wire;

const MOST_STEPS: usize = 64;

/// The addresses that clients are at; the attacker has as many of his own.
const PLACES: usize = 3;

/// So many connections may wait to be taken.
const MAX_PENDING: usize = 4;

/// More than any flight has.
const MOST_ON_THE_WAY: usize = 64;

const MOST_SEEN: usize = 256;

/// An address, and the client that is there now.
struct Place {
    address: SocketAddr,
    client: Session,
    to_client: VecDeque<Vec<u8>>,
    to_server: VecDeque<Vec<u8>>,
    /// The client has left, failed or made room for another, or the endpoint has closed a connection with it.
    may_end: bool,
    /// What was sent there and has not been received: by the client and by the endpoint.
    payloads: [HashSet<Vec<u8>>; 2],
}

struct World {
    config: ClientConfig,
    endpoint: Endpoint,
    socket: Socket,
    places: Vec<Place>,
    held: Vec<Held>,
    work: Vec<Work>,
    delegates: bool,
    /// A worker has lost a session.
    has_lost: bool,
    now: Instant,
    seen: Vec<Vec<u8>>,
    packets: u32,
    /// Datagrams and their bytes.
    taken: (u64, u64),
    sent: (u64, u64),
    /// To and from the addresses of the attacker, each.
    strangers: [(u64, u64); PLACES],
}

/// Lets `input` choose a scenario, how far each client goes, and what happens then.
pub fn endpoint(input: &[u8]) {
    let mut input = Input::new(input);
    let scenarios: Vec<_> = Scenario::all().iter().filter(|scenario| !scenario.is_resumed).collect();
    let mut world = World::new(scenarios[input.below(scenarios.len())]);
    for place in 0..PLACES {
        for _ in 0..input.below(8) {
            world.deliver_all(place);
        }
    }
    world.take();
    for _ in 0..MOST_STEPS {
        if input.is_empty() {
            break;
        }
        world.step(&mut input);
        world.settle();
        world.check();
    }
    world.exchange();
}

fn new_client(config: &ClientConfig, now: Instant) -> Session {
    let name = ServerName::Host(scenario::NAME.into());
    let mut client = Session::client(config, &name, now).unwrap();
    client.set_peer_address(SocketAddr::from(([192, 0, 2, 2], 4433)));
    client
}

fn stranger(number: usize) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 1], 4000 + number as u16))
}

impl World {
    fn new(scenario: &Scenario) -> Self {
        let now = Instant::now();
        let listener = Listener::new(scenario.server_config.clone(), now).unwrap();
        let place = |number: usize| Place {
            // Two of them behind one address.
            address: SocketAddr::from(([192, 0, 2, 10 + number as u8 / 2], 4000 + number as u16)),
            client: new_client(&scenario.client_config, now),
            to_client: VecDeque::new(),
            to_server: VecDeque::new(),
            may_end: false,
            payloads: Default::default(),
        };
        let mut world = World {
            config: scenario.client_config.clone(),
            endpoint: Endpoint::new(Arc::new(Mutex::new(listener)), MAX_PENDING),
            socket: Socket::default(),
            places: (0..PLACES).map(place).collect(),
            held: Vec::new(),
            work: Vec::new(),
            delegates: false,
            has_lost: false,
            now,
            seen: Vec::new(),
            packets: 0,
            taken: (0, 0),
            sent: (0, 0),
            strangers: Default::default(),
        };
        world.settle();
        world
    }

    fn step(&mut self, input: &mut Input<'_>) {
        let place = input.below(PLACES);
        match input.below(18) {
            0 => {
                let from = self.address(input);
                self.arrive(from, input.bytes());
            }
            1 => self.deliver_to_server(place),
            2 => self.deliver_to_client(place),
            3 => {
                let mut datagram = self.places[place].to_server.pop_front().unwrap_or_default();
                input.edit(&mut datagram);
                let from = self.places[place].address;
                self.arrive(from, &datagram);
            }
            4 => drop(self.places[place].to_server.pop_front()),
            5 => drop(self.places[place].to_client.pop_front()),
            6 | 7 => {
                let from = self.address(input);
                let mut datagram = self.seen(input);
                input.edit(&mut datagram);
                self.arrive(from, &datagram);
            }
            8 => {
                let from = self.address(input);
                let (content_type, epoch) = (19 + input.below(6) as u8, input.below(3) as u16);
                let record = wire::record(content_type, epoch, input.number().into(), input.bytes());
                let behind = if input.below(2) == 0 {
                    Vec::new()
                } else {
                    self.seen(input)
                };
                self.arrive(from, &[record, behind].concat());
            }
            9 => self.pass(Duration::from_millis(input.number().into())),
            10 => self.send(place, input.bytes()),
            11 => self.receive(),
            12 => match input.below(2) {
                0 => self.restart(place),
                _ => self.impersonate(place),
            },
            13 => match input.below(4) {
                0 => {
                    self.places[place].may_end = true;
                    self.places[place].client.close();
                }
                1 => self.close(place),
                2 => {
                    self.socket.is_full.replace(input.below(2) == 0);
                }
                _ => self.set_max_pending(input.below(MAX_PENDING + 1)),
            },
            14 => self.take(),
            15 => {
                self.delegates = input.below(2) == 0;
                self.work.extend(std::iter::from_fn(|| self.endpoint.next_work()));
            }
            16 => self.give_back(input),
            _ => self.deliver_all(place),
        }
    }

    /// That of a client or of the attacker.
    fn address(&self, input: &mut Input<'_>) -> SocketAddr {
        match input.below(2 * PLACES) {
            number if number < PLACES => self.places[number].address,
            number => stranger(number - PLACES),
        }
    }

    fn seen(&self, input: &mut Input<'_>) -> Vec<u8> {
        let number = input.below(MOST_SEEN);
        let all = self.seen.len().max(1);
        self.seen.get(number % all).cloned().unwrap_or_default()
    }

    fn with_turn<T>(&mut self, action: impl FnOnce(&mut Endpoint, Turn<'_>) -> T) -> T {
        let turn = Turn {
            now: self.now,
            outlet: &self.socket,
            delegates: self.delegates,
        };
        action(&mut self.endpoint, turn)
    }

    fn arrive(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.taken.0 += 1;
        self.taken.1 += datagram.len() as u64;
        for (number, (came, _)) in self.strangers.iter_mut().enumerate() {
            if from == stranger(number) {
                *came += datagram.len() as u64;
            }
        }
        self.with_turn(|endpoint, turn| endpoint.handle_datagram(from, datagram, turn));
        self.handle_timeout();
        self.settle();
    }

    /// Does what is due, once.
    fn handle_timeout(&mut self) {
        self.with_turn(Endpoint::handle_timeout);
        let next = self.endpoint.next_timeout();
        assert!(
            next.is_none_or(|due| due > self.now),
            "a deadline that passes and stays due"
        );
    }

    fn deliver_to_server(&mut self, place: usize) {
        if let Some(datagram) = self.places[place].to_server.pop_front() {
            let from = self.places[place].address;
            self.arrive(from, &datagram);
        }
    }

    fn deliver_to_client(&mut self, place: usize) {
        let now = self.now;
        let place = &mut self.places[place];
        if let Some(datagram) = place.to_client.pop_front() {
            place.client.handle_datagram(&datagram, now);
            place.client.handle_timeout(now);
        }
        self.settle();
    }

    /// What is on its way between a client and the endpoint, once.
    fn deliver_all(&mut self, place: usize) {
        for _ in 0..self.places[place].to_server.len() {
            self.deliver_to_server(place);
        }
        for _ in 0..self.places[place].to_client.len() {
            self.deliver_to_client(place);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for place in &mut self.places {
            place.client.handle_timeout(self.now);
        }
        self.handle_timeout();
    }

    /// No two payloads are the same, so that one that is received twice, or by another, is noticed.
    fn send(&mut self, place: usize, payload: &[u8]) {
        self.packets += 1;
        let payload = [&self.packets.to_be_bytes(), payload].concat();
        let place = &mut self.places[place];
        if place.client.send(&payload).is_ok() {
            place.payloads[0].insert(payload.clone());
        }
        let now = self.now;
        for held in self
            .held
            .iter()
            .filter(|held| held.association.address() == place.address)
        {
            if held.association.send(&payload, &self.socket, || now).is_ok() {
                place.payloads[1].insert(payload.clone());
            }
        }
    }

    fn receive(&mut self) {
        let mut packet = Vec::new();
        for place in &mut self.places {
            while place.client.recv(&mut packet) {
                assert!(
                    place.payloads[1].remove(&packet),
                    "a packet that was not sent, or twice"
                );
            }
        }
        for held in &self.held {
            while held.association.recv(&mut packet) {
                let of_address = |place: &&mut Place| place.address == held.association.address();
                let place = self.places.iter_mut().find(of_address).unwrap();
                assert!(
                    place.payloads[0].remove(&packet),
                    "a packet that was not sent, or twice"
                );
            }
        }
    }

    /// A new client on the address and port of the one that there was.
    fn restart(&mut self, place: usize) {
        // Clients of one moment could not be told from each other.
        self.now += Duration::from_millis(1);
        let place = &mut self.places[place];
        place.may_end = true;
        place.client = new_client(&self.config, self.now);
        place.to_client.clear();
    }

    /// The attacker begins a handshake from the address of a client, where he sees the cookie that it is sent. He does not
    /// go on with it: what is sealed with his keys would be of a client like any other.
    fn impersonate(&mut self, place: usize) {
        self.now += Duration::from_millis(1);
        let address = self.places[place].address;
        let mut impostor = new_client(&self.config, self.now);
        let mut datagram = Vec::new();
        while impostor.poll_transmit(&mut datagram) {
            self.arrive(address, &datagram);
            let answer = self.places[place].to_client.back();
            let is_request = |answer: &&Vec<u8>| wire::message_type(answer) == Some(wire::HELLO_VERIFY_REQUEST);
            if let Some(request) = answer.filter(is_request) {
                impostor.handle_datagram(request, self.now);
            }
        }
    }

    fn close(&mut self, place: usize) {
        self.places[place].may_end = true;
        let (address, now) = (self.places[place].address, self.now);
        for held in self.held.iter().filter(|held| held.association.address() == address) {
            held.association.close(&self.socket, || now);
        }
        self.handle_timeout();
    }

    /// Those that wait beyond the limit are closed.
    fn set_max_pending(&mut self, limit: usize) {
        self.places.iter_mut().for_each(|place| place.may_end = true);
        self.with_turn(|endpoint, turn| endpoint.set_max_pending(limit, turn));
    }

    fn take(&mut self) {
        let mut taken = 0;
        while let Some(association) = self.endpoint.take() {
            taken += 1;
            let is_known = |place: &Place| place.address == association.address();
            assert!(
                self.places.iter().any(is_known),
                "a connection with one who has no cookie"
            );
            self.held.push(Held {
                association,
                state: State::Handshaking,
                is_mutual: false,
            });
        }
        assert!(taken <= MAX_PENDING, "{taken} were waiting");
    }

    /// A worker has done its work, or has lost it.
    fn give_back(&mut self, input: &mut Input<'_>) {
        if self.work.is_empty() {
            return;
        }
        let number = input.below(self.work.len());
        let mut work = self.work.swap_remove(number);
        if input.below(4) == 0 {
            let association = work.association().clone();
            self.mark(association.address());
            self.has_lost = true;
            drop(work);
            self.with_turn(|endpoint, turn| endpoint.lose(&association, turn));
        } else {
            work.run(self.now);
            self.with_turn(|endpoint, turn| endpoint.finish(work, turn));
        }
        self.handle_timeout();
    }

    fn mark(&mut self, address: SocketAddr) {
        let mut places = self.places.iter_mut();
        if let Some(place) = places.find(|place| place.address == address) {
            place.may_end = true;
        }
    }

    /// Puts what all send on its way.
    fn settle(&mut self) {
        self.answer_psk();
        let mut datagram = Vec::new();
        for place in &mut self.places {
            while place.client.poll_transmit(&mut datagram) {
                place.to_server.push_back(datagram.clone());
                self.seen.push(datagram.clone());
            }
            place.to_server.truncate(MOST_ON_THE_WAY);
            place.may_end |= matches!(place.client.state(), State::Closed | State::Failed);
        }
        for (to, datagram) in self.socket.sent.take() {
            self.sent.0 += 1;
            self.sent.1 += datagram.len() as u64;
            for (number, (_, went)) in self.strangers.iter_mut().enumerate() {
                if to == stranger(number) {
                    *went += datagram.len() as u64;
                }
            }
            if let Some(place) = self.places.iter_mut().find(|place| place.address == to) {
                place.to_client.push_back(datagram.clone());
                place.to_client.truncate(MOST_ON_THE_WAY);
            }
            self.seen.push(datagram);
        }
        self.seen.truncate(MOST_SEEN);
    }

    /// The player has a key, some are nobody, some are not welcome.
    fn answer_psk(&mut self) {
        let now = self.now;
        for news in self.endpoint.news() {
            let asked = news
                .association
                .ask(|session| session.psk_request().map(<[u8]>::to_vec));
            let Some(identity) = asked.flatten() else {
                continue;
            };
            let answer = match &*identity {
                b"player" => PskAnswer::Key(scenario::psk_key()),
                [first, ..] if first % 2 == 1 => PskAnswer::Refuse,
                _ => PskAnswer::Unknown,
            };
            news.association.answer_psk(&identity, answer, now, &self.socket);
        }
        self.handle_timeout();
    }

    /// Connections that both sides have carry packets, whatever has come.
    fn exchange(&mut self) {
        self.socket.is_full.replace(false);
        self.receive();
        for place in 0..PLACES {
            let Place { address, may_end, .. } = self.places[place];
            let is_mutual = |held: &Held| held.is_mutual && held.association.address() == address;
            if may_end || !self.held.iter().any(is_mutual) {
                continue;
            }
            self.places[place].to_server.clear();
            self.places[place].to_client.clear();
            self.send(place, b"at the end");
            let sent = [&self.packets.to_be_bytes(), &b"at the end"[..]].concat();
            self.settle();
            self.deliver_all(place);
            self.receive();
            let is_lost = self.places[place]
                .payloads
                .iter()
                .any(|payloads| payloads.contains(&sent));
            assert!(!is_lost, "a packet was lost at the end");
        }
    }

    fn check(&mut self) {
        for (came, went) in self.strangers {
            assert!(went <= came, "more for a stranger than came from it");
        }
        let statistics = self.endpoint.statistics();
        // What may be of either of two clients at one address both sessions are given.
        assert!(statistics.sessions.datagrams_in <= 2 * self.taken.0);
        assert!(statistics.sessions.bytes_in <= 2 * self.taken.1);
        assert!(statistics.sessions.bytes_out >= self.sent.1);
        while let Some(failure) = self.endpoint.next_failure() {
            assert!(self.has_lost || !matches!(failure, Failure::Internal(_)), "{failure}");
        }
        for held in &mut self.held {
            let place = self
                .places
                .iter()
                .find(|place| place.address == held.association.address());
            let place = place.unwrap();
            held.check(place.client.state(), place.may_end);
        }
        self.held
            .retain(|held| !matches!(held.state, State::Closed | State::Failed));
    }
}
