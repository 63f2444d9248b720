//! No datagram of a handshake is larger than the MTU.

use std::time::Duration;

use openssl_dtls::core::settings::{Mtu, Settings};
use openssl_dtls::core::{ClientVerification, Failure, SendError};

use crate::support::{Direction, Fate, Identity, MTU, Pair, psk_client, psk_server};

/// What is tried when flights get lost.
const FALLBACK: usize = 512;

fn assert_all_fit(pair: &Pair, mtu: usize) {
    for (number, (time, direction, datagram)) in pair.sent.iter().enumerate() {
        assert!(
            datagram.len() <= mtu,
            "{number}, {direction:?} at {time:?}: {} bytes",
            datagram.len()
        );
    }
}

fn with_mtu(bytes: usize) -> Settings {
    Settings {
        mtu: Mtu::new(bytes as i64).unwrap(),
        ..Settings::default()
    }
}

/// The largest datagram that was sent this way.
fn largest(pair: &Pair, direction: Direction) -> usize {
    let sent = pair.sent.iter().filter(|(_, way, _)| *way == direction);
    sent.map(|(_, _, datagram)| datagram.len()).max().unwrap()
}

/// A client and a server that both show a large chain, with these settings.
fn large_chains(client: Settings, server: Settings) -> Pair {
    let identity = Identity::large_chain();
    let mut of_client = identity.client_showing(identity);
    let mut of_server = identity.server_asking(ClientVerification::Required(identity.trust()));
    of_client.settings = client;
    of_server.settings = server;
    Pair::between(&of_client, &of_server)
}

/// A server with a large chain and this MTU, whose answers are lost from its certificate on.
fn unheard_server(mtu: usize) -> Pair {
    let identity = Identity::large_chain();
    let mut server = identity.server_options();
    server.settings = with_mtu(mtu);
    Pair::between(&identity.client_options(), &server).network(|number, direction, _| {
        if direction == Direction::ToClient && number > 1 {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    })
}

#[test]
fn a_large_chain_is_sent_in_datagrams_that_fit() {
    let mut pair = Pair::with_large_chain();
    pair.run();
    assert!(pair.is_connected());
    let chain: usize = pair
        .sent
        .iter()
        .filter(|sent| sent.1 == Direction::ToClient)
        .map(|sent| sent.2.len())
        .sum();
    assert!(chain > 3 * MTU, "the chain is {chain} bytes");
    assert_all_fit(&pair, MTU);
}

#[test]
fn a_large_chain_is_sent_again_in_datagrams_that_fit() {
    let mut pair = unheard_server(MTU);
    pair.pass(Duration::from_secs(20));
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::HandshakeTimeout]
    );
    assert_eq!(
        pair.sent_at(Direction::ToClient),
        [0, 1, 3, 7, 11, 15, 19].map(Duration::from_secs)
    );
    assert_all_fit(&pair, MTU);
}

#[test]
fn each_mtu_is_kept_to_and_used() {
    for mtu in [256, 512, 576, 1200, 1472, 4096] {
        let mut pair = large_chains(with_mtu(mtu), with_mtu(mtu));
        pair.run();
        assert!(pair.is_connected(), "{mtu}");
        assert_eq!(pair.elapsed(), Duration::ZERO, "{mtu}");
        assert_all_fit(&pair, mtu);
        for direction in [Direction::ToServer, Direction::ToClient] {
            assert!(largest(&pair, direction) > mtu - 32, "{mtu}, {direction:?}");
        }
    }
}

#[test]
fn each_side_has_an_mtu_of_its_own() {
    let mut pair = large_chains(with_mtu(300), with_mtu(2000));
    pair.run();
    assert!(pair.is_connected());
    assert!((268..=300).contains(&largest(&pair, Direction::ToServer)));
    assert!((1968..=2000).contains(&largest(&pair, Direction::ToClient)));
}

#[test]
fn each_mtu_is_filled_by_the_max_packet_size() {
    for mtu in [256, 512, 1200, 4096] {
        let identity = Identity::self_signed(&["server.test"]);
        let (mut client, mut server) = (identity.client_options(), identity.server_options());
        client.settings = with_mtu(mtu);
        server.settings = with_mtu(mtu);
        let mut pair = Pair::between(&client, &server);
        pair.connect();
        let largest = pair.client.max_packet_size();
        pair.client.send(&vec![7; largest]).unwrap();
        pair.transmit();
        assert_eq!(pair.last_sent().len(), mtu);
    }
}

