//! A handshake that forged or stale plaintext has spoilt is followed by another.

use std::collections::HashSet;
use std::time::Duration;

use openssl_dtls::core::{Failure, State};

use crate::support::wire::{self, CERTIFICATE, CLIENT_HELLO, HANDSHAKE, HELLO_VERIFY_REQUEST};
use crate::support::{Direction, Fate, Identity, Pair, Peers};

const SERVER_HELLO: u8 = 2;
const SERVER_KEY_EXCHANGE: u8 = 12;
const CLIENT_KEY_EXCHANGE: u8 = 16;

/// Where a message of a handshake stands that was shaken before, by its type.
fn recorded(message_type: u8) -> Vec<u8> {
    let mut pair = Pair::new();
    pair.connect();
    let datagrams = pair.sent.iter().map(|(_, _, datagram)| datagram);
    let mut records = datagrams.flat_map(|datagram| wire::records(datagram));
    let found = records.find(|record| wire::message_type(record) == Some(message_type));
    found.expect("it was sent").to_vec()
}

/// The same as the peer's message of another number.
fn numbered(mut record: Vec<u8>, message_seq: u8) -> Vec<u8> {
    record[18] = message_seq;
    record
}

/// The client is connected after at most this time, though this came to one side after so many datagrams.
fn assert_connects(delivered: usize, direction: Direction, forged: &[u8], within: Duration) -> Pair {
    let mut pair = Pair::at_stage(delivered);
    pair.arrive(direction, forged);
    pair.connect();
    assert!(pair.elapsed() <= within, "{:?}", pair.elapsed());
    pair
}

const SECONDS: Duration = Duration::from_secs(3);

#[test]
fn a_client_connects_though_it_has_taken_a_forged_hello_verify_request() {
    let forged = recorded(HELLO_VERIFY_REQUEST);
    for delivered in 0..2 {
        assert_connects(delivered, Direction::ToClient, &forged, SECONDS);
    }
}

#[test]
fn a_resuming_client_connects_though_it_has_taken_a_hello_verify_request_for_the_server_hello() {
    // Nothing fails then: it waits for the answer to a third ClientHello, and the server for its Finished.
    let forged = numbered(recorded(HELLO_VERIFY_REQUEST), 1);
    for delivered in [2, 3] {
        let mut pair = Peers::acquainted().pair();
        for _ in 0..delivered {
            pair.deliver_one();
        }
        pair.arrive(Direction::ToClient, &forged);
        pair.connect();
        assert!(pair.elapsed() <= SECONDS, "at {delivered}: {:?}", pair.elapsed());
    }
}

#[test]
fn a_client_connects_though_it_has_taken_a_forged_server_hello() {
    let forged = recorded(SERVER_HELLO);
    // As from a server that asks for no cookie, and as the answer to the cookie.
    assert_connects(0, Direction::ToClient, &numbered(forged.clone(), 0), SECONDS);
    assert_connects(1, Direction::ToClient, &numbered(forged.clone(), 0), SECONDS);
    assert_connects(2, Direction::ToClient, &forged, SECONDS);
    assert_connects(3, Direction::ToClient, &forged, SECONDS);
}

#[test]
fn a_resuming_client_connects_though_it_has_taken_a_forged_server_hello() {
    // Nothing fails then: it waits for a certificate, and the server for its Finished.
    let forged = recorded(SERVER_HELLO);
    let mut pair = Peers::acquainted().pair();
    for _ in 0..3 {
        pair.deliver_one();
    }
    pair.arrive(Direction::ToClient, &forged);
    pair.connect();
    assert!(pair.elapsed() <= SECONDS, "{:?}", pair.elapsed());
}

#[test]
fn what_comes_before_the_first_message_of_a_server_is_dropped() {
    // OpenSSL would keep it until its number comes.
    let forged = recorded(SERVER_KEY_EXCHANGE);
    for delivered in 0..2 {
        let pair = assert_connects(delivered, Direction::ToClient, &forged, Duration::ZERO);
        assert_eq!(pair.client.statistics().dropped_unexpected, 1);
    }
}

#[test]
fn a_client_connects_though_its_server_has_taken_a_forged_client_key_exchange() {
    let forged = recorded(CLIENT_KEY_EXCHANGE);
    for delivered in [3, 4] {
        let pair = assert_connects(delivered, Direction::ToServer, &forged, SECONDS);
        assert!(pair.server_failures.len() > 1, "{:?}", pair.server_failures);
    }
}

