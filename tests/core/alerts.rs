//! Alerts in plaintext, which anyone can forge: they are believed when nothing else comes, and only before a session is
//! connected.

use std::time::Duration;

use openssl_dtls::core::{Failure, Session, State, Verification};

use crate::support::wire::{self, ALERT};
use crate::support::{Authority, Direction, Fate, Identity, Pair};

/// The sides that wait for plaintext, and the direction that leads to them: a client from the start, a server once it
/// has accepted a ClientHello.
const HANDSHAKING: [(usize, Direction); 5] = [
    (0, Direction::ToClient),
    (2, Direction::ToClient),
    (3, Direction::ToClient),
    (3, Direction::ToServer),
    (4, Direction::ToServer),
];

fn session(pair: &mut Pair, direction: Direction) -> &mut Session {
    match direction {
        Direction::ToClient => &mut pair.client,
        Direction::ToServer => pair.server(),
    }
}

fn fatal_alert(number: u8) -> Vec<u8> {
    wire::record(ALERT, 0, 7, &[2, number])
}

#[test]
fn a_plaintext_alert_is_believed_after_a_second_without_progress() {
    for (stage, direction) in HANDSHAKING {
        let mut pair = Pair::at_stage(stage);
        pair.now += Duration::from_millis(300);
        pair.arrive(direction, &fatal_alert(40));
        let believed = pair.now + Duration::from_secs(1);
        let now = pair.now;
        let session = session(&mut pair, direction);
        session.handle_timeout(now);
        session.handle_timeout(believed - Duration::from_nanos(1));
        assert_eq!(session.state(), State::Handshaking, "stage {stage}");
        session.handle_timeout(believed);
        assert_eq!(session.failure(), Some(&Failure::PeerAlert(40)), "stage {stage}");
    }
}

#[test]
fn next_timeout_names_the_moment_at_which_an_alert_is_believed() {
    let mut pair = Pair::new().network(|_, _, _| Fate::Drop);
    pair.pass(Duration::from_secs(8));
    assert_eq!(pair.client.next_timeout(), Some(pair.start + Duration::from_secs(11)));
    pair.client.handle_datagram(&fatal_alert(40), pair.now);
    assert_eq!(pair.client.next_timeout(), Some(pair.start + Duration::from_secs(9)));
}

#[test]
fn a_plaintext_alert_is_forgotten_when_the_handshake_goes_on() {
    for (stage, direction) in HANDSHAKING {
        let mut pair = Pair::at_stage(stage);
        pair.arrive(direction, &fatal_alert(40));
        pair.run();
        pair.pass(Duration::from_secs(30));
        pair.exchange();
    }
}

#[test]
fn an_alert_is_forgotten_by_a_client_that_moves_on_and_then_has_to_wait() {
    let mut pair = Pair::at_stage(1).losing(&[3]);
    pair.arrive(Direction::ToClient, &fatal_alert(40));
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::from_secs(1));
}

#[test]
fn an_alert_is_forgotten_by_a_server_that_moves_on_and_then_has_to_wait() {
    // Of the client's last flight only the first message comes at once.
    let mut pair = Pair::at_stage(4);
    let flight = pair.last_sent();
    pair.arrive(Direction::ToServer, &fatal_alert(40));
    pair.replace_on_the_way(Direction::ToServer, wire::records(&flight)[0].to_vec());
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::from_secs(1));
}

#[test]
fn only_the_first_alert_counts() {
    let mut pair = Pair::at_stage(3);
    for (number, millis) in [(40, 0), (80, 500)] {
        let now = pair.start + Duration::from_millis(millis);
        pair.client.handle_datagram(&fatal_alert(number), now);
    }
    pair.client.handle_timeout(pair.start + Duration::from_secs(1));
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(40)));
}

#[test]
fn a_plaintext_close_notify_during_the_handshake_counts_as_an_alert() {
    let mut pair = Pair::at_stage(3);
    pair.client
        .handle_datagram(&wire::record(ALERT, 0, 7, &[1, 0]), pair.now);
    assert_eq!(pair.client.state(), State::Handshaking);
    pair.client.handle_timeout(pair.start + Duration::from_secs(1));
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(0)));
}

#[test]
fn a_plaintext_alert_to_a_connected_session_is_ignored() {
    let mut pair = Pair::new();
    pair.connect();
    for direction in [Direction::ToClient, Direction::ToServer] {
        for alert in [[2, 40], [2, 80], [1, 0], [2, 0]] {
            pair.arrive(direction, &wire::record(ALERT, 0, 7, &alert));
        }
        assert_eq!(session(&mut pair, direction).statistics().dropped_unexpected, 4);
    }
    pair.pass(Duration::from_secs(60));
    pair.exchange();
}

#[test]
fn a_refusal_reaches_the_peer_as_its_alert() {
    let mut pair = Pair::with(
        &Identity::self_signed(&["server.test"]),
        &Verification::Full(Authority::new("another").trust()),
        "server.test",
    );
    pair.run();
    assert!(matches!(pair.client.failure(), Some(Failure::Certificate(_))));
    let unknown_ca = 48;
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::PeerAlert(unknown_ca)]
    );
    assert_eq!(pair.elapsed(), Duration::from_secs(1));
}
