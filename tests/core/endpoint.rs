//! All connections of a server behind one socket.

use std::time::Duration;

use openssl_dtls::core::{Caps, Event, Failure, PskAnswer, Refused, SendError, Session, State, Unsent};

use crate::support::wire;
use crate::support::{
    Crowd, Identity, client, events_of, guest_address, packets, packets_of, psk_asking_server, psk_client, psk_key,
};

const KEY: [u8; 32] = [7; 32];

#[test]
fn every_datagram_finds_its_session() {
    let (mut crowd, taken) = Crowd::connected(20);
    for (number, guest) in crowd.guests.iter_mut().enumerate() {
        guest.session.send(&[number as u8]).unwrap();
    }
    crowd.run();
    for association in &taken {
        let number = crowd
            .guests
            .iter()
            .position(|guest| guest.address == association.address());
        assert_eq!(packets_of(association), [[number.unwrap() as u8]]);
        association.send(b"back", &crowd.sent, || crowd.now).unwrap();
    }
    crowd.run();
    for guest in &mut crowd.guests {
        assert_eq!(packets(&mut guest.session), [b"back"]);
    }
}

#[test]
fn a_stranger_is_no_connection_before_it_has_proved_its_address() {
    let mut crowd = Crowd::of(1);
    crowd.deliver_once();
    assert!(!crowd.endpoint.is_available());
    assert_eq!(crowd.endpoint.next_timeout(), None);
    crowd.deliver_once();
    assert!(crowd.endpoint.is_available());
    let association = crowd.endpoint.take().unwrap();
    assert_eq!(association.ask(Session::state), Some(State::Handshaking));
}

#[test]
fn ten_thousand_strangers_leave_nothing() {
    let mut crowd = Crowd::new();
    let mut stranger = client(crowd.now);
    let mut hello = Vec::new();
    stranger.poll_transmit(&mut hello);
    for number in 0..10_000 {
        crowd.arrive(guest_address(number), &hello);
    }
    let answers = crowd.take_sent();
    assert_eq!(answers.len(), 10_000);
    assert!(answers.iter().all(|(_, answer)| answer.len() <= hello.len()));
    assert!(!crowd.endpoint.is_available() && crowd.endpoint.next_timeout().is_none());
    let statistics = crowd.endpoint.statistics();
    assert_eq!((statistics.half_open, statistics.hello_verify_requests), (0, 10_000));
    assert_eq!(statistics.sessions.datagrams_in, 10_000);
    assert_eq!(statistics.sessions.bytes_out, 60 * 10_000);
}

#[test]
fn noise_of_strangers_is_counted_and_not_answered() {
    let mut crowd = Crowd::new();
    for datagram in [
        &[][..],
        &[22],
        &[0; 100],
        &wire::record(wire::APPLICATION_DATA, 1, 0, &[0; 64]),
    ] {
        crowd.arrive(guest_address(0), datagram);
    }
    assert_eq!(crowd.take_sent(), []);
    assert_eq!(crowd.endpoint.statistics().sessions.dropped_malformed, 4);
}

#[test]
fn so_many_connections_wait_and_no_more() {
    let mut crowd = Crowd::of(3);
    crowd.with_turn(|endpoint, turn| endpoint.set_max_pending(2, turn));
    crowd.run();
    assert_eq!((crowd.connected_guests(), crowd.take_all().len()), (2, 2));
    assert_eq!(crowd.endpoint.statistics().over_cap, 1);
    crowd.pass(Duration::from_secs(1));
    assert_eq!(
        (crowd.connected_guests(), crowd.take_all().len()),
        (3, 1),
        "its next ClientHello"
    );
}

#[test]
fn what_waits_beyond_a_smaller_limit_is_closed() {
    let mut crowd = Crowd::of(3);
    crowd.run();
    crowd.with_turn(|endpoint, turn| endpoint.set_max_pending(1, turn));
    crowd.run();
    assert_eq!((crowd.connected_guests(), crowd.take_all().len()), (1, 1));
}

