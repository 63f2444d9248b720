//! A client that restarts on its address and port, at a server that owns its socket.

use std::time::Duration;

use openssl_dtls::core::{Event, Failure};

use crate::support::wire::{self, HELLO_VERIFY_REQUEST};
use crate::support::{Crowd, Guest, client, events_of, guest_address, packets_of};

#[test]
fn a_restarted_client_is_a_new_connection() {
    let (mut crowd, taken) = Crowd::connected(1);
    crowd.restart_last();
    crowd.run();
    assert_eq!(events_of(&taken[0]), [Event::Failed(Failure::PeerRestarted)]);
    let new = crowd.take_all();
    assert_eq!(new.len(), 1);
    crowd.guests[0].session.send(b"again").unwrap();
    crowd.run();
    assert_eq!(packets_of(&new[0]), [b"again"]);
}

#[test]
fn a_restarted_client_that_sends_each_record_alone_is_a_new_connection() {
    let (mut crowd, taken) = Crowd::connected(1);
    crowd.restart_last();
    for _ in 0..3 {
        let (address, datagrams) = (crowd.guests[0].address, crowd.guests[0].datagrams());
        for record in datagrams.iter().flat_map(|datagram| wire::records(datagram)) {
            crowd.arrive(address, record);
        }
        crowd.deliver_once();
    }
    assert_eq!(events_of(&taken[0]), [Event::Failed(Failure::PeerRestarted)]);
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 1));
}

#[test]
fn a_restarted_client_takes_one_of_the_places_of_those_who_wait() {
    let (mut crowd, _taken) = Crowd::connected(1);
    crowd.with_turn(|endpoint, turn| endpoint.set_max_pending(1, turn));
    crowd.restart_last();
    crowd.invite(guest_address(1));
    crowd.run();
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 1));
    assert_eq!(crowd.endpoint.statistics().over_cap, 1);
    crowd.pass(Duration::from_secs(1));
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 2));
}

#[test]
fn the_old_connection_lives_until_the_handshake_of_the_new_one_is_complete() {
    let (mut crowd, taken) = Crowd::connected(1);
    let mut past = crowd.restart_last();
    for _ in 0..2 {
        assert!(crowd.deliver_once());
        past.session.send(b"old").unwrap();
        for datagram in past.datagrams() {
            crowd.arrive(past.address, &datagram);
        }
        assert_eq!(packets_of(&taken[0]), [b"old"]);
        assert_eq!(events_of(&taken[0]), []);
        assert!(!crowd.endpoint.is_available());
    }
    crowd.run();
    assert_eq!(events_of(&taken[0]), [Event::Failed(Failure::PeerRestarted)]);
    assert!(crowd.endpoint.is_available());
}

#[test]
fn whoever_only_answers_for_an_address_disturbs_nobody() {
    let (mut crowd, taken) = Crowd::connected(1);
    let mut past = crowd.restart_last();
    crowd.deliver_once();
    crowd.deliver_once();
    crowd.guests.clear();
    crowd.pass(Duration::from_secs(30));
    assert_eq!(crowd.failures(), [Failure::HandshakeTimeout]);
    past.session.send(b"still here").unwrap();
    for datagram in past.datagrams() {
        crowd.arrive(past.address, &datagram);
    }
    assert_eq!(packets_of(&taken[0]), [b"still here"]);
    assert_eq!(
        (events_of(&taken[0]), crowd.endpoint.statistics().half_open),
        (vec![], 0)
    );
}

#[test]
fn a_client_may_restart_while_it_restarts() {
    let (mut crowd, taken) = Crowd::connected(1);
    for _ in 0..5 {
        crowd.restart_last();
        crowd.deliver_once();
        crowd.now += Duration::from_millis(1);
        crowd.deliver_once();
    }
    crowd.run();
    assert_eq!(events_of(&taken[0]), [Event::Failed(Failure::PeerRestarted)]);
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 1));
    assert_eq!(crowd.endpoint.statistics().half_open, 0);
}

#[test]
fn a_client_may_restart_while_it_restarts_and_the_old_connection_is_closed() {
    let (mut crowd, taken) = Crowd::connected(1);
    crowd.restart_last();
    crowd.deliver_once();
    crowd.now += Duration::from_millis(1);
    crowd.deliver_once();
    crowd.now += Duration::from_millis(1);
    crowd.restart_last();
    for datagram in crowd.guests[0].datagrams() {
        crowd.arrive(guest_address(0), &datagram);
    }
    for (_, datagram) in crowd.take_sent() {
        crowd.guests[0].session.handle_datagram(&datagram, crowd.now);
    }
    // Between the two polls in which the newest client proves its address.
    taken[0].close(&crowd.sent, || crowd.now);
    crowd.take_sent();
    crowd.run();
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 1));
    let statistics = crowd.endpoint.statistics();
    assert_eq!((statistics.accepted, statistics.half_open), (2, 0));
}

