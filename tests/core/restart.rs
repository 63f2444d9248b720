//! A client that comes back on the address and port of a session that the server still has (RFC 6347, section 4.2.8).

use std::time::Duration;

use openssl_dtls::core::{Contact, Event, Failure, Session, State};

use crate::support::wire::{self, CLIENT_RANDOM, HELLO_VERIFY_REQUEST};
use crate::support::{CLIENT_ADDRESS, Direction, Pair, address, client, events};

/// A message of the handshake, in plain text.
const SERVER_HELLO: u8 = 2;

/// A connected pair, and the ClientHellos of its handshake: without and with a cookie.
fn connected() -> (Pair, [Vec<u8>; 2]) {
    let mut pair = Pair::new();
    pair.connect();
    events(pair.server());
    let hellos = [0, 2].map(|number: usize| pair.sent[number].2.clone());
    (pair, hellos)
}

fn answers(session: &mut Session) -> Vec<Vec<u8>> {
    let mut datagram = Vec::new();
    std::iter::from_fn(|| session.poll_transmit(&mut datagram).then(|| datagram.clone())).collect()
}

#[test]
fn a_restarted_client_ends_the_old_session_and_gets_a_new_one() {
    let (mut pair, _) = connected();
    pair.pass(Duration::from_secs(1000));
    let restarted = pair.now;
    pair.restart_client();
    pair.connect();
    assert_eq!(pair.server_failures, [Failure::CookieExchange, Failure::PeerRestarted]);
    assert!(
        pair.now - restarted <= Duration::from_secs(3),
        "{:?}",
        pair.now - restarted
    );
}

#[test]
fn a_client_may_restart_again_and_again() {
    let (mut pair, _) = connected();
    for _ in 0..3 {
        pair.restart_client();
        pair.connect();
    }
    assert_eq!(
        pair.server_failures[1..],
        [Failure::PeerRestarted, Failure::PeerRestarted, Failure::PeerRestarted]
    );
}

#[test]
fn a_client_may_restart_in_the_middle_of_its_handshake() {
    for delivered in 0..6 {
        let mut pair = Pair::at_stage(delivered);
        pair.restart_client();
        pair.connect();
        assert!(
            pair.elapsed() <= Duration::from_secs(3),
            "after {delivered} datagrams: {:?}",
            pair.elapsed()
        );
    }
}

#[test]
fn a_restart_is_reported_as_such() {
    let (mut pair, _) = connected();
    pair.restart_client();
    let now = pair.now;
    let server = pair.server.as_mut().unwrap();
    for _ in 0..2 {
        for datagram in answers(&mut pair.client) {
            server.handle_datagram(&datagram, now);
        }
        for datagram in answers(server) {
            pair.client.handle_datagram(&datagram, now);
        }
    }
    assert_eq!(events(server), [Event::Failed(Failure::PeerRestarted)]);
}

fn assert_asks_for_a_cookie(replies: &[Vec<u8>]) {
    let types: Vec<_> = replies.iter().map(|reply| wire::message_type(reply)).collect();
    assert_eq!(types, [Some(HELLO_VERIFY_REQUEST)]);
}

#[test]
fn a_client_hello_without_a_cookie_leaves_the_session_alone() {
    let (mut pair, _) = connected();
    let now = pair.now;
    let hello = answers(&mut client(now)).remove(0);
    pair.server().handle_datagram(&hello, now);
    let replies = answers(pair.server());
    assert_asks_for_a_cookie(&replies);
    assert!(replies[0].len() <= hello.len());
    pair.exchange();
}

#[test]
fn a_forged_client_hello_leaves_the_session_alone() {
    let (mut pair, [_, mut hello]) = connected();
    let now = pair.now;
    hello[CLIENT_RANDOM.start] ^= 1;
    pair.server().handle_datagram(&hello, now);
    let replies = answers(pair.server());
    assert_asks_for_a_cookie(&replies);
    pair.exchange();
}

#[test]
fn forged_client_hellos_do_not_hinder_a_handshake() {
    for delivered in 0..5 {
        let mut pair = Pair::at_stage(delivered);
        let forged = answers(&mut client(pair.now)).remove(0);
        pair.transmit();
        if let Some(server) = &mut pair.server {
            server.handle_datagram(&forged, pair.now);
            assert_eq!(answers(server).len(), 1);
        }
        pair.connect();
        assert_eq!(pair.elapsed(), Duration::ZERO);
    }
}

