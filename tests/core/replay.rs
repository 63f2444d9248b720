//! A forger has recorded a connection of his own with the same server, and knows the addresses of another. He puts one
//! datagram of his into it: whole, cut short at any length, followed by something, with any bit turned, at any time and
//! to either side. The other connection goes on.
//!
//! He may have one thing: a certificate that is refused ends a handshake at once, so that whoever is refused in earnest
//! need not wait.
//!
//! Of all those datagrams one in so many is tried, other ones in each state. With `REPLAY_EVERY=1` each is, which takes
//! a quarter of an hour.

use std::time::Duration;
use std::{env, iter};

use openssl_dtls::core::{ClientVerification, Failure};

use crate::support::wire::{self, CERTIFICATE};
use crate::support::{Authority, Direction, Identity, Pair, Peers, packets};

/// One datagram in so many is tried by default.
const EVERY: usize = 97;

const DIRECTIONS: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

/// What can be made of a datagram.
pub(crate) fn mutations(datagram: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let whole = iter::once(datagram.to_vec());
    let prefixes = (0..datagram.len()).map(|length| datagram[..length].to_vec());
    let longer = [1, 12, 13, 25, 40].map(|length| [datagram, &vec![22; length]].concat());
    let twice = iter::once(datagram.repeat(2));
    let flips = (0..datagram.len() * 8).map(|bit| wire::flip_bit(datagram, bit));
    whole.chain(prefixes).chain(longer).chain(twice).chain(flips)
}

/// The datagrams of a connection: its handshake, a packet each way, and the goodbye.
fn recording(peers: &Peers) -> Vec<Vec<u8>> {
    let mut pair = peers.connect();
    pair.client.close();
    pair.deliver();
    pair.sent.into_iter().map(|(_, _, datagram)| datagram).collect()
}

/// A connection of which so many datagrams have been delivered. None: it has fewer.
fn at_stage(peers: &Peers, stage: usize) -> Option<Pair> {
    let mut pair = peers.pair();
    let is_there = (0..stage).all(|_| pair.deliver_one());
    pair.transmit();
    is_there.then_some(pair)
}

/// True for a flight with a certificate.
fn has_certificate(datagram: &[u8]) -> bool {
    let mut records = wire::records(datagram).into_iter();
    records.any(|record| wire::message_type(record) == Some(CERTIFICATE))
}

/// True if the certificate in what was replayed was refused.
fn is_refused(pair: &Pair) -> bool {
    let is_verdict = |failure: &Failure| matches!(failure, Failure::Certificate(_));
    pair.client
        .failure()
        .into_iter()
        .chain(&pair.server_failures)
        .any(is_verdict)
}

/// Puts `datagram` into the connection, which has to connect, if it has not, and to carry data.
fn replay(pair: &mut Pair, direction: Direction, datagram: &[u8]) -> Result<(), String> {
    let was_connected = pair.is_connected();
    let failures = pair.server_failures.len();
    pair.arrive(direction, datagram);
    if was_connected && (!pair.is_connected() || pair.server_failures.len() > failures) {
        return Err("the session has ended".into());
    }
    pair.run();
    if !pair.is_connected() {
        return Err(format!("{:?}, {:?}", pair.client.failure(), pair.server_failures));
    }
    if pair.client.send(b"to the server").is_err() || pair.server().send(b"to the client").is_err() {
        return Err("cannot send".into());
    }
    pair.deliver();
    let arrived = (packets(pair.server()), packets(&mut pair.client));
    if arrived != (vec![b"to the server".to_vec()], vec![b"to the client".to_vec()]) {
        return Err("data is lost".into());
    }
    Ok(())
}

/// Replays a recorded connection of `peers` in every state of others.
fn replay_in_every_state(mut peers: Peers) {
    let recorded = recording(&peers);
    peers.now += Duration::from_secs(10);
    let every = env::var("REPLAY_EVERY").map_or(EVERY, |text| text.parse().expect("REPLAY_EVERY"));
    let (mut number, mut tried, mut refused, mut worst) = (0, 0, 0, Duration::ZERO);
    let mut wrong = Vec::new();
    for stage in 0.. {
        if at_stage(&peers, stage).is_none() {
            break;
        }
        for (index, datagram) in recorded.iter().enumerate() {
            for (kind, mutation) in mutations(datagram).enumerate() {
                for direction in DIRECTIONS {
                    number += 1;
                    if number % every != 0 && kind > 0 {
                        continue;
                    }
                    tried += 1;
                    let mut pair = at_stage(&peers, stage).unwrap();
                    match replay(&mut pair, direction, &mutation) {
                        Ok(()) => worst = worst.max(pair.elapsed()),
                        Err(_) if has_certificate(datagram) && is_refused(&pair) => refused += 1,
                        Err(error) => wrong.push(format!("{index}, made {kind}, {direction:?}, at {stage}: {error}")),
                    }
                }
            }
        }
    }
    println!(
        "{tried} replayed, {refused} refused for their certificate, the others connected after {worst:?} at the most"
    );
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(worst < Duration::from_secs(10), "{worst:?}");
}

#[test]
fn a_full_handshake_goes_on() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings.resumption = false;
    replay_in_every_state(Peers::with(&client, &identity.server_options()));
}

#[test]
fn a_resumed_handshake_goes_on() {
    replay_in_every_state(Peers::acquainted());
}

#[test]
fn a_handshake_with_certificates_of_both_sides_goes_on() {
    let server = Identity::self_signed(&["server.test"]);
    let authority = Authority::new("players");
    let mut client = server.client_showing(&authority.issue_player("player"));
    client.settings.resumption = false;
    let server = server.server_asking(ClientVerification::Required(authority.trust()));
    replay_in_every_state(Peers::with(&client, &server));
}
