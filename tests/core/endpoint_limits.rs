//! What an endpoint's clients may cost it.

use std::time::Duration;

use openssl_dtls::core::settings::KeyLimits;
use openssl_dtls::core::{Caps, Event, Failure, State, Unsent};

use crate::support::{Crowd, Identity, events_of, guest_address, wire};

/// A server with the options that `change` makes, and its clients.
fn crowd_with(change: impl FnOnce(&mut openssl_dtls::core::ServerOptions)) -> Crowd {
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    change(&mut server);
    Crowd::with(&identity.client_options(), &server)
}

/// Lets a client come with its cookie, and then say nothing more.
fn half_open(crowd: &mut Crowd, number: usize) {
    crowd.invite(guest_address(number));
    crowd.deliver_once();
    crowd.deliver_once();
    crowd.guests.clear();
}

#[test]
fn a_half_open_session_that_makes_room_is_gone_at_once() {
    for delegates in [false, true] {
        let caps = Caps {
            half_open: 8,
            half_open_per_address: 8,
        };
        let mut crowd = crowd_with(|options| options.caps = caps);
        crowd.delegates = delegates;
        let mut taken = Vec::new();
        for number in 0..40 {
            half_open(&mut crowd, number);
            taken.extend(crowd.take_all());
        }
        let lives = |state| matches!(state, Some(State::Handshaking));
        let living = taken.iter().filter(|taken| lives(taken.ask(|session| session.state())));
        assert!(living.count() <= 8, "delegates: {delegates}");
    }
}

#[test]
fn the_bytes_that_wait_for_a_session_which_is_away_are_limited() {
    let mut crowd = Crowd::of(3);
    crowd.delegates = true;
    crowd.run();
    let work = crowd.endpoint.next_work().unwrap();
    let away = work.association().address();
    for _ in 0..3 {
        crowd.arrive(away, &wire::record(wire::APPLICATION_DATA, 1, 0, &[0; 30_000]));
    }
    assert_eq!(crowd.endpoint.statistics().dropped_unread, 1);
    drop(work);
}

#[test]
fn short_packets_of_one_datagram_hold_no_more_than_their_bytes() {
    let (mut crowd, taken) = Crowd::connected(1);
    for _ in 0..100 {
        crowd.guests[0].session.send(b"x").unwrap();
    }
    let mut datagram = crowd.guests[0].datagrams().concat();
    // Longer than all, and forged.
    datagram.extend(wire::record(wire::APPLICATION_DATA, 1, 1 << 40, &[0; 16_000]));
    crowd.arrive(guest_address(0), &datagram);
    let (mut packet, mut count) = (Vec::new(), 0);
    while taken[0].recv(&mut packet) {
        assert_eq!(packet, b"x");
        assert!(packet.capacity() < 100, "{}", packet.capacity());
        (packet, count) = (Vec::new(), count + 1);
    }
    assert_eq!(count, 100);
}

#[test]
fn a_session_whose_keys_are_worn_out_by_sending_tells_so() {
    let mut crowd = crowd_with(|options| {
        options.settings.key_limits = KeyLimits {
            sent_bytes: 3000,
            ..KeyLimits::default()
        };
    });
    crowd.invite(guest_address(0));
    crowd.run();
    let association = crowd.endpoint.take().unwrap();
    assert_eq!(events_of(&association), [Event::Connected]);
    crowd.endpoint.news();
    let now = crowd.now;
    let send = || association.send(&[7; 1000], &crowd.sent, || now);
    let refusal = std::iter::from_fn(|| Some(send())).find_map(Result::err);
    assert!(matches!(refusal, Some(Unsent::Session(_))));
    crowd.handle_timeout();
    assert_eq!(crowd.news().0, [association.id()]);
    assert_eq!(events_of(&association), [Event::Closed]);
}

#[test]
fn a_peer_is_not_taken_for_silent_while_its_packets_are_not_read() {
    let mut crowd = crowd_with(|options| options.settings.idle_timeout = Some(Duration::from_secs(5)));
    crowd.invite(guest_address(0));
    crowd.run();
    let association = crowd.endpoint.take().unwrap();
    assert_eq!(events_of(&association), [Event::Connected]);
    for _ in 0..2000 {
        crowd.guests[0].session.send(b"x").unwrap();
        crowd.run();
    }
    for _ in 0..10 {
        crowd.guests[0].session.send(b"x").unwrap();
        crowd.pass(Duration::from_secs(1));
    }
    assert_eq!(association.ask(|session| session.failure().cloned()), Some(None));
    let mut packet = Vec::new();
    while association.recv(&mut packet) {}
    crowd.pass(Duration::from_secs(4));
    assert_eq!(events_of(&association), []);
    crowd.pass(Duration::from_secs(5));
    assert_eq!(events_of(&association), [Event::Failed(Failure::IdleTimeout)]);
}

#[test]
fn what_was_closed_tells_so_once() {
    let (mut crowd, taken) = Crowd::connected(1);
    crowd.with_turn(|endpoint, turn| endpoint.close(turn));
    assert_eq!(events_of(&taken[0]), [Event::Closed]);
    taken[0].close(&crowd.sent, || crowd.now);
    assert_eq!(taken[0].poll_event(), Some(Event::Closed));
    assert_eq!(taken[0].poll_event(), None);
}
