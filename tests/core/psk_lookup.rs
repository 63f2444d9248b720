//! Servers that ask for the key of each client when it has named it.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use openssl_dtls::core::{Failure, PskAnswer, ServerOptions, State};

use crate::support::wire::{self, HANDSHAKE};
use crate::support::{Crowd, Direction, Pair, guest_address, psk_asking_server, psk_client, psk_key, psk_server};

const RIGHT: [u8; 32] = [7; 32];
const WRONG: [u8; 32] = [8; 32];

const DEADLINE: Duration = Duration::from_secs(20);

const UNKNOWN_PSK_IDENTITY: u8 = 115;

const CLIENT_KEY_EXCHANGE: u8 = 16;

/// The message number of the ClientKeyExchange.
const NEXT: u16 = 2;

/// One that the handshake has not come to. OpenSSL keeps such a message aside.
const FUTURE: u16 = 9;

/// The datagrams of a handshake up to the client's last flight, which begins with its ClientKeyExchange.
const BEFORE_LAST_FLIGHT: usize = 4;

/// A client that says it is `player`, and a server that will ask for its key.
fn player() -> Pair {
    Pair::between(&psk_client("player", &RIGHT), &psk_asking_server())
}

/// The same, when the server waits for the client's last flight, which is held back.
fn waiting() -> Pair {
    let mut pair = player();
    for _ in 0..BEFORE_LAST_FLIGHT {
        assert!(pair.deliver_one());
    }
    pair
}

/// The same, when the server has been sent the ClientKeyExchange and asks for the key.
fn asking() -> Pair {
    let mut pair = player();
    pair.deliver();
    assert_eq!(pair.server().psk_request(), Some(&b"player"[..]));
    pair
}

fn answer(pair: &mut Pair, answer: PskAnswer) {
    let now = pair.now;
    pair.server().answer_psk(answer, now);
}

#[test]
fn the_identity_is_asked_for_before_openssl_sees_it() {
    let mut pair = asking();
    let (sent, now) = (pair.sent.len(), pair.now);
    pair.server().handle_timeout(now);
    pair.deliver();
    assert_eq!(pair.server().state(), State::Handshaking);
    assert_eq!(pair.sent.len(), sent, "nothing is sent before the answer");
}

#[test]
fn no_datagrams_are_wanted_until_the_answer() {
    let mut pair = asking();
    assert!(!pair.server().wants_datagrams());
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    assert!(pair.server().wants_datagrams());
}

#[test]
fn nothing_is_asked_before_the_key_exchange() {
    let mut pair = player();
    for _ in 0..BEFORE_LAST_FLIGHT {
        assert!(pair.server.as_ref().is_none_or(|server| server.psk_request().is_none()));
        assert!(pair.deliver_one());
    }
    assert_eq!(pair.server().psk_request(), None);
}

#[test]
fn nothing_is_asked_where_the_keys_are_fixed() {
    let mut pair = Pair::between(&psk_client("player", &RIGHT), &psk_server(&[("player", &RIGHT)]));
    while pair.deliver_one() {
        assert!(pair.server.as_ref().is_none_or(|server| server.psk_request().is_none()));
    }
    pair.connect();
}

#[test]
fn the_answer_connects_at_once() {
    let mut pair = asking();
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    assert_eq!(pair.server().state(), State::Connected);
    assert_eq!(pair.server().psk_request(), None);
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

#[test]
fn a_late_answer_connects() {
    let mut pair = asking();
    pair.pass(Duration::from_secs(10));
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    pair.connect();
}

#[test]
fn an_answer_after_the_deadline_does_nothing() {
    let mut pair = asking();
    let end = pair.start + DEADLINE;
    pair.server().handle_timeout(end);
    assert_eq!(pair.server().failure(), Some(&Failure::HandshakeTimeout));
    assert_eq!(pair.server().psk_request(), None);
    pair.server().answer_psk(PskAnswer::Key(psk_key(&RIGHT)), end);
    assert_eq!(pair.server().state(), State::Failed);
}

#[test]
fn an_answer_after_the_close_does_nothing() {
    let mut pair = asking();
    pair.server().close();
    assert_eq!(pair.server().psk_request(), None);
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    assert_eq!(pair.server().state(), State::Closed);
}

#[test]
fn a_wrong_answer_is_a_wrong_key() {
    let mut pair = asking();
    answer(&mut pair, PskAnswer::Key(psk_key(&WRONG)));
    pair.pass(DEADLINE);
    assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
    assert_eq!(pair.server_failures, [Failure::CookieExchange, Failure::PskRejected]);
}

#[test]
fn unknown_looks_like_a_wrong_key() {
    let [wrong_key, unknown] = [PskAnswer::Key(psk_key(&WRONG)), PskAnswer::Unknown].map(|given| {
        let mut pair = asking();
        answer(&mut pair, given);
        pair.pass(DEADLINE);
        assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
        let sent = pair.sent.into_iter();
        sent.map(|(time, way, datagram)| (time, way, datagram.len()))
            .collect::<Vec<_>>()
    });
    assert_eq!(unknown, wrong_key);
}

#[test]
fn refuse_tells_the_client() {
    let mut pair = asking();
    answer(&mut pair, PskAnswer::Refuse);
    assert_eq!(pair.server().failure(), Some(&Failure::Refused));
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(UNKNOWN_PSK_IDENTITY)));
}