#[test]
fn an_untaken_connection_that_fails_is_none_any_more() {
    let mut crowd = Crowd::of(1);
    crowd.deliver_once();
    crowd.deliver_once();
    crowd.guests.clear();
    assert!(crowd.endpoint.is_available());
    crowd.pass(Duration::from_secs(20));
    assert!(!crowd.endpoint.is_available());
    assert_eq!(crowd.failures(), [Failure::HandshakeTimeout]);
    assert_eq!(crowd.endpoint.statistics().half_open, 0);
    assert_eq!(crowd.endpoint.next_timeout(), None);
}

#[test]
fn what_an_untaken_client_has_sent_before_it_left_can_be_read() {
    let mut crowd = Crowd::of(1);
    crowd.run();
    crowd.guests[0].session.send(b"and gone").unwrap();
    crowd.guests[0].session.close();
    crowd.run();
    let association = crowd.endpoint.take().unwrap();
    assert_eq!(events_of(&association), [Event::Connected]);
    assert_eq!(packets_of(&association), [b"and gone"]);
    assert_eq!(events_of(&association), [Event::Closed]);
}

#[test]
fn an_untaken_client_that_left_without_a_word_is_none_any_more() {
    let mut crowd = Crowd::of(1);
    crowd.run();
    crowd.guests[0].session.close();
    crowd.run();
    assert!(!crowd.endpoint.is_available());
    assert_eq!(crowd.failures(), []);
}

#[test]
fn lost_flights_are_sent_again_when_their_timer_is_due() {
    let mut crowd = Crowd::of(2);
    crowd.deliver_once();
    for guest in 0..2 {
        let (address, hellos) = (crowd.guests[guest].address, crowd.guests[guest].datagrams());
        hellos.iter().for_each(|hello| crowd.arrive(address, hello));
    }
    let flight = crowd.take_sent();
    crowd.handle_timeout();
    assert_eq!(crowd.take_sent(), []);
    crowd.now = crowd.endpoint.next_timeout().unwrap();
    crowd.handle_timeout();
    assert_eq!(crowd.take_sent().len(), flight.len());
    crowd.pass(Duration::from_secs(2));
    crowd.pass(Duration::from_secs(4));
    assert_eq!(crowd.connected_guests(), 2);
    assert_eq!(crowd.endpoint.next_timeout(), None, "connected ones have no timer");
}

#[test]
fn an_idle_timeout_is_noticed_though_packets_have_put_it_off() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    server.settings.idle_timeout = Some(Duration::from_secs(10));
    let mut crowd = Crowd::with(&identity.client_options(), &server);
    crowd.invite(guest_address(0));
    crowd.run();
    let association = crowd.endpoint.take().unwrap();
    events_of(&association);
    crowd.pass(Duration::from_secs(9));
    crowd.guests[0].session.send(b"still here").unwrap();
    crowd.run();
    packets_of(&association);
    crowd.pass(Duration::from_secs(9));
    assert_eq!(events_of(&association), []);
    crowd.pass(Duration::from_secs(1));
    assert_eq!(crowd.news().0, [association.id()]);
    assert_eq!(events_of(&association), [Event::Failed(Failure::IdleTimeout)]);
}

#[test]
fn news_are_told_once_and_packets_until_they_are_read() {
    let (mut crowd, taken) = Crowd::connected(2);
    assert_eq!(crowd.news(), (vec![], vec![]));
    crowd.guests[1].session.send(b"news").unwrap();
    crowd.run();
    assert_eq!(crowd.news(), (vec![], vec![taken[1].id()]));
    assert_eq!(crowd.news(), (vec![], vec![taken[1].id()]));
    packets_of(&taken[1]);
    crowd.news();
    assert_eq!(crowd.news(), (vec![], vec![]));
    crowd.guests[0].session.close();
    crowd.run();
    assert_eq!(crowd.news(), (vec![taken[0].id()], vec![]));
    assert_eq!(events_of(&taken[0]), [Event::Closed]);
    assert_eq!(crowd.news(), (vec![], vec![]));
}