#[test]
fn with_chacha20_more_fits_a_datagram() {
    let key = [7; 32];
    let mut pair = Pair::between(&psk_client("player", &key), &psk_server(&[("player", &key)]));
    let expected_before = pair.client.max_packet_size();
    pair.connect();
    let largest = pair.client.max_packet_size();
    assert!(largest > expected_before, "{largest}");
    pair.client.send(&vec![7; largest]).unwrap();
    pair.transmit();
    assert_eq!(pair.last_sent().len(), MTU);
}

/// The size of the largest datagram of each flight to the client.
fn largest_of_flights(pair: &Pair) -> Vec<usize> {
    let of_flight = |at| {
        let flight = pair
            .sent
            .iter()
            .filter(|(time, way, _)| (*time, *way) == (at, Direction::ToClient));
        flight.map(|(_, _, datagram)| datagram.len()).max().unwrap()
    };
    pair.sent_at(Direction::ToClient).into_iter().map(of_flight).collect()
}

#[test]
fn after_two_lost_flights_smaller_datagrams_are_tried() {
    let mut pair = unheard_server(MTU);
    pair.pass(Duration::from_secs(19));
    let largest = largest_of_flights(&pair);
    assert_eq!(largest.len(), 7);
    assert!(largest[..2].iter().all(|bytes| *bytes > FALLBACK), "{largest:?}");
    assert!(largest[2..].iter().all(|bytes| *bytes <= FALLBACK), "{largest:?}");
    assert!(largest[2..].iter().all(|bytes| *bytes > FALLBACK - 32), "{largest:?}");
}

#[test]
fn a_path_that_carries_no_large_datagrams_is_passed_by_the_smaller() {
    let mut pair = Pair::with_large_chain().network(|_, _, datagram| {
        if datagram.len() > FALLBACK {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::from_secs(3));
}

#[test]
fn a_client_tries_smaller_datagrams_too() {
    let mut pair = large_chains(Settings::default(), Settings::default()).network(|_, direction, datagram| {
        if direction == Direction::ToServer && datagram.len() > FALLBACK {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::from_secs(3));
}

#[test]
fn an_mtu_below_the_smaller_datagrams_stays() {
    let mut pair = unheard_server(256);
    pair.pass(Duration::from_secs(19));
    assert_eq!(largest_of_flights(&pair).len(), 7);
    assert_all_fit(&pair, 256);
}

#[test]
fn once_connected_the_mtu_is_what_was_chosen() {
    let mut pair = Pair::with_large_chain().network(|_, _, datagram| {
        if datagram.len() > FALLBACK {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    pair.run();
    pair.calm();
    let largest = pair.server().max_packet_size();
    assert_eq!(pair.client.max_packet_size(), largest);
    pair.server().send(&vec![7; largest]).unwrap();
    pair.transmit();
    assert_eq!(pair.last_sent().len(), MTU);
}

/// A client that refuses payloads which do not fit.
fn strict() -> Pair {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings.strict_mtu = true;
    let mut pair = Pair::between(&client, &identity.server_options());
    pair.connect();
    pair
}

#[test]
fn a_strict_mtu_refuses_what_does_not_fit() {
    let mut pair = strict();
    let limit = pair.client.max_packet_size();
    let refusal = pair.client.send(&vec![7; limit + 1]);
    assert_eq!(refusal, Err(SendError::TooLarge { size: limit + 1, limit }));
    assert!(!pair.client.poll_transmit(&mut Vec::new()));
}

#[test]
fn a_strict_mtu_takes_what_fits() {
    let mut pair = strict();
    let limit = pair.client.max_packet_size();
    pair.client.send(&vec![7; limit]).unwrap();
    pair.transmit();
    assert_eq!(pair.last_sent().len(), MTU);
}

#[test]
fn a_session_outlives_what_its_strict_mtu_refuses() {
    let mut pair = strict();
    for _ in 0..3 {
        assert!(pair.client.send(&[7; 5000]).is_err());
    }
    assert_eq!(pair.client.statistics().oversize, 3);
    pair.exchange();
}

#[test]
fn a_strict_mtu_does_not_refuse_what_comes() {
    let mut pair = strict();
    pair.server().send(&[7; 5000]).unwrap();
    pair.deliver();
    assert_eq!(crate::support::packets(&mut pair.client), [[7; 5000]]);
}
