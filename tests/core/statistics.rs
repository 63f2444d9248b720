//! What sessions and servers count.

use std::time::Duration;

use openssl_dtls::core::{ClientVerification, Failure, PskAnswer, ServerStatistics, Statistics};

use crate::support::wire::{self, APPLICATION_DATA, CHANGE_CIPHER_SPEC};
use crate::support::{Authority, Direction, Fate, Identity, Pair, Peers, client, psk_asking_server, psk_client};

fn totals(pair: &Pair) -> ServerStatistics {
    pair.listener.lock().statistics()
}

/// Half-open and accepted.
fn handshakes(pair: &Pair) -> (u64, u64) {
    let totals = totals(pair);
    (totals.half_open, totals.accepted)
}

fn connected() -> Pair {
    let mut pair = Pair::new();
    pair.connect();
    pair
}

/// A server whose client has proved its address and then falls silent.
fn half_open() -> Pair {
    let mut pair = Pair::new().network(|number, _, _| if number < 3 { Fate::Deliver } else { Fate::Drop });
    pair.deliver();
    assert_eq!(handshakes(&pair), (1, 0));
    pair
}

#[test]
fn a_session_counts_the_datagrams_and_bytes_of_its_handshake() {
    let mut pair = Pair::new();
    pair.run();
    let sent = |direction| pair.sent.iter().filter(move |(_, way, _)| *way == direction);
    let bytes = |direction| {
        sent(direction)
            .map(|(_, _, datagram)| datagram.len() as u64)
            .sum::<u64>()
    };
    let client = pair.client.statistics();
    assert_eq!((client.datagrams_in, client.bytes_in), (3, bytes(Direction::ToClient)));
    assert_eq!(
        (client.datagrams_out, client.bytes_out),
        (3, bytes(Direction::ToServer))
    );
}

#[test]
fn a_forged_record_is_dropped_as_invalid() {
    let mut pair = connected();
    for direction in [Direction::ToClient, Direction::ToServer] {
        pair.arrive(direction, &wire::record(APPLICATION_DATA, 1, 100, &[0; 64]));
    }
    assert_eq!(pair.client.statistics().dropped_invalid, 1);
    assert_eq!(pair.server().statistics().dropped_invalid, 1);
}

#[test]
fn a_damaged_record_is_dropped_as_invalid() {
    let mut pair = connected();
    pair.client.send(b"payload").unwrap();
    pair.transmit();
    let mut datagram = pair.last_sent();
    pair.replace_on_the_way(Direction::ToServer, Vec::new());
    *datagram.last_mut().unwrap() ^= 1;
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(pair.server().statistics().dropped_invalid, 1);
    assert_eq!(pair.server().received(), 0);
}

#[test]
fn a_record_that_came_before_is_dropped_as_invalid() {
    let mut pair = connected();
    pair.client.send(b"payload").unwrap();
    pair.deliver();
    let datagram = pair.last_sent();
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(pair.server().statistics().dropped_invalid, 1);
    assert_eq!(pair.server().received(), 1);
}

#[test]
fn the_invalid_ones_of_several_records_in_a_datagram_are_counted() {
    let mut pair = connected();
    pair.client.send(b"payload").unwrap();
    pair.transmit();
    let sound = pair.last_sent();
    pair.replace_on_the_way(Direction::ToServer, Vec::new());
    let forged = wire::record(APPLICATION_DATA, 1, 100, &[0; 64]);
    let datagram = [&forged[..], &sound, &forged, &forged].concat();
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(pair.server().received(), 1);
    assert_eq!(pair.server().statistics().dropped_invalid, 3);
}

#[test]
fn a_sound_record_is_not_dropped() {
    let mut pair = connected();
    pair.exchange();
    for statistics in [*pair.client.statistics(), *pair.server().statistics()] {
        let dropped = (
            statistics.dropped_malformed,
            statistics.dropped_unexpected,
            statistics.dropped_invalid,
        );
        assert_eq!(dropped, (0, 0, 0));
    }
}

#[test]
fn plaintext_in_a_connected_session_is_dropped_as_unexpected() {
    let mut pair = connected();
    pair.arrive(Direction::ToClient, &wire::record(CHANGE_CIPHER_SPEC, 0, 9, &[1]));
    assert_eq!(pair.client.statistics().dropped_unexpected, 1);
}