#[test]
fn a_client_connects_though_its_server_has_failed_over_a_forged_message() {
    let mut forged = recorded(CLIENT_KEY_EXCHANGE);
    forged[wire::RECORD_HEADER + wire::MESSAGE_HEADER] = 1;
    assert_connects(3, Direction::ToServer, &forged, SECONDS);
}

#[test]
fn a_server_that_resumes_takes_no_message_in_plaintext() {
    let peers = Peers::acquainted();
    for message_type in [CERTIFICATE, 15, CLIENT_KEY_EXCHANGE] {
        for message_seq in 0..4 {
            let mut pair = peers.pair();
            for _ in 0..4 {
                pair.deliver_one();
            }
            assert_eq!(pair.client.state(), State::Connected);
            let message = wire::message(message_type, message_seq, &[0; 8]);
            pair.arrive(Direction::ToServer, &wire::record(HANDSHAKE, 0, 9, &message));
            pair.connect();
            assert_eq!(pair.elapsed(), Duration::ZERO);
        }
    }
}

/// How many handshakes the client of `pair` has begun.
fn handshakes(pair: &Pair) -> usize {
    let datagrams = pair.sent.iter().map(|(_, _, datagram)| datagram);
    let hellos = datagrams.filter(|datagram| wire::message_type(datagram) == Some(CLIENT_HELLO));
    let randoms: HashSet<_> = hellos.map(|hello| hello[wire::CLIENT_RANDOM].to_vec()).collect();
    randoms.len()
}

#[test]
fn a_client_connects_though_it_has_taken_the_flight_of_another_connection() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings.resumption = false;
    let peers = Peers::with(&client, &identity.server_options());
    let flight = peers.connect().sent[3].2.clone();
    let mut pair = peers.pair();
    for _ in 0..3 {
        pair.deliver_one();
    }
    pair.arrive(Direction::ToClient, &flight);
    pair.connect();
    assert_eq!(handshakes(&pair), 2);
    assert!(pair.elapsed() <= SECONDS, "{:?}", pair.elapsed());
}

/// A pair in which the server's signature never arrives as it was.
fn damaged() -> Pair {
    Pair::new().mangling(|_, datagram| {
        let records = wire::records(datagram);
        let signed = records
            .iter()
            .position(|record| wire::message_type(record) == Some(SERVER_KEY_EXCHANGE));
        if let Some(signed) = signed {
            let end: usize = records[..=signed].iter().map(|record| record.len()).sum();
            datagram[end - 1] ^= 1;
        }
    })
}

#[test]
fn after_the_third_handshake_the_reason_is_believed() {
    let mut pair = damaged();
    pair.run();
    assert!(matches!(pair.client.failure(), Some(Failure::Protocol(_))));
    assert_eq!(handshakes(&pair), 3);
    assert!(pair.elapsed() <= 2 * SECONDS, "{:?}", pair.elapsed());
}

#[test]
fn the_server_learns_each_time_why() {
    let mut pair = damaged();
    pair.run();
    let decrypt_error = Failure::PeerAlert(51);
    let failures: Vec<_> = pair
        .server_failures
        .iter()
        .filter(|failure| **failure != Failure::CookieExchange)
        .collect();
    assert_eq!(failures, [&decrypt_error; 3]);
}

#[test]
fn if_the_peer_does_not_answer_again_the_reason_is_believed_after_a_second_each() {
    let mut pair = damaged();
    for _ in 0..3 {
        pair.deliver_one();
    }
    // The flight that fails is the last that arrives.
    let mut pair = pair.network(|_, _, _| Fate::Drop);
    pair.deliver();
    assert_eq!(pair.client.state(), State::Handshaking);
    pair.pass(Duration::from_secs(2));
    assert!(
        matches!(pair.client.failure(), Some(Failure::Protocol(_))),
        "{:?}",
        pair.client.failure()
    );
}

#[test]
fn another_handshake_has_no_more_time_than_the_first() {
    let forged = recorded(HELLO_VERIFY_REQUEST);
    let mut pair = Pair::new().losing_everything();
    pair.pass(Duration::from_secs(10));
    pair.arrive(Direction::ToClient, &forged);
    pair.pass(Duration::from_secs(10));
    assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout));
}
