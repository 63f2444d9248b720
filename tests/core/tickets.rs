//! The tickets that a server gives, and the keys that protect them.

use std::time::Duration;

use crate::support::wire::{CERTIFICATE, NEW_SESSION_TICKET};
use crate::support::{Direction, Pair, Peers};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

fn ticket(pair: &Pair) -> Vec<u8> {
    pair.server_message(NEW_SESSION_TICKET).expect("a ticket")
}

/// The name of the key that protects the ticket, which stands behind its lifetime and its length.
fn key_name(pair: &Pair) -> Vec<u8> {
    ticket(pair)[6..22].to_vec()
}

#[test]
fn a_ticket_is_good_for_an_hour() {
    let mut peers = Peers::acquainted();
    peers.now += HOUR - MINUTE;
    assert!(peers.resumes());
}

#[test]
fn after_two_hours_the_handshake_is_full() {
    let mut peers = Peers::acquainted();
    peers.now += 2 * HOUR + MINUTE;
    assert!(!peers.resumes());
}

#[test]
fn resumption_does_not_prolong_a_session_for_ever() {
    let mut peers = Peers::acquainted();
    let resumed = (0..10).take_while(|_| {
        peers.now += HOUR / 2;
        peers.resumes()
    });
    assert!(resumed.count() < 4);
}

#[test]
fn a_ticket_is_made_with_a_new_key_each_hour() {
    let mut peers = Peers::new();
    let first = key_name(&peers.connect());
    peers.now += HOUR + MINUTE;
    let second = key_name(&peers.connect());
    assert_ne!(first, second);
}

#[test]
fn a_ticket_of_the_last_key_is_replaced() {
    let mut peers = Peers::new();
    peers.now += HOUR - MINUTE;
    let first = key_name(&peers.connect());
    peers.now += 2 * MINUTE;
    let mut pair = peers.pair();
    pair.run();
    assert!(pair.client.is_resumed());
    assert_ne!(key_name(&pair), first);
}

#[test]
fn a_ticket_says_how_long_it_is_good() {
    let peers = Peers::new();
    let ticket = ticket(&peers.connect());
    assert_eq!(ticket[..4], 3600u32.to_be_bytes());
}

#[test]
fn a_ticket_does_not_show_the_session() {
    // What the server puts in, its own view of the certificate and the name, is encrypted.
    let peers = Peers::new();
    let ticket = ticket(&peers.connect());
    assert!(!ticket.windows(11).any(|bytes| bytes == b"server.test"));
}

#[test]
fn a_ticket_that_was_damaged_is_answered_with_a_full_handshake() {
    let peers = Peers::new();
    let name = key_name(&peers.connect());
    let mut pair = peers.pair().mangling(move |way, datagram| {
        let place = datagram.windows(name.len()).position(|bytes| bytes == name);
        if let (Direction::ToServer, Some(place)) = (way, place) {
            datagram[place + 40] ^= 1;
        }
    });
    pair.deliver();
    assert!(pair.server_message(CERTIFICATE).is_some());
}

#[test]
fn a_ticket_that_is_taken_is_answered_without_a_certificate() {
    let pair = Peers::acquainted().connect();
    assert_eq!(pair.server_message(CERTIFICATE), None);
}