#[test]
fn what_is_no_dtls_is_dropped_as_malformed() {
    let mut pair = connected();
    pair.arrive(Direction::ToClient, b"GET / HTTP/1.1");
    assert_eq!(pair.client.statistics().dropped_malformed, 1);
}

#[test]
fn the_totals_are_the_sums_over_all_sessions_that_were_and_are() {
    let peers = Peers::new();
    let mut pairs = [(); 3].map(|()| peers.connect());
    pairs[0].client.close();
    pairs[0].deliver();
    pairs[1].arrive(Direction::ToServer, b"noise");
    let of_all = |field: fn(&Statistics) -> u64| {
        let living: u64 = pairs
            .iter()
            .map(|pair| field(pair.server.as_ref().unwrap().statistics()))
            .sum();
        (field(&totals(&pairs[0]).sessions), living)
    };
    // Besides, each client had a session that asked for a cookie: one datagram in, one out.
    let (total, living) = of_all(|counted| counted.datagrams_in);
    assert_eq!(total, living + 3);
    let (total, living) = of_all(|counted| counted.datagrams_out);
    assert_eq!(total, living + 3);
    let (total, living) = of_all(|counted| counted.dropped_malformed);
    assert_eq!((total, living), (1, 1));
}

#[test]
fn the_totals_count_all_bytes() {
    let mut pair = connected();
    pair.client.close();
    pair.deliver();
    pair.server = None;
    let sent = |direction| pair.sent.iter().filter(move |(_, way, _)| *way == direction);
    let bytes = |direction| {
        sent(direction)
            .map(|(_, _, datagram)| datagram.len() as u64)
            .sum::<u64>()
    };
    let sessions = totals(&pair).sessions;
    assert_eq!(sessions.bytes_in, bytes(Direction::ToServer));
    assert_eq!(sessions.bytes_out, bytes(Direction::ToClient));
}

#[test]
fn the_sessions_of_a_client_are_no_part_of_the_totals() {
    let mut pair = connected();
    pair.client.handle_socket_error(pair.now);
    assert_eq!(totals(&pair).sessions.socket_errors, 0);
    let now = pair.now;
    pair.server().handle_socket_error(now);
    assert_eq!(totals(&pair).sessions.socket_errors, 1);
}

#[test]
fn hello_verify_requests_are_counted() {
    let pair = connected();
    assert_eq!(totals(&pair).hello_verify_requests, 1);
    assert_eq!(totals(&pair).cookie_failures, 0);
}

#[test]
fn a_cookie_that_is_no_longer_valid_is_counted() {
    let mut pair = Pair::at_stage(2);
    let hello = pair.last_sent();
    pair.now += Duration::from_secs(300);
    pair.arrive(Direction::ToServer, &hello);
    let totals = totals(&pair);
    assert_eq!((totals.hello_verify_requests, totals.cookie_failures), (2, 1));
    assert_eq!((totals.half_open, totals.accepted), (0, 0));
}

#[test]
fn a_client_hello_without_a_cookie_is_no_cookie_failure() {
    let peers = Peers::new();
    for _ in 0..3 {
        assert!(peers.pair().deliver_one());
    }
    let totals = peers.listener.lock().statistics();
    assert_eq!((totals.hello_verify_requests, totals.cookie_failures), (3, 0));
}

#[test]
fn noise_is_no_hello_verify_request() {
    let mut pair = Pair::new();
    pair.arrive(Direction::ToServer, b"noise");
    assert_eq!(totals(&pair).hello_verify_requests, 0);
    assert_eq!(totals(&pair).sessions.dropped_malformed, 1);
}

#[test]
fn a_client_is_half_open_from_its_cookie_to_its_finished() {
    let mut pair = Pair::new();
    let mut seen = vec![handshakes(&pair)];
    while !pair.is_connected() {
        assert!(pair.deliver_one());
        seen.push(handshakes(&pair));
    }
    seen.dedup();
    assert_eq!(seen, [(0, 0), (1, 0), (0, 1)]);
}

#[test]
fn accepted_clients_stay_counted_when_they_have_gone() {
    let mut pair = connected();
    pair.client.close();
    pair.deliver();
    pair.server = None;
    assert_eq!(handshakes(&pair), (0, 1));
}

