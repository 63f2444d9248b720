//! Clients of one endpoint, each on a link with weather of its own: the same weather as for a single pair, and the same to
//! be held.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::{Association, Failure, Session, State};

use crate::support::{Crowd, Direction, Guest, Link, Weather, guest_address, packets, packets_of};
use crate::weather::{INTERVAL, PACKETS, ROUGH, Record, Repeatable, assert_sound, losing, packet, seeds};

/// Clients of each endpoint: as many fewer seeds are tried than of a single pair.
const GUESTS: usize = 8;

/// Deadlines that pass and stay due would otherwise hold a test for ever.
const MAX_STEPS: usize = 100_000;

/// A datagram, with the address of the client that sends or gets it.
struct Travelling {
    due: Instant,
    direction: Direction,
    guest: SocketAddr,
    bytes: Vec<u8>,
}

/// An endpoint, its clients and their links.
struct Roads {
    crowd: Crowd,
    links: HashMap<SocketAddr, Link>,
    on_the_way: Vec<Travelling>,
    steps: usize,
}

impl Roads {
    /// The clients of `crowd`, each on a link with this weather.
    fn new(crowd: Crowd, weather: Weather, seed: u64) -> Self {
        let link = |number: usize| Link::new(weather, seed * GUESTS as u64 + number as u64);
        Roads {
            links: (0..GUESTS)
                .map(|number| (guest_address(number), link(number)))
                .collect(),
            crowd,
            on_the_way: Vec::new(),
            steps: 0,
        }
    }

    /// Sends what both sides want to send.
    fn transmit(&mut self) {
        let mut sent = Vec::new();
        for guest in &mut self.crowd.guests {
            let datagrams = guest.datagrams().into_iter();
            sent.extend(datagrams.map(|bytes| (Direction::ToServer, guest.address, bytes)));
        }
        let answers = self.crowd.take_sent().into_iter();
        sent.extend(answers.map(|(address, bytes)| (Direction::ToClient, address, bytes)));
        for (direction, guest, datagram) in sent {
            let arrivals = self.links.get_mut(&guest).unwrap().carry(direction, &datagram);
            let now = self.crowd.now;
            self.on_the_way
                .extend(arrivals.into_iter().map(|(delay, bytes)| Travelling {
                    due: now + delay,
                    direction,
                    guest,
                    bytes,
                }));
        }
    }

    /// Delivers what is due, in the order in which it is.
    fn deliver(&mut self) {
        self.transmit();
        self.on_the_way.sort_by_key(|travelling| travelling.due);
        while self.on_the_way.first().is_some_and(|first| first.due <= self.crowd.now) {
            let Travelling {
                direction,
                guest,
                bytes,
                ..
            } = self.on_the_way.remove(0);
            let now = self.crowd.now;
            match direction {
                Direction::ToServer => self.crowd.arrive(guest, &bytes),
                Direction::ToClient => self.guest(guest).session.handle_datagram(&bytes, now),
            }
            self.transmit();
            self.on_the_way.sort_by_key(|travelling| travelling.due);
        }
    }

    fn guest(&mut self, address: SocketAddr) -> &mut Guest {
        let mut guests = self.crowd.guests.iter_mut();
        guests.find(|guest| guest.address == address).unwrap()
    }

    /// Moves the time to the next deadline, of whomever, but not beyond `end`. False: there is none.
    fn step(&mut self, end: Instant) -> bool {
        self.deliver();
        let arrivals = self.on_the_way.iter().map(|travelling| travelling.due);
        let guests = self
            .crowd
            .guests
            .iter()
            .filter_map(|guest| guest.session.next_timeout());
        let next = arrivals.chain(guests).chain(self.crowd.endpoint.next_timeout()).min();
        let Some(next) = next.filter(|next| *next <= end) else {
            return false;
        };
        self.steps += 1;
        assert!(self.steps < MAX_STEPS, "deadlines without an end");
        self.crowd.now = self.crowd.now.max(next);
        for guest in &mut self.crowd.guests {
            guest.session.handle_timeout(self.crowd.now);
        }
        self.crowd.handle_timeout();
        self.deliver();
        true
    }

    fn pass(&mut self, time: Duration) {
        let end = self.crowd.now + time;
        while self.step(end) {}
        self.crowd.now = end;
    }