#[test]
fn a_late_duplicate_of_the_sessions_own_client_hello_changes_nothing() {
    let (mut pair, hellos) = connected();
    let now = pair.now;
    for hello in hellos {
        pair.server().handle_datagram(&hello, now);
        assert_eq!((answers(pair.server()), events(pair.server())), (vec![], vec![]));
    }
    assert_eq!(pair.server().statistics().dropped_unexpected, 2);
    pair.exchange();
}

#[test]
fn a_duplicate_of_the_client_hello_during_the_handshake_changes_nothing() {
    let mut pair = Pair::at_stage(3);
    let hellos = [0, 2].map(|number: usize| pair.sent[number].2.clone());
    for hello in hellos {
        pair.arrive(Direction::ToServer, &hello);
        assert_eq!(pair.server().state(), State::Handshaking);
    }
    assert_eq!(pair.sent.len(), 4);
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

/// The ClientHello with a cookie of a client that has died since, at the address of a pair that has not begun.
fn hello_of_a_past_client(pair: &mut Pair) -> Vec<u8> {
    let mut past = client(pair.now);
    let first = answers(&mut past).remove(0);
    let now = pair.now;
    let Contact::Reply(request) = pair.listener.lock().handle(address(CLIENT_ADDRESS), &first, now) else {
        panic!("no answer");
    };
    past.handle_datagram(&request, now);
    pair.now += Duration::from_millis(1);
    answers(&mut past).remove(0)
}

#[test]
fn a_client_hello_of_a_past_client_does_not_end_the_session() {
    let mut pair = Pair::new();
    let late = hello_of_a_past_client(&mut pair);
    pair.connect();
    let now = pair.now;
    pair.server().handle_datagram(&late, now);
    assert_eq!(answers(pair.server()), Vec::<Vec<u8>>::new());
    pair.exchange();
}

#[test]
fn a_client_hello_of_a_past_client_does_not_end_a_handshake() {
    for delivered in 3..6 {
        let mut pair = Pair::new();
        let late = hello_of_a_past_client(&mut pair);
        for _ in 0..delivered {
            pair.deliver_one();
        }
        pair.arrive(Direction::ToServer, &late);
        let arrived = pair.now;
        pair.connect();
        assert_eq!(pair.now, arrived, "after {delivered} datagrams");
    }
}

#[test]
fn packets_that_wait_are_read_before_the_restart_shows() {
    let (mut pair, _) = connected();
    pair.client.send(b"last words").unwrap();
    pair.deliver();
    let mut server = pair.server.take().unwrap();
    let now = pair.now;
    let mut newcomer = client(now);
    for _ in 0..2 {
        answers(&mut newcomer)
            .iter()
            .for_each(|datagram| server.handle_datagram(datagram, now));
        answers(&mut server)
            .iter()
            .for_each(|datagram| newcomer.handle_datagram(datagram, now));
    }
    assert_eq!((server.state(), events(&mut server)), (State::Connected, vec![]));
    assert!(server.recv(&mut Vec::new()));
    assert_eq!(events(&mut server), [Event::Failed(Failure::PeerRestarted)]);
}

#[test]
fn a_client_that_has_restarted_is_not_sent_what_was_meant_for_its_past() {
    let mut pair = Pair::at_stage(2);
    let (hello, now) = (pair.last_sent(), pair.now);
    let mut restarted = Vec::new();
    client(now).poll_transmit(&mut restarted);
    let server = pair.accept();
    server.handle_datagram(&hello, now);
    server.handle_timeout(now);
    server.handle_datagram(&restarted, now);
    let mut datagram = Vec::new();
    let sent: Vec<usize> =
        std::iter::from_fn(|| server.poll_transmit(&mut datagram).then_some(datagram.len())).collect();
    assert_eq!(sent, [60], "the HelloVerifyRequest alone");
}

#[test]
fn whoever_asks_for_a_cookie_again_and_again_does_not_hold_the_flight_back() {
    let mut pair = Pair::new();
    pair.transmit();
    let mut forged = pair.last_sent();
    forged[wire::RECORD_HEADER + wire::MESSAGE_HEADER + 5] ^= 1;
    for _ in 0..3 {
        assert!(pair.deliver_one());
    }
    let mut flights = Vec::new();
    for second in 0..2 {
        let now = pair.now + Duration::from_secs(second);
        pair.server().handle_timeout(now);
        pair.server().handle_datagram(&forged, now);
        let mut datagram = Vec::new();
        while pair.server().poll_transmit(&mut datagram) {
            flights.extend((datagram[wire::RECORD_HEADER] == SERVER_HELLO).then_some(second));
        }
    }
    assert_eq!(flights, [1], "the first may be for a client that is gone");
}