#[test]
fn a_resumed_client_is_accepted_too() {
    let peers = Peers::acquainted();
    let pair = peers.connect();
    assert_eq!(handshakes(&pair), (0, 2));
}

#[test]
fn a_client_that_falls_silent_is_half_open_until_the_deadline() {
    let mut pair = half_open();
    pair.pass(Duration::from_secs(20));
    assert_eq!(pair.server_failures.last(), Some(&Failure::HandshakeTimeout));
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_session_that_is_closed_is_no_longer_half_open() {
    let mut pair = half_open();
    pair.server().close();
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_session_that_is_dropped_is_no_longer_half_open() {
    let mut pair = half_open();
    pair.server = None;
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_session_whose_socket_fails_is_no_longer_half_open() {
    let mut pair = half_open();
    for second in 0..3 {
        let now = pair.now + Duration::from_secs(second);
        pair.server().handle_socket_error(now);
    }
    assert_eq!(pair.server().failure(), Some(&Failure::Transport));
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_session_whose_client_refuses_is_no_longer_half_open() {
    let server = Identity::self_signed(&["server.test"]);
    let client = Authority::new("root").issue(&["server.test"]).client_options();
    let mut pair = Pair::between(&client, &server.server_options());
    pair.run();
    assert!(matches!(pair.server_failures.last(), Some(Failure::PeerAlert(_))));
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_session_that_refuses_its_client_is_no_longer_half_open() {
    let server = Identity::self_signed(&["server.test"]);
    let clients = ClientVerification::Required(server.trust());
    let mut pair = Pair::between(&server.client_options(), &server.server_asking(clients));
    pair.run();
    assert_eq!(pair.server_failures.last(), Some(&Failure::PeerCertificateRequired));
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_session_that_refuses_a_pre_shared_key_is_no_longer_half_open() {
    let mut pair = Pair::between(&psk_client("player", &[7; 32]), &psk_asking_server());
    pair.deliver();
    assert_eq!(handshakes(&pair), (1, 0));
    let now = pair.now;
    pair.server().answer_psk(PskAnswer::Refuse, now);
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn a_client_that_restarts_in_its_handshake_is_half_open_once() {
    let mut pair = half_open();
    pair.calm();
    pair.client = client(pair.now);
    // The ClientHello, the cookie, the ClientHello with the cookie: it ends the old session.
    for _ in 0..3 {
        assert!(pair.deliver_one());
    }
    assert_eq!(pair.server_failures.last(), Some(&Failure::PeerRestarted));
    assert_eq!(handshakes(&pair), (0, 0));
    pair.connect();
    assert_eq!(handshakes(&pair), (0, 1));
}

#[test]
fn strangers_are_not_half_open() {
    let pair = Pair::new();
    let mut hello = Vec::new();
    assert!(client(pair.now).poll_transmit(&mut hello));
    for number in 0..100u8 {
        let stranger = std::net::SocketAddr::from(([10, 0, 0, number], 1024));
        let _ = pair.listener.lock().handle(stranger, &hello, pair.now);
    }
    assert_eq!(totals(&pair).hello_verify_requests, 100);
    assert_eq!(handshakes(&pair), (0, 0));
}

#[test]
fn many_clients_are_half_open_at_once() {
    let peers = Peers::new();
    let mut pairs: Vec<_> = (0..10)
        .map(|_| {
            let mut pair = peers.pair();
            (0..3).for_each(|_| assert!(pair.deliver_one()));
            pair
        })
        .collect();
    assert_eq!(peers.listener.lock().statistics().half_open, 10);
    pairs.truncate(4);
    assert_eq!(peers.listener.lock().statistics().half_open, 4);
    pairs.iter_mut().for_each(Pair::run);
    let totals = peers.listener.lock().statistics();
    assert_eq!((totals.half_open, totals.accepted), (0, 4));
}

#[test]
fn new_options_of_a_server_leave_its_counts_alone() {
    let peers = Peers::new();
    let mut first = peers.connect();
    peers.set_server(&Identity::self_signed(&["server.test"]).server_options());
    assert_eq!(handshakes(&first), (0, 1));
    first.arrive(Direction::ToServer, b"noise");
    assert_eq!(totals(&first).sessions.dropped_malformed, 1);
}
