//! A network that delivers datagrams more than once.

use std::time::Duration;

use openssl_dtls::core::{Failure, State};

use crate::support::{Direction, Fate, Pair, events, packets};

/// Hands over all datagrams that have been sent once more, in their order.
fn replay(pair: &mut Pair) {
    for (_, direction, datagram) in pair.sent.clone() {
        pair.arrive(direction, &datagram);
    }
}

#[test]
fn any_datagram_of_the_handshake_may_come_twice() {
    for twice in 0..6 {
        let mut pair = Pair::new().network(move |number, _, _| {
            if number == twice {
                Fate::Duplicate
            } else {
                Fate::Deliver
            }
        });
        pair.connect();
        assert_eq!(pair.elapsed(), Duration::ZERO, "{twice} came twice");
    }
}

#[test]
fn all_datagrams_may_come_twice() {
    let mut pair = Pair::new().network(|_, _, _| Fate::Duplicate);
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

#[test]
fn all_datagrams_of_a_large_chain_may_come_twice() {
    let mut pair = Pair::with_large_chain().network(|_, _, _| Fate::Duplicate);
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

#[test]
fn a_replayed_handshake_changes_nothing_in_its_own_session() {
    let mut pair = Pair::new();
    pair.connect();
    events(&mut pair.client);
    events(pair.server());
    replay(&mut pair);
    assert_eq!((events(&mut pair.client), events(pair.server())), (vec![], vec![]));
    assert_eq!((pair.client.received(), pair.server().received()), (0, 0));
    pair.exchange();
}

#[test]
fn a_replayed_handshake_does_not_connect_a_new_session() {
    let mut pair = Pair::new();
    pair.connect();
    pair.server = None;
    replay(&mut pair);
    assert_eq!(pair.server().state(), State::Handshaking);
    pair.pass(Duration::from_secs(20));
    assert_eq!(
        pair.server_failures,
        [
            Failure::CookieExchange,
            Failure::CookieExchange,
            Failure::HandshakeTimeout
        ]
    );
}

#[test]
fn duplicated_application_data_is_delivered_once() {
    let mut pair = Pair::new();
    pair.run();
    let mut pair = pair.network(|_, _, _| Fate::Duplicate);
    pair.client.send(b"once").unwrap();
    pair.deliver();
    assert_eq!(packets(pair.server()), [b"once"]);
}

#[test]
fn replayed_application_data_is_not_delivered_again() {
    let mut pair = Pair::new();
    pair.connect();
    let mut old = Vec::new();
    for _ in 0..100 {
        pair.client.send(b"old").unwrap();
        pair.deliver();
        old.push(pair.last_sent());
    }
    assert_eq!(packets(pair.server()).len(), 100);
    for datagram in old {
        pair.arrive(Direction::ToServer, &datagram);
    }
    assert_eq!(pair.server().received(), 0);
}