#[test]
fn a_client_that_restarts_during_its_handshake_takes_its_own_place() {
    let mut crowd = Crowd::of(1);
    crowd.deliver_once();
    crowd.deliver_once();
    let taken = crowd.endpoint.take().unwrap();
    crowd.now += Duration::from_millis(1);
    crowd.restart_last();
    crowd.run();
    assert_eq!(events_of(&taken), [Event::Failed(Failure::PeerRestarted)]);
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 1));
}

#[test]
fn a_client_that_says_why_it_restarts_is_believed() {
    let mut crowd = Crowd::of(1);
    crowd.deliver_once();
    crowd.deliver_once();
    let taken = crowd.endpoint.take().unwrap();
    crowd.arrive(crowd.guests[0].address, &wire::record(wire::ALERT, 0, 7, &[2, 51]));
    crowd.now += Duration::from_millis(1);
    crowd.restart_last();
    crowd.run();
    assert_eq!(events_of(&taken), [Event::Failed(Failure::PeerAlert(51))]);
    assert_eq!((crowd.take_all().len(), crowd.connected_guests()), (1, 1));
}

#[test]
fn late_hellos_of_the_client_itself_change_nothing() {
    let mut crowd = Crowd::of(1);
    let (address, mut hellos) = (crowd.guests[0].address, crowd.guests[0].datagrams());
    crowd.arrive(address, &hellos[0]);
    let (_, request) = crowd.take_sent().remove(0);
    let now = crowd.now;
    crowd.guests[0].session.handle_datagram(&request, now);
    hellos.extend(crowd.guests[0].datagrams());
    crowd.arrive(address, &hellos[1]);
    crowd.run();
    let taken = crowd.endpoint.take().unwrap();
    events_of(&taken);
    for hello in hellos {
        crowd.arrive(address, &hello);
    }
    crowd.handle_timeout();
    assert_eq!((crowd.take_sent(), events_of(&taken)), (vec![], vec![]));
    assert!(!crowd.endpoint.is_available());
}

#[test]
fn a_late_hello_of_a_past_client_begins_nothing() {
    let mut crowd = Crowd::new();
    let address = guest_address(0);
    let mut past = Guest {
        address,
        session: client(crowd.now),
    };
    crowd.arrive(address, &past.datagrams()[0]);
    let (_, request) = crowd.take_sent().remove(0);
    past.session.handle_datagram(&request, crowd.now);
    let late = past.datagrams().remove(0);
    crowd.now += Duration::from_millis(1);
    crowd.invite(address);
    crowd.run();
    let taken = crowd.endpoint.take().unwrap();
    events_of(&taken);
    crowd.arrive(address, &late);
    crowd.handle_timeout();
    assert_eq!((crowd.take_sent(), events_of(&taken)), (vec![], vec![]));
    assert_eq!(crowd.endpoint.statistics().half_open, 0);
}

#[test]
fn a_hello_of_another_client_is_asked_for_its_cookie() {
    let (mut crowd, taken) = Crowd::connected(1);
    let mut other = Guest {
        address: taken[0].address(),
        session: client(crowd.now),
    };
    crowd.arrive(other.address, &other.datagrams()[0]);
    let answers = crowd.take_sent();
    assert_eq!(answers.len(), 1);
    assert_eq!(wire::message_type(&answers[0].1), Some(HELLO_VERIFY_REQUEST));
    assert_eq!(events_of(&taken[0]), []);
}

#[test]
fn a_hello_behind_another_record_does_not_end_a_session() {
    let (mut crowd, taken) = Crowd::connected(1);
    let mut other = Guest {
        address: taken[0].address(),
        session: client(crowd.now),
    };
    crowd.arrive(other.address, &other.datagrams()[0]);
    let (_, request) = crowd.take_sent().remove(0);
    other.session.handle_datagram(&request, crowd.now);
    let hello = other.datagrams().remove(0);
    let behind = [wire::record(wire::APPLICATION_DATA, 1, 99, &[0; 64]), hello].concat();
    crowd.arrive(other.address, &behind);
    assert_eq!((crowd.take_sent(), events_of(&taken[0])), (vec![], vec![]));
}
