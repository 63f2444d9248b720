//! A peer that has the keys and does not keep to the protocol: it can end its own session, and that is all.

use std::sync::Arc;

use openssl_dtls::core::settings::KeyLog;
use openssl_dtls::core::{Failure, State};
use parking_lot::Mutex;

use crate::support::wire::{self, ALERT, APPLICATION_DATA, HANDSHAKE};
use crate::support::{Direction, Identity, Keys, Pair, packets};

const DIRECTIONS: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;

/// A sequence number that the peer has not used.
const SEQUENCE: u64 = 20;

/// A connected pair, and what the records in one direction are protected with.
fn connected(direction: Direction) -> (Pair, Keys) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings.key_log = Some(KeyLog::new({
        let lines = lines.clone();
        move |line| lines.lock().push(line.to_owned())
    }));
    let mut pair = Pair::between(&client, &identity.server_options());
    pair.connect();
    let hello = pair.server_message(SERVER_HELLO).unwrap();
    let keys = Keys::new(&lines.lock()[0], &hello[2..34], direction).unwrap();
    (pair, keys)
}

/// How the session that was sent this stands.
fn outcome(pair: &mut Pair, direction: Direction) -> (State, Option<Failure>) {
    match direction {
        Direction::ToServer => match pair.server_failures.pop() {
            Some(failure) => (State::Failed, Some(failure)),
            None => (pair.server().state(), None),
        },
        Direction::ToClient => (pair.client.state(), pair.client.failure().cloned()),
    }
}

#[test]
fn sealed_data_is_delivered_once() {
    let (mut pair, keys) = connected(Direction::ToClient);
    let record = keys.seal(APPLICATION_DATA, SEQUENCE, b"sealed");
    pair.arrive(Direction::ToClient, &record);
    pair.arrive(Direction::ToClient, &record);
    assert_eq!(packets(&mut pair.client), [b"sealed"]);
}

#[test]
fn an_empty_record_is_passed_over() {
    for direction in DIRECTIONS {
        let (mut pair, keys) = connected(direction);
        pair.arrive(direction, &keys.seal(APPLICATION_DATA, SEQUENCE, b""));
        pair.exchange();
    }
}

#[test]
fn an_alert_that_nobody_has_heard_of_ends_the_session_with_its_number() {
    for direction in DIRECTIONS {
        let (mut pair, keys) = connected(direction);
        pair.arrive(direction, &keys.seal(ALERT, SEQUENCE, &[2, 200]));
        let expected = (State::Failed, Some(Failure::PeerAlert(200)));
        assert_eq!(outcome(&mut pair, direction), expected);
    }
}

#[test]
fn a_message_that_claims_to_be_too_long_is_the_peers_fault() {
    for direction in DIRECTIONS {
        let (mut pair, keys) = connected(direction);
        let mut message = wire::message(CERTIFICATE, 9, &[0; 8]);
        message[1] = 0xff;
        pair.arrive(direction, &keys.seal(HANDSHAKE, SEQUENCE, &message));
        let outcome = outcome(&mut pair, direction);
        assert!(
            matches!(outcome, (State::Failed, Some(Failure::Protocol(_)))),
            "{outcome:?}"
        );
    }
}
