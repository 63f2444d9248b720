//! A socket that refuses datagrams or reports errors, which anyone can cause by a forged ICMP message.

use openssl_dtls::core::{Failure, State};

use crate::support::{Pair, wire};

#[test]
fn three_errors_in_a_row_end_a_handshake() {
    let mut pair = Pair::new();
    for _ in 0..2 {
        pair.client.handle_socket_error(pair.now);
        assert_eq!(pair.client.state(), State::Handshaking);
    }
    pair.client.handle_socket_error(pair.now);
    assert_eq!(pair.client.failure(), Some(&Failure::Transport));
    assert_eq!(pair.client.next_timeout(), None);
}

#[test]
fn three_errors_in_a_row_end_a_servers_handshake() {
    let mut pair = Pair::at_stage(3);
    let now = pair.now;
    for _ in 0..3 {
        pair.server().handle_socket_error(now);
    }
    assert_eq!(pair.server().failure(), Some(&Failure::Transport));
}

#[test]
fn two_errors_do_not_hinder_a_handshake() {
    let mut pair = Pair::new();
    pair.client.handle_socket_error(pair.now);
    pair.client.handle_socket_error(pair.now);
    pair.connect();
}

#[test]
fn a_datagram_between_errors_makes_them_count_anew() {
    let mut pair = Pair::new();
    let noise = wire::record(wire::APPLICATION_DATA, 0, 7, b"any");
    for _ in 0..10 {
        pair.client.handle_socket_error(pair.now);
        pair.client.handle_socket_error(pair.now);
        pair.client.handle_datagram(&noise, pair.now);
    }
    assert_eq!(pair.client.state(), State::Handshaking);
    assert_eq!(pair.client.statistics().socket_errors, 20);
}

#[test]
fn no_number_of_errors_ends_a_connected_session() {
    let mut pair = Pair::new();
    pair.connect();
    let now = pair.now;
    for _ in 0..1000 {
        pair.client.handle_socket_error(now);
        pair.server().handle_socket_error(now);
    }
    pair.exchange();
    assert_eq!(pair.client.statistics().socket_errors, 1000);
}