#[test]
fn an_answer_that_nobody_asked_for_does_nothing() {
    let mut pair = player();
    pair.accept();
    answer(&mut pair, PskAnswer::Key(psk_key(&WRONG)));
    for _ in 0..BEFORE_LAST_FLIGHT {
        assert!(pair.deliver_one());
        if pair.server.is_some() {
            answer(&mut pair, PskAnswer::Refuse);
        }
    }
    pair.deliver();
    assert_eq!(pair.server().psk_request(), Some(&b"player"[..]));
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    answer(&mut pair, PskAnswer::Refuse);
    pair.connect();
    answer(&mut pair, PskAnswer::Refuse);
    pair.exchange();
}

#[test]
fn an_answer_to_a_client_does_nothing() {
    let mut pair = Pair::between(&psk_client("player", &RIGHT), &psk_server(&[("player", &RIGHT)]));
    let now = pair.now;
    pair.client.answer_psk(PskAnswer::Refuse, now);
    pair.connect();
    assert_eq!(pair.client.psk_request(), None);
}

#[test]
fn a_key_exchange_that_comes_again_is_one_question() {
    let mut pair = asking();
    pair.pass(Duration::from_secs(3));
    let sent_again = pair.sent_at(Direction::ToServer);
    assert!(sent_again.contains(&Duration::from_secs(1)), "{sent_again:?}");
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    assert_eq!(pair.server().psk_request(), None);
    pair.connect();
}

#[test]
fn a_key_exchange_in_a_datagram_of_its_own_connects() {
    let mut pair = player();
    for _ in 0..BEFORE_LAST_FLIGHT {
        assert!(pair.deliver_one());
    }
    pair.transmit();
    let flight = pair.last_sent();
    pair.replace_on_the_way(Direction::ToServer, Vec::new());
    for record in wire::records(&flight) {
        pair.arrive(Direction::ToServer, record);
    }
    assert_eq!(pair.server().psk_request(), Some(&b"player"[..]));
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    pair.connect();
}

/// A ClientKeyExchange that names this identity, up to its `length`-th byte.
fn forged_key_exchange(message_seq: u16, name: &[u8], length: usize) -> Vec<u8> {
    let mut body = (name.len() as u16).to_be_bytes().to_vec();
    body.extend(name);
    body.extend([32; 33]);
    let message = wire::fragment(CLIENT_KEY_EXCHANGE, message_seq, &body, 0, length.min(body.len()));
    wire::record(HANDSHAKE, 0, 9, &message)
}

#[test]
fn the_key_of_one_identity_does_not_speak_for_another() {
    let mut pair = waiting();
    pair.arrive(
        Direction::ToServer,
        &forged_key_exchange(FUTURE, b"mallory", usize::MAX),
    );
    assert_eq!(pair.server().psk_request(), Some(&b"mallory"[..]));
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    pair.deliver();
    assert_eq!(pair.server().state(), State::Handshaking);
    assert_eq!(pair.server().psk_request(), Some(&b"player"[..]));
}

#[test]
fn the_key_of_one_identity_does_not_speak_for_another_that_is_cut() {
    let mut pair = waiting();
    pair.transmit();
    let flight = pair.last_sent();
    pair.replace_on_the_way(Direction::ToServer, forged_key_exchange(FUTURE, b"mallory", usize::MAX));
    pair.deliver();
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    // Only OpenSSL puts the fragments together and reads who the client says it is.
    let [key_exchange, others @ ..] = &wire::records(&flight)[..] else {
        panic!("an empty flight");
    };
    let body = &key_exchange[wire::RECORD_HEADER + wire::MESSAGE_HEADER..];
    for (offset, length) in [(0, 4), (4, body.len() - 4)] {
        let fragment = wire::fragment(CLIENT_KEY_EXCHANGE, NEXT, body, offset, length);
        pair.arrive(Direction::ToServer, &wire::record(HANDSHAKE, 0, 9, &fragment));
    }
    pair.arrive(Direction::ToServer, &others.concat());
    assert_eq!(pair.server().state(), State::Handshaking);
}

