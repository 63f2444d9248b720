//! The end of a session that one side wants: close_notify, and what was received before it.

use std::time::Duration;

use openssl_dtls::core::{Event, SendError, State};

use crate::support::{Direction, Pair, events, packets};

/// A connected pair whose events up to then have been read.
fn connected() -> Pair {
    let mut pair = Pair::new();
    pair.run();
    assert_eq!(events(&mut pair.client), [Event::Connected]);
    assert_eq!(events(pair.server()), [Event::Connected]);
    pair
}

#[test]
fn a_client_that_closes_closes_the_server() {
    let mut pair = connected();
    pair.client.close();
    assert_eq!(events(&mut pair.client), [Event::Closed]);
    pair.deliver();
    assert_eq!(events(pair.server()), [Event::Closed]);
    assert_eq!(pair.server().state(), State::Closed);
}

#[test]
fn a_server_that_closes_closes_the_client() {
    let mut pair = connected();
    pair.server().close();
    pair.deliver();
    assert_eq!(events(&mut pair.client), [Event::Closed]);
}

#[test]
fn a_close_is_answered_with_a_close() {
    let mut pair = connected();
    let sent = pair.sent.len();
    pair.client.close();
    pair.deliver();
    let directions: Vec<_> = pair.sent[sent..].iter().map(|sent| sent.1).collect();
    assert_eq!(directions, [Direction::ToServer, Direction::ToClient]);
}

#[test]
fn both_sides_may_close_at_once() {
    let mut pair = connected();
    pair.client.close();
    pair.server().close();
    pair.deliver();
    assert_eq!(events(&mut pair.client), [Event::Closed]);
    assert_eq!(events(pair.server()), [Event::Closed]);
}

#[test]
fn closing_twice_is_closing_once() {
    let mut pair = connected();
    let sent = pair.sent.len();
    pair.client.close();
    pair.client.close();
    pair.transmit();
    assert_eq!(pair.sent.len(), sent + 1);
    assert_eq!(events(&mut pair.client), [Event::Closed]);
}

#[test]
fn data_before_a_close_is_read_first() {
    let mut pair = connected();
    pair.client.send(b"one").unwrap();
    pair.client.send(b"two").unwrap();
    pair.client.close();
    pair.deliver();
    let server = pair.server();
    assert_eq!((server.state(), events(server)), (State::Connected, vec![]));
    let mut packet = Vec::new();
    assert!(server.recv(&mut packet));
    assert_eq!((server.state(), events(server)), (State::Connected, vec![]));
    assert!(server.recv(&mut packet));
    assert_eq!((server.state(), events(server)), (State::Closed, vec![Event::Closed]));
}

#[test]
fn data_and_close_in_one_datagram_are_both_seen() {
    let mut pair = connected();
    pair.client.send(b"last").unwrap();
    pair.client.close();
    let (mut datagram, mut next) = (Vec::new(), Vec::new());
    while pair.client.poll_transmit(&mut next) {
        datagram.extend_from_slice(&next);
    }
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(packets(pair.server()), [b"last"]);
    assert_eq!(events(pair.server()), [Event::Closed]);
}

#[test]
fn a_session_that_connects_and_closes_unseen_reports_both() {
    let mut pair = Pair::new();
    pair.run();
    pair.client.close();
    pair.deliver();
    assert_eq!(events(pair.server()), [Event::Connected, Event::Closed]);
}

#[test]
fn nothing_is_sent_after_the_peer_has_closed() {
    let mut pair = connected();
    pair.client.send(b"unread").unwrap();
    pair.client.close();
    pair.deliver();
    assert_eq!(pair.server().state(), State::Connected);
    assert_eq!(pair.server().send(b"too late"), Err(SendError::Ended));
}

#[test]
fn nothing_is_sent_after_closing() {
    let mut pair = connected();
    pair.client.close();
    assert_eq!(pair.client.send(b"too late"), Err(SendError::Ended));
}

#[test]
fn closing_drops_what_was_not_read() {
    let mut pair = connected();
    pair.client.send(b"unread").unwrap();
    pair.deliver();
    pair.server().close();
    assert_eq!(pair.server().received(), 0);
    assert_eq!(events(pair.server()), [Event::Closed]);
}

#[test]
fn closing_after_the_peer_drops_what_was_not_read() {
    let mut pair = connected();
    pair.client.send(b"unread").unwrap();
    pair.client.close();
    pair.deliver();
    pair.server().close();
    assert_eq!(
        (pair.server().received(), events(pair.server())),
        (0, vec![Event::Closed])
    );
}

#[test]
fn a_lost_close_leaves_the_peer_connected() {
    let pair = connected();
    let number = pair.sent.len();
    let mut pair = pair.losing(&[number]);
    pair.client.close();
    pair.pass(Duration::from_secs(100));
    assert_eq!(pair.server().state(), State::Connected);
}

#[test]
fn closing_during_the_handshake_ends_it() {
    let mut pair = Pair::at_stage(3);
    pair.client.close();
    assert_eq!(events(&mut pair.client), [Event::Closed]);
    assert_eq!(pair.client.next_timeout(), None);
    pair.deliver();
    assert_eq!(pair.client.state(), State::Closed);
}