#[test]
fn an_end_is_told_when_the_packets_before_it_are_read() {
    let (mut crowd, taken) = Crowd::connected(1);
    crowd.guests[0].session.send(b"last words").unwrap();
    crowd.guests[0].session.close();
    crowd.run();
    assert_eq!(crowd.news(), (vec![], vec![taken[0].id()]));
    packets_of(&taken[0]);
    assert_eq!(crowd.news(), (vec![taken[0].id()], vec![]));
}

#[test]
fn a_closed_association_frees_its_address() {
    let (mut crowd, taken) = Crowd::connected(1);
    taken[0].close(&crowd.sent, || crowd.now);
    crowd.run();
    assert_eq!(crowd.guests[0].session.state(), State::Closed);
    assert_eq!(taken[0].send(b"late", &crowd.sent, || crowd.now), Err(Unsent::Absent));
    crowd.restart_last();
    crowd.run();
    assert!(crowd.endpoint.is_available());
    assert_eq!(crowd.connected_guests(), 1);
}

#[test]
fn a_client_that_left_frees_its_address() {
    let (mut crowd, _taken) = Crowd::connected(1);
    crowd.guests[0].session.close();
    crowd.run();
    crowd.restart_last();
    crowd.run();
    assert!(crowd.endpoint.is_available());
}

#[test]
fn handshakes_of_a_crowd_are_left_to_others() {
    let mut crowd = Crowd::of(8);
    crowd.delegates = true;
    crowd.run();
    assert!(crowd.connected_guests() < 8);
    let mut steps = 0;
    for _ in 0..10 {
        let now = crowd.now;
        let work: Vec<_> = std::iter::from_fn(|| crowd.endpoint.next_work()).collect();
        for mut work in work {
            steps += 1;
            assert_eq!(work.association().ask(Session::state), None, "it is away");
            work.run(now);
            crowd.with_turn(|endpoint, turn| endpoint.finish(work, turn));
        }
        crowd.run();
    }
    assert_eq!(crowd.connected_guests(), 8);
    assert!(steps >= 8, "{steps}");
}

#[test]
fn what_comes_while_a_session_is_away_waits_for_it() {
    let mut crowd = Crowd::of(3);
    crowd.delegates = true;
    crowd.run();
    let now = crowd.now;
    let mut work: Vec<_> = std::iter::from_fn(|| crowd.endpoint.next_work()).collect();
    let away = work[0].association().clone();
    for _ in 0..100 {
        crowd.arrive(away.address(), &wire::record(wire::HANDSHAKE, 1, 0, &[0; 64]));
    }
    assert_eq!(crowd.endpoint.statistics().dropped_unread, 100 - 16);
    for mut work in work.drain(..) {
        work.run(now);
        crowd.with_turn(|endpoint, turn| endpoint.finish(work, turn));
    }
    assert!(away.ask(Session::state).is_some());
}

#[test]
fn an_association_may_be_closed_while_its_session_is_away() {
    let mut crowd = Crowd::of(3);
    crowd.delegates = true;
    crowd.run();
    let now = crowd.now;
    let work: Vec<_> = std::iter::from_fn(|| crowd.endpoint.next_work()).collect();
    let half_open = crowd.endpoint.statistics().half_open;
    for mut work in work {
        work.association().clone().close(&crowd.sent, || now);
        work.run(now);
        crowd.with_turn(|endpoint, turn| endpoint.finish(work, turn));
    }
    assert!(crowd.endpoint.statistics().half_open < half_open);
    assert_eq!(crowd.take_sent(), []);
}