#[test]
fn a_forged_identity_costs_a_question_and_no_more() {
    for given in [PskAnswer::Unknown, PskAnswer::Key(psk_key(&WRONG)), PskAnswer::Refuse] {
        let mut pair = waiting();
        pair.arrive(
            Direction::ToServer,
            &forged_key_exchange(FUTURE, b"mallory", usize::MAX),
        );
        answer(&mut pair, given);
        pair.deliver();
        answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
        pair.connect();
        assert_eq!(pair.elapsed(), Duration::ZERO);
    }
}

#[test]
fn what_comes_while_a_forged_identity_is_asked_for_comes_again() {
    let mut pair = waiting();
    pair.arrive(
        Direction::ToServer,
        &forged_key_exchange(FUTURE, b"mallory", usize::MAX),
    );
    pair.deliver();
    answer(&mut pair, PskAnswer::Unknown);
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.server().psk_request(), Some(&b"player"[..]));
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    pair.connect();
}

#[test]
fn a_forged_identity_that_is_cut_changes_nothing() {
    let mut pair = waiting();
    pair.arrive(Direction::ToServer, &forged_key_exchange(FUTURE, b"mallory", 4));
    pair.deliver();
    assert_eq!(pair.server().psk_request(), Some(&b"player"[..]));
    answer(&mut pair, PskAnswer::Key(psk_key(&RIGHT)));
    pair.connect();
}

#[test]
fn an_identity_is_asked_for_once() {
    let mut pair = asking();
    let flight = pair.last_sent();
    answer(&mut pair, PskAnswer::Key(psk_key(&WRONG)));
    pair.arrive(Direction::ToServer, &flight);
    assert_eq!(pair.server().psk_request(), None);
}

#[test]
fn an_identity_that_is_cut_is_not_asked_for() {
    for length in 1..8 {
        let mut pair = waiting();
        pair.arrive(Direction::ToServer, &forged_key_exchange(NEXT, b"player", length));
        assert_eq!(pair.server().psk_request(), None, "{length} bytes");
        pair.pass(DEADLINE);
        assert_eq!(pair.client.failure(), Some(&Failure::PskRejected), "{length} bytes");
    }
}

#[test]
fn an_identity_that_is_too_long_is_not_asked_for() {
    let mut pair = waiting();
    let name = [b'p'; 129];
    pair.arrive(Direction::ToServer, &forged_key_exchange(NEXT, &name, usize::MAX));
    assert_eq!(pair.server().psk_request(), None);
}

#[test]
fn an_identity_is_asked_for_as_it_was_sent() {
    for name in [&b"\xff\0"[..], b"Zo\xc3\xab", &[b'p'; 128]] {
        let mut pair = waiting();
        pair.arrive(Direction::ToServer, &forged_key_exchange(NEXT, name, usize::MAX));
        assert_eq!(pair.server().psk_request(), Some(name));
    }
}

/// A client at an endpoint whose key is asked for, one second later.
fn asking_at_an_endpoint(server: &ServerOptions) -> Crowd {
    let mut crowd = Crowd::with(&psk_client("player", &RIGHT), server);
    crowd.invite(guest_address(0));
    crowd.deliver_once();
    crowd.deliver_once();
    for datagram in crowd.guests[0].datagrams() {
        crowd.arrive(guest_address(0), &datagram);
    }
    crowd.now += Duration::from_secs(1);
    crowd
}

/// Fails if the endpoint does not come to an end with what is due.
fn handle_timeout(mut crowd: Crowd) -> Crowd {
    let (done, is_done) = channel();
    thread::spawn(move || {
        crowd.handle_timeout();
        let _ = done.send(crowd);
    });
    is_done.recv_timeout(Duration::from_secs(20)).expect("an end")
}

#[test]
fn an_endpoint_goes_on_while_a_key_is_asked_for_and_the_flight_before_is_due_again() {
    let mut crowd = handle_timeout(asking_at_an_endpoint(&psk_asking_server()));
    let association = crowd.endpoint.take().unwrap();
    let now = crowd.now;
    assert!(crowd.endpoint.next_timeout().is_some_and(|due| due > now));
    association.answer_psk(b"player", PskAnswer::Key(psk_key(&RIGHT)), now, &crowd.sent);
    crowd.run();
    assert_eq!(crowd.connected_guests(), 1);
}

#[test]
fn an_endpoint_gives_up_a_client_whose_key_nobody_tells() {
    let mut crowd = asking_at_an_endpoint(&psk_asking_server());
    crowd.now += DEADLINE;
    let mut crowd = handle_timeout(crowd);
    assert_eq!(crowd.failures(), [Failure::HandshakeTimeout]);
}
