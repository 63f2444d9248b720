//! A network in which datagrams overtake each other.

use std::time::Duration;

use openssl_dtls::core::State;

use crate::support::{Direction, Fate, Pair, packets};

/// Delays the datagram with this number.
fn delaying(pair: Pair, delayed: usize, delay: Duration) -> Pair {
    pair.network(move |number, _, _| {
        if number == delayed {
            Fate::Delay(delay)
        } else {
            Fate::Deliver
        }
    })
}

/// Lets each datagram overtake those that were sent up to 100 milliseconds before it.
fn reversing(pair: Pair) -> Pair {
    pair.network(|number, _, _| Fate::Delay(Duration::from_millis(100 - number as u64)))
}

#[test]
fn any_datagram_may_come_after_its_own_retransmission() {
    for delay in [1500, 2500, 3500].map(Duration::from_millis) {
        for delayed in 0..6 {
            let mut pair = delaying(Pair::new(), delayed, delay);
            pair.run();
            assert_eq!(pair.elapsed(), Duration::from_secs(1), "{delayed} delayed by {delay:?}");
            pair.pass(Duration::from_secs(5));
            pair.exchange();
        }
    }
}

#[test]
fn any_datagram_of_a_large_chain_may_come_after_the_others() {
    for delayed in 0..12 {
        let mut pair = delaying(Pair::with_large_chain(), delayed, Duration::from_millis(10));
        pair.run();
        assert!(
            pair.elapsed() <= Duration::from_millis(10),
            "{delayed} delayed: {:?}",
            pair.elapsed()
        );
        pair.calm();
        pair.exchange();
    }
}

#[test]
fn the_fragments_of_a_large_chain_may_come_in_reverse() {
    let mut pair = reversing(Pair::with_large_chain());
    pair.run();
    assert!(pair.elapsed() < Duration::from_secs(1), "{:?}", pair.elapsed());
    assert_eq!(
        pair.client.statistics().retransmissions + pair.server().statistics().retransmissions,
        0
    );
    pair.calm();
    pair.exchange();
}

#[test]
fn application_data_that_overtakes_the_finished_is_delivered_after_it() {
    let mut pair = delaying(Pair::new(), 5, Duration::from_millis(10));
    pair.deliver();
    assert_eq!(pair.server().state(), State::Connected);
    let early = [vec![1; 1000], vec![2; 16_384], vec![3; 1]];
    for packet in &early {
        pair.server().send(packet).unwrap();
    }
    pair.deliver();
    assert_eq!((pair.client.state(), pair.client.received()), (State::Handshaking, 0));
    pair.pass(Duration::from_millis(10));
    assert_eq!(pair.client.state(), State::Connected);
    assert_eq!(packets(&mut pair.client), early);
    pair.exchange();
}

#[test]
fn application_data_is_delivered_in_the_order_in_which_it_comes() {
    let mut pair = Pair::new();
    pair.run();
    let mut sent = Vec::new();
    for number in 0..64u8 {
        pair.client.send(&[number]).unwrap();
        let mut datagram = Vec::new();
        pair.client.poll_transmit(&mut datagram);
        sent.push(datagram);
    }
    for datagram in sent.iter().rev() {
        pair.arrive(Direction::ToServer, datagram);
    }
    let expected: Vec<_> = (0..64u8).rev().map(|number| vec![number]).collect();
    assert_eq!(packets(pair.server()), expected);
}

#[test]
fn application_data_older_than_the_replay_window_is_dropped() {
    let mut pair = Pair::new();
    pair.run();
    pair.client.send(b"late").unwrap();
    let mut late = Vec::new();
    pair.client.poll_transmit(&mut late);
    for _ in 0..64 {
        pair.client.send(b"later").unwrap();
    }
    pair.deliver();
    assert_eq!(packets(pair.server()).len(), 64);
    pair.arrive(Direction::ToServer, &late);
    assert_eq!(pair.server().received(), 0);
}