#[test]
fn a_session_that_is_lost_has_failed() {
    let mut crowd = Crowd::of(3);
    crowd.delegates = true;
    crowd.run();
    let taken = crowd.take_all();
    let work = crowd.endpoint.next_work().unwrap();
    let lost = work.association().clone();
    drop(work);
    crowd.with_turn(|endpoint, turn| endpoint.lose(&lost, turn));
    assert!(crowd.news().0.contains(&lost.id()));
    assert!(matches!(lost.poll_event(), Some(Event::Failed(Failure::Internal(_)))));
    drop(taken);
}

#[test]
fn a_pre_shared_key_is_asked_for_and_the_handshake_goes_on() {
    let mut crowd = Crowd::with(&psk_client("player", &KEY), &psk_asking_server());
    crowd.invite(guest_address(0));
    crowd.run();
    let news = crowd.endpoint.news();
    assert!(news[0].has_event && !news[0].is_taken);
    let asking = news[0].association.clone();
    assert_eq!(
        asking.ask(|session| session.psk_request().map(<[u8]>::to_vec)),
        Some(Some(b"player".to_vec()))
    );
    asking.answer_psk(b"another", PskAnswer::Refuse, crowd.now, &crowd.sent);
    asking.answer_psk(b"player", PskAnswer::Key(psk_key(&KEY)), crowd.now, &crowd.sent);
    crowd.run();
    assert_eq!(crowd.connected_guests(), 1);
}

#[test]
fn a_peer_that_is_not_read_does_not_fill_the_memory() {
    let (mut crowd, taken) = Crowd::connected(1);
    for _ in 0..2000 {
        crowd.guests[0].session.send(b"x").unwrap();
        crowd.run();
    }
    assert_eq!(packets_of(&taken[0]).len(), 1024);
    assert_eq!(crowd.endpoint.statistics().dropped_unread, 2000 - 1024);
    crowd.guests[0].session.send(b"y").unwrap();
    crowd.run();
    assert_eq!(packets_of(&taken[0]), [b"y"]);
}

#[test]
fn what_the_outlet_refuses_is_told_and_the_session_lives() {
    let (mut crowd, taken) = Crowd::connected(1);
    crowd.sent.refuses.replace(Some(Refused::Busy));
    let sent = taken[0].send(b"lost", &crowd.sent, || crowd.now);
    assert_eq!(sent, Err(Unsent::Outlet(Refused::Busy)));
    crowd.sent.refuses.replace(None);
    taken[0].send(b"there", &crowd.sent, || crowd.now).unwrap();
    crowd.run();
    assert_eq!(packets(&mut crowd.guests[0].session), [b"there"]);
}

#[test]
fn what_is_too_large_is_told() {
    let (crowd, taken) = Crowd::connected(1);
    let sent = taken[0].send(&[0; 20_000], &crowd.sent, || crowd.now);
    assert!(
        matches!(sent, Err(Unsent::Session(SendError::TooLarge { .. }))),
        "{sent:?}"
    );
}

#[test]
fn a_server_that_closes_tells_its_clients_and_those_who_have_taken_them() {
    let (mut crowd, taken) = Crowd::connected(3);
    crowd.with_turn(|endpoint, turn| endpoint.close(turn));
    for association in &taken {
        assert_eq!(events_of(association), [Event::Closed]);
    }
    crowd.run();
    assert!(crowd.guests.iter().all(|guest| guest.session.state() == State::Closed));
}

#[test]
fn the_caps_of_half_open_handshakes_hold() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    server.caps = Caps {
        half_open: 4,
        half_open_per_address: 4,
    };
    let mut crowd = Crowd::with(&identity.client_options(), &server);
    for number in 0..10 {
        crowd.invite(guest_address(number));
    }
    crowd.deliver_once();
    crowd.deliver_once();
    let statistics = crowd.endpoint.statistics();
    assert!(statistics.half_open <= 4 && statistics.over_cap > 0);
}
