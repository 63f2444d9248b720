//! Sessions on a link with weather. A handshake that meets loss, duplicates and detours connects or is out of time, and
//! nothing else; a session delivers what was sent, at most once, whatever the link does to the datagrams.
//!
//! Each weather is tried with many seeds: `WEATHER_SEEDS` says with how many. A test that fails says how to repeat the
//! seed in which it did, alone.

use std::collections::HashSet;
use std::ops::Range;
use std::time::{Duration, Instant};
use std::{env, thread};

use openssl_dtls::core::{Failure, State};

use crate::support::{Direction, Link, Loss, Pair, Peers, Weather, packets};

/// By default; the long run of `cargo xtask test --all` takes 1000.
const SEEDS: u64 = 400;

/// Packets that each side sends once both are connected, and the time between them.
pub(crate) const PACKETS: u32 = 40;
pub(crate) const INTERVAL: Duration = Duration::from_millis(50);

/// What is common: a route across a country, on which now and then a datagram comes twice or late.
pub(crate) const COMMON: Weather = Weather {
    loss: Loss::None,
    duplicated: 0.02,
    overtaken: 0.02,
    corrupted: 0.0,
    truncated: 0.0,
    spliced: 0.0,
    latency: Duration::from_millis(20),
    jitter: Duration::from_millis(30),
};

pub(crate) fn losing(probability: f64) -> Weather {
    Weather {
        loss: Loss::Random(probability),
        ..COMMON
    }
}

/// A link that damages one datagram in five.
pub(crate) const ROUGH: Weather = Weather {
    corrupted: 0.1,
    truncated: 0.1,
    ..COMMON
};

/// The seeds to try. `WEATHER_SEED`: that one alone. `WEATHER_SEEDS`: so many.
pub(crate) fn seeds() -> Range<u64> {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    match number("WEATHER_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("WEATHER_SEEDS").unwrap_or(SEEDS),
    }
}

/// Says how to repeat a seed, if a test fails in it.
pub(crate) struct Repeatable(pub(crate) u64);

impl Drop for Repeatable {
    fn drop(&mut self) {
        if thread::panicking() {
            let (seed, test) = (self.0, test_name());
            eprintln!("this weather again: WEATHER_SEED={seed} cargo test --release --no-default-features {test}");
        }
    }
}

/// The running test; all of them if it has the process to itself and so runs on the main thread.
fn test_name() -> String {
    let thread = thread::current();
    let name = thread.name().filter(|name| *name != "main");
    name.unwrap_or("weather::").to_owned()
}

