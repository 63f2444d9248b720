//! The handshake on a network that loses datagrams. Their numbers count those that are sent again too.

use std::time::Duration;

use openssl_dtls::core::State;

use crate::support::{Direction, Fate, Pair, Peers, wire};

/// Lets a pair lose the datagrams with these numbers, connect and exchange data. Gives back how many datagrams the
/// handshake took, and how long it was.
fn connect_without(numbers: &[usize], make: impl Fn() -> Pair) -> (usize, Duration) {
    let mut pair = make().losing(numbers);
    pair.run();
    assert!(pair.is_connected(), "without {numbers:?}: {:?}", pair.client.failure());
    assert!(
        pair.elapsed() < Duration::from_secs(20),
        "without {numbers:?}: {:?}",
        pair.elapsed()
    );
    let length = (pair.sent.len(), pair.elapsed());
    pair.calm();
    pair.exchange();
    length
}

/// Loses each datagram that a handshake sends, one a handshake. Gives back how many there are.
fn lose_each(make: fn() -> Pair) -> usize {
    (0..).find(|lost| connect_without(&[*lost], make).0 <= *lost).unwrap()
}

/// Loses each two datagrams that a handshake sends, the second of them as late as the loss of the first makes it.
/// Gives back how many handshakes it took.
fn lose_each_two(make: fn() -> Pair) -> usize {
    let mut handshakes = 0;
    for first in 0..lose_each(make) {
        handshakes += (first + 1..)
            .take_while(|second| connect_without(&[first, *second], make).0 > *second)
            .count();
    }
    handshakes
}

#[test]
fn any_datagram_of_the_handshake_may_be_lost() {
    assert_eq!(lose_each(Pair::new), 6);
}

#[test]
fn any_two_datagrams_of_the_handshake_may_be_lost() {
    let handshakes = lose_each_two(Pair::new);
    assert!(handshakes >= 25, "{handshakes}");
}

#[test]
fn any_datagram_or_two_of_a_handshake_with_both_certificates_may_be_lost() {
    let handshakes = lose_each_two(Pair::with_both_certificates);
    assert!(handshakes >= 25, "{handshakes}");
}

#[test]
fn any_datagram_or_two_of_a_handshake_in_small_datagrams_may_be_lost() {
    let handshakes = lose_each_two(Pair::with_small_datagrams);
    assert!(handshakes >= 100, "{handshakes}");
}

#[test]
fn any_datagram_or_two_of_a_resumed_handshake_may_be_lost() {
    let handshakes = lose_each_two(|| Peers::acquainted().pair());
    assert!(handshakes >= 15, "{handshakes}");
}

#[test]
fn any_datagram_of_a_large_chain_may_be_lost() {
    let datagrams = lose_each(Pair::with_large_chain);
    assert!(datagrams > 8, "{datagrams}");
}

#[test]
fn any_two_datagrams_of_a_large_chain_may_be_lost() {
    let handshakes = lose_each_two(Pair::with_large_chain);
    assert!(handshakes >= 66, "{handshakes}");
}

#[test]
fn one_loss_costs_one_retransmission_timeout() {
    for lost in 0..6 {
        assert_eq!(
            connect_without(&[lost], Pair::new).1,
            Duration::from_secs(1),
            "without {lost}"
        );
    }
}

#[test]
fn a_server_sends_its_last_flight_again_when_the_clients_comes_again() {
    let mut pair = Pair::new().losing(&[5]);
    pair.deliver();
    assert_eq!(pair.server().state(), State::Connected);
    assert_eq!(pair.client.state(), State::Handshaking);
    pair.connect();
    assert_eq!(
        pair.sent_at(Direction::ToClient),
        [Duration::ZERO, Duration::from_secs(1)]
    );
}

#[test]
fn the_last_flight_may_be_lost_as_often_as_time_allows() {
    let mut pair = Pair::new().network(|number, direction, _| {
        if direction == Direction::ToClient && number >= 5 {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    pair.pass(Duration::from_secs(7));
    assert_eq!(pair.client.state(), State::Handshaking);
    pair.calm();
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::from_secs(11));
}

#[test]
fn a_flight_that_is_sent_again_takes_as_few_datagrams_as_before() {
    // Messages in datagrams of their own would overtake each other, and a ChangeCipherSpec that comes early is lost.
    for make in [Pair::new, Pair::with_both_certificates, || Peers::acquainted().pair()] {
        let mut pair = make();
        pair.connect();
        let flight = |pair: &Pair, number: usize| pair.sent[number].clone();
        for number in 3..5 {
            let mut again = make().losing(&[number]);
            again.pass(Duration::from_secs(1));
            let (_, direction, first) = flight(&again, number);
            let second = again.sent[number + 1..].iter().find(|(_, way, _)| *way == direction);
            let types = |datagram: &[u8]| {
                wire::records(datagram)
                    .iter()
                    .map(|record| record[0])
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                second.map(|(_, _, datagram)| types(datagram)),
                Some(types(&first)),
                "{number}"
            );
        }
    }
}

#[test]
fn lost_application_data_is_not_sent_again() {
    let mut pair = Pair::new();
    pair.run();
    let mut pair = pair.network(|_, _, datagram| {
        if datagram.len() == 13 + 8 + 5 + 16 {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    pair.client.send(b"first").unwrap();
    pair.client.send(b"second").unwrap();
    pair.pass(Duration::from_secs(60));
    assert_eq!(crate::support::packets(pair.server()), [b"second"]);
}