    /// Runs until all clients are connected or out of time, and adds them to `record`. Returns the number of each that has
    /// connected.
    fn connect(&mut self, record: &mut Record) -> Vec<usize> {
        let end = self.crowd.now + Duration::from_secs(60);
        let is_handshaking = |guest: &Guest| guest.session.state() == State::Handshaking;
        // A client that resumes a session is connected before the endpoint is.
        let is_busy =
            |crowd: &Crowd| crowd.guests.iter().any(is_handshaking) || crowd.endpoint.statistics().half_open > 0;
        while is_busy(&self.crowd) && self.step(end) {}
        let connected = |session: &Session| session.handshake_time().filter(|_| session.state() == State::Connected);
        let guests = self.crowd.guests.iter().enumerate();
        guests
            .filter(|(_, guest)| record.add_time(connected(&guest.session)))
            .map(|(number, _)| number)
            .collect()
    }

    /// The server's side of the connections that live, by the address of the client.
    fn associations(&mut self) -> HashMap<SocketAddr, Arc<Association>> {
        let taken = self.crowd.take_all().into_iter();
        taken
            .filter(|association| association.ask(Session::state) == Some(State::Connected))
            .map(|association| (association.address(), association))
            .collect()
    }

    /// Lets these clients and the endpoint exchange packets, and holds what arrives against what was sent.
    fn talk(&mut self, guests: &[usize], seed: u64) {
        let associations = self.associations();
        let seed = |number: usize| seed * GUESTS as u64 + number as u64;
        for packet_number in 0..PACKETS {
            for &number in guests {
                let guest = &mut self.crowd.guests[number];
                let association = &associations[&guest.address];
                let to_server = packet(seed(number), Direction::ToServer, packet_number);
                let to_client = packet(seed(number), Direction::ToClient, packet_number);
                guest.session.send(&to_server).unwrap();
                let now = self.crowd.now;
                association.send(&to_client, &self.crowd.sent, || now).unwrap();
            }
            self.pass(INTERVAL);
        }
        self.pass(Duration::from_secs(5));
        for &number in guests {
            let guest = &mut self.crowd.guests[number];
            assert_eq!(guest.session.state(), State::Connected);
            assert_sound(packets(&mut guest.session), seed(number), Direction::ToClient);
            let association = &associations[&guest.address];
            assert_eq!(association.ask(Session::state), Some(State::Connected));
            assert_sound(packets_of(association), seed(number), Direction::ToServer);
        }
    }
}

/// As many handshakes as a single pair has.
fn crowd_seeds() -> Range<u64> {
    let Range { start, end } = seeds();
    start..end.min(start + (end - start).div_ceil(GUESTS as u64))
}

/// Lets the clients of an endpoint shake hands in `weather` and exchange packets in it. At least `share` of them connect;
/// the others are out of time, and nothing else.
fn live_through(weather: Weather, share: f64) {
    let mut record = Record::default();
    for seed in crowd_seeds() {
        let _repeatable = Repeatable(seed);
        let mut roads = Roads::new(Crowd::of(GUESTS), weather, seed);
        let connected = roads.connect(&mut record);
        for guest in &roads.crowd.guests {
            assert!(matches!(
                guest.session.failure(),
                None | Some(Failure::HandshakeTimeout)
            ));
        }
        roads.talk(&connected, seed);
        assert_eq!(roads.crowd.endpoint.statistics().half_open, 0);
    }
    record.assert_connected("at an endpoint", share);
}

#[test]
fn every_client_connects_though_10_percent_are_lost() {
    live_through(losing(0.1), 1.0);
}

#[test]
fn most_clients_connect_though_30_percent_are_lost() {
    live_through(losing(0.3), 0.85);
}

#[test]
fn connections_whose_datagrams_are_damaged_go_on() {
    for seed in crowd_seeds() {
        let _repeatable = Repeatable(seed);
        let mut crowd = Crowd::of(GUESTS);
        crowd.run();
        let mut roads = Roads::new(crowd, ROUGH, seed);
        roads.talk(&(0..GUESTS).collect::<Vec<_>>(), seed);
    }
}

#[test]
fn most_clients_connect_that_restart_on_links_full_of_their_past() {
    let detours = Weather {
        overtaken: 0.2,
        ..losing(0.05)
    };
    let mut record = Record::default();
    for seed in crowd_seeds() {
        let _repeatable = Repeatable(seed);
        let mut roads = Roads::new(Crowd::of(GUESTS), detours, seed);
        roads.connect(&mut Record::default());
        for number in 0..GUESTS {
            // The first becomes the last, and so each in its turn.
            roads.crowd.guests.remove(0);
            roads.crowd.invite(guest_address(number));
        }
        let connected = roads.connect(&mut record);
        roads.talk(&connected, seed);
    }
    record.assert_connected("at an endpoint", 0.75);
}