/// A way in which a client and a server shake hands.
type Handshake = (&'static str, fn() -> Pair);

const FULL: Handshake = ("full", Pair::new);
const RESUMED: Handshake = ("resumed", || Peers::acquainted().pair());
const MUTUAL: Handshake = ("with certificates of both", Pair::with_both_certificates);
const LARGE: Handshake = ("with a large chain", Pair::with_large_chain);

/// How long the handshakes took that connected, and how many there were.
#[derive(Default)]
pub(crate) struct Record {
    times: Vec<Duration>,
    handshakes: usize,
}

impl Record {
    /// Adds the handshake of a pair that began at `start`. True if it has connected.
    fn add(&mut self, pair: &Pair, start: Instant) -> bool {
        self.add_time(pair.is_connected().then(|| pair.now - start))
    }

    /// Adds a handshake that took so long. None: it has not connected.
    pub(crate) fn add_time(&mut self, time: Option<Duration>) -> bool {
        self.handshakes += 1;
        self.times.extend(time);
        time.is_some()
    }

    /// At least `share` of the handshakes have connected. Of a single one nothing can be said.
    pub(crate) fn assert_connected(mut self, what: &str, share: f64) {
        self.times.sort();
        let (connected, handshakes) = (self.times.len(), self.handshakes);
        let median = self.times.get(connected / 2).copied().unwrap_or_default();
        let worst = self.times.last().copied().unwrap_or_default();
        let test = test_name();
        println!("{test}, {what}: {connected} of {handshakes} connected, median {median:.2?}, worst {worst:.2?}");
        let is_enough = handshakes == 1 || connected as f64 >= share * handshakes as f64;
        assert!(is_enough, "{what}: {connected} of {handshakes} connected");
    }
}

/// Lets a pair of each seed shake hands in `weather` and, once it is connected, exchange packets in it. At least `share`
/// of them connect; the others are out of time, and nothing else.
fn live_through(weather: Weather, (what, make): Handshake, share: f64) {
    let mut record = Record::default();
    for seed in seeds() {
        let _repeatable = Repeatable(seed);
        let mut pair = make().over(Link::new(weather, seed));
        pair.run();
        let is_time_out = |failure: &Failure| *failure == Failure::HandshakeTimeout;
        for failure in failures(&pair) {
            assert!(*failure == Failure::CookieExchange || is_time_out(failure), "{failure}");
        }
        if record.add(&pair, pair.start) {
            talk(&mut pair, seed);
        } else {
            assert!(failures(&pair).any(is_time_out));
        }
    }
    record.assert_connected(what, share);
}

fn live_through_each(weather: Weather, share: f64) {
    for handshake in [FULL, RESUMED, MUTUAL] {
        live_through(weather, handshake, share);
    }
}

fn failures(pair: &Pair) -> impl Iterator<Item = &Failure> {
    pair.client.failure().into_iter().chain(&pair.server_failures)
}

/// A packet that no other connection, direction or number has, of 16 to 1000 bytes.
pub(crate) fn packet(seed: u64, direction: Direction, number: u32) -> Vec<u8> {
    let mut bytes = seed.to_be_bytes().to_vec();
    bytes.extend([direction as u8; 4]);
    bytes.extend(number.to_be_bytes());
    bytes.resize(16 + number as usize * 37 % 985, number as u8);
    bytes
}

/// Exchanges packets and holds what arrives against what was sent.
fn talk(pair: &mut Pair, seed: u64) {
    for number in 0..PACKETS {
        pair.client.send(&packet(seed, Direction::ToServer, number)).unwrap();
        pair.server().send(&packet(seed, Direction::ToClient, number)).unwrap();
        pair.pass(INTERVAL);
    }
    pair.pass(Duration::from_secs(5));
    for (session, direction) in [
        (pair.server.as_mut().unwrap(), Direction::ToServer),
        (&mut pair.client, Direction::ToClient),
    ] {
        assert_eq!(session.state(), State::Connected, "{direction:?}");
        assert_sound(packets(session), seed, direction);
    }
}

/// Nothing came twice or was changed, and what came is of this connection. The order is the network's affair.
pub(crate) fn assert_sound(arrived: Vec<Vec<u8>>, seed: u64, direction: Direction) {
    let mut missing: HashSet<_> = (0..PACKETS).map(|number| packet(seed, direction, number)).collect();
    for packet in arrived {
        assert!(missing.remove(&packet), "{direction:?}: {packet:x?}");
    }
    assert!(missing.len() < PACKETS as usize, "{direction:?}: nothing arrived");
}

/// Peers, and the datagrams of a connection that they had before.
fn peers_with_a_past() -> (Peers, Vec<(Direction, Vec<u8>)>) {
    const SEED_OF_THE_PAST: u64 = u64::MAX;
    let mut peers = Peers::new();
    let mut past = peers.connect();
    talk(&mut past, SEED_OF_THE_PAST);
    peers.now = past.now;
    let datagrams = past.sent.into_iter();
    (
        peers,
        datagrams
            .map(|(_, direction, datagram)| (direction, datagram))
            .collect(),
    )
}

#[test]
fn every_handshake_connects_though_1_percent_is_lost() {
    live_through_each(losing(0.01), 1.0);
}

#[test]
fn every_handshake_connects_though_5_percent_are_lost() {
    live_through_each(losing(0.05), 1.0);
}

#[test]
fn every_handshake_connects_though_10_percent_are_lost() {
    live_through_each(losing(0.1), 1.0);
}

#[test]
fn nearly_every_handshake_connects_though_20_percent_are_lost() {
    live_through_each(losing(0.2), 0.95);
}

#[test]
fn most_handshakes_connect_though_30_percent_are_lost() {
    live_through_each(losing(0.3), 0.85);
}

#[test]
fn nearly_every_handshake_connects_though_datagrams_are_lost_in_bursts() {
    let loss = Loss::Bursts { begin: 0.02, end: 0.2 };
    live_through_each(Weather { loss, ..COMMON }, 0.97);
}

#[test]
fn a_large_chain_goes_through_though_5_percent_are_lost() {
    live_through(losing(0.05), LARGE, 1.0);
}

#[test]
fn a_handshake_whose_datagrams_are_damaged_ends_for_a_reason() {
    // Nothing protects plaintext: what is damaged may end a handshake, but it says so.
    let mut record = Record::default();
    for seed in seeds() {
        let _repeatable = Repeatable(seed);
        let mut pair = Pair::new().over(Link::new(ROUGH, seed));
        pair.run();
        let is_internal = |failure: &Failure| matches!(failure, Failure::Internal(_));
        assert!(!failures(&pair).any(is_internal), "{:?}", pair.client.failure());
        if record.add(&pair, pair.start) {
            talk(&mut pair, seed);
        } else {
            assert!(failures(&pair).any(|failure| *failure != Failure::CookieExchange));
        }
    }
    record.assert_connected("full", 0.6);
}

#[test]
fn a_session_whose_datagrams_are_damaged_goes_on() {
    for seed in seeds() {
        let _repeatable = Repeatable(seed);
        let mut pair = Pair::new();
        pair.connect();
        talk(&mut pair.over(Link::new(ROUGH, seed)), seed);
    }
}

#[test]
fn a_session_among_datagrams_of_an_earlier_one_goes_on() {
    let (peers, past) = peers_with_a_past();
    let spliced = Weather { spliced: 0.3, ..COMMON };
    for seed in seeds() {
        let _repeatable = Repeatable(seed);
        let pair = peers.connect();
        talk(&mut pair.over(Link::new(spliced, seed).beside(&past)), seed);
    }
}

#[test]
fn most_handshakes_among_datagrams_of_an_earlier_one_connect() {
    let (peers, past) = peers_with_a_past();
    let spliced = Weather { spliced: 0.1, ..COMMON };
    let mut record = Record::default();
    for seed in seeds() {
        let _repeatable = Repeatable(seed);
        let mut pair = peers.pair().over(Link::new(spliced, seed).beside(&past));
        pair.run();
        if record.add(&pair, pair.start) {
            talk(&mut pair, seed);
        }
    }
    record.assert_connected("resumed", 0.9);
}

#[test]
fn most_clients_connect_that_restart_on_a_link_full_of_their_past() {
    let detours = Weather {
        overtaken: 0.2,
        ..losing(0.05)
    };
    let mut record = Record::default();
    for seed in seeds() {
        let _repeatable = Repeatable(seed);
        let mut pair = Pair::new().over(Link::new(detours, seed));
        pair.run();
        let restarted = pair.now;
        pair.replace_client();
        pair.run();
        if record.add(&pair, restarted) {
            talk(&mut pair, seed);
        }
    }
    record.assert_connected("full", 0.75);
}
