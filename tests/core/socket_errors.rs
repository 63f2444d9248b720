//! A socket that refuses datagrams or reports errors, which anyone can cause by a forged ICMP message.

use std::time::Duration;

use openssl_dtls::core::{Failure, Session, State};

use crate::support::{Direction, Fate, Pair, packets, wire};

const SECOND: Duration = Duration::from_secs(1);

/// Reports errors a second apart.
fn report(session: &mut Session, now: &mut std::time::Instant, errors: usize) {
    for _ in 0..errors {
        session.handle_socket_error(*now);
        *now += SECOND;
    }
}

#[test]
fn three_errors_in_a_row_end_a_handshake() {
    let mut pair = Pair::new();
    report(&mut pair.client, &mut pair.now, 2);
    assert_eq!(pair.client.state(), State::Handshaking);
    report(&mut pair.client, &mut pair.now, 1);
    assert_eq!(pair.client.failure(), Some(&Failure::Transport));
    assert_eq!(pair.client.next_timeout(), None);
}

#[test]
fn three_errors_in_a_row_end_a_servers_handshake() {
    let mut pair = Pair::at_stage(3);
    let mut now = pair.now;
    report(pair.server(), &mut now, 3);
    assert_eq!(pair.server().failure(), Some(&Failure::Transport));
}

#[test]
fn two_errors_do_not_hinder_a_handshake() {
    let mut pair = Pair::new();
    let mut now = pair.now;
    report(&mut pair.client, &mut now, 2);
    pair.connect();
}

#[test]
fn errors_of_one_moment_count_as_one() {
    let mut pair = Pair::at_stage(3);
    let now = pair.now;
    for _ in 0..100 {
        pair.client.handle_socket_error(now);
        pair.server().handle_socket_error(now);
    }
    assert_eq!(pair.client.statistics().socket_errors, 100);
    pair.connect();
}

#[test]
fn a_datagram_between_errors_makes_them_count_anew() {
    let mut pair = Pair::new();
    let noise = wire::record(wire::APPLICATION_DATA, 0, 7, b"any");
    for _ in 0..10 {
        report(&mut pair.client, &mut pair.now, 2);
        pair.client.handle_datagram(&noise, pair.now);
    }
    assert_eq!(pair.client.state(), State::Handshaking);
    assert_eq!(pair.client.statistics().socket_errors, 20);
}

#[test]
fn connections_refused_until_the_server_is_there_cost_their_time() {
    let mut pair = Pair::new().network(|number, _, _| if number < 2 { Fate::Refuse } else { Fate::Deliver });
    pair.connect();
    assert_eq!(pair.elapsed(), 3 * SECOND);
}

#[test]
fn a_port_where_nobody_listens_ends_a_handshake_after_three_seconds() {
    let mut pair = Pair::new().network(|_, _, _| Fate::Refuse);
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::Transport));
    assert_eq!(pair.elapsed(), 3 * SECOND);
}

#[test]
fn a_buffer_that_is_full_for_a_moment_costs_one_retransmission() {
    // The first three datagrams of the server's flight are refused.
    let mut pair = Pair::with_large_chain().network(|number, _, _| match number {
        3..6 => Fate::Refuse,
        _ => Fate::Deliver,
    });
    pair.connect();
    assert_eq!(pair.elapsed(), SECOND);
}

#[test]
fn datagrams_that_are_too_long_for_the_socket_are_followed_by_shorter_ones() {
    let mut pair = Pair::with_large_chain().network(|_, _, datagram| match datagram.len() {
        ..=600 => Fate::Deliver,
        _ => Fate::Refuse,
    });
    pair.connect();
    assert_eq!(pair.elapsed(), 3 * SECOND);
}

#[test]
fn packets_that_the_socket_refuses_are_lost_and_nothing_else() {
    let mut pair = Pair::new();
    pair.connect();
    let mut pair = pair.network(|_, direction, datagram| match (direction, datagram.len()) {
        (Direction::ToServer, 100..) => Fate::Refuse,
        _ => Fate::Deliver,
    });
    for length in [10, 1000, 20] {
        pair.client.send(&vec![7; length]).unwrap();
        pair.pass(SECOND);
    }
    assert_eq!(packets(pair.server()), [vec![7; 10], vec![7; 20]]);
    pair.exchange();
}

#[test]
fn no_number_of_errors_ends_a_connected_session() {
    let mut pair = Pair::new();
    pair.connect();
    for _ in 0..1000 {
        // Those of one moment would count as one.
        pair.now += Duration::from_secs(1);
        let now = pair.now;
        pair.client.handle_socket_error(now);
        pair.server().handle_socket_error(now);
    }
    pair.exchange();
    assert_eq!(pair.client.statistics().socket_errors, 1000);
}
