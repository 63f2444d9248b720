//! The first ClientHellos of a client, answered without keeping anything (RFC 6347, section 4.2.1).

#[cfg(target_os = "linux")]
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use openssl_dtls::core::{Contact, Failure, Listener, Session, State};

#[cfg(target_os = "linux")]
use crate::support::wall_clock;
use crate::support::wire::{self, CLIENT_HELLO, CLIENT_RANDOM, HANDSHAKE, HELLO_VERIFY_REQUEST};
use crate::support::{CLIENT_ADDRESS, Direction, Fate, Identity, Pair, PlainPeer, address, client};

fn listener(now: Instant) -> Listener {
    Listener::new(Identity::self_signed(&["server.test"]).server_config(), now).unwrap()
}

fn next_datagram(session: &mut Session) -> Vec<u8> {
    let mut datagram = Vec::new();
    assert!(session.poll_transmit(&mut datagram));
    datagram
}

/// The HelloVerifyRequest that answers `datagram`. None: there is no answer.
fn reply(listener: &mut Listener, from: &str, datagram: &[u8], now: Instant) -> Option<Vec<u8>> {
    match listener.handle(address(from), datagram, now) {
        Contact::Reply(reply) => Some(reply.to_vec()),
        Contact::Accepted(_) => panic!("accepted"),
        Contact::Drop | Contact::Full { .. } => None,
    }
}

fn is_accepted(listener: &mut Listener, from: &str, datagram: &[u8], now: Instant) -> bool {
    matches!(listener.handle(address(from), datagram, now), Contact::Accepted(_))
}

/// A client's ClientHello with a cookie that is valid for [`CLIENT_ADDRESS`].
fn hello_with_cookie(listener: &mut Listener, now: Instant) -> Vec<u8> {
    let mut client = client(now);
    let hello = next_datagram(&mut client);
    let request = reply(listener, CLIENT_ADDRESS, &hello, now).expect("an answer");
    client.handle_datagram(&request, now);
    next_datagram(&mut client)
}

#[test]
fn a_client_hello_without_a_cookie_is_answered_with_a_hello_verify_request() {
    let now = Instant::now();
    let hello = next_datagram(&mut client(now));
    let request = reply(&mut listener(now), CLIENT_ADDRESS, &hello, now).unwrap();
    assert_eq!(wire::message_type(&request), Some(HELLO_VERIFY_REQUEST));
    assert!(
        request.len() <= hello.len(),
        "{} bytes for {}",
        request.len(),
        hello.len()
    );
}

#[test]
fn the_session_that_asked_for_the_cookie_ends() {
    let mut pair = Pair::new();
    let hello = next_datagram(&mut pair.client);
    let now = pair.now;
    let server = pair.accept();
    server.handle_datagram(&hello, now);
    assert_eq!(server.failure(), Some(&Failure::CookieExchange));
    assert_eq!(server.next_timeout(), None);
    assert_eq!(wire::message_type(&next_datagram(server)), Some(HELLO_VERIFY_REQUEST));
}

#[test]
fn a_client_hello_with_the_cookie_is_accepted() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = hello_with_cookie(&mut listener, now);
    assert!(is_accepted(&mut listener, CLIENT_ADDRESS, &hello, now));
}

#[test]
fn a_cookie_from_another_address_is_refused() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = hello_with_cookie(&mut listener, now);
    let request = reply(&mut listener, "192.0.2.99:4242", &hello, now).unwrap();
    assert_eq!(wire::message_type(&request), Some(HELLO_VERIFY_REQUEST));
}

#[test]
fn a_cookie_from_another_port_is_refused() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = hello_with_cookie(&mut listener, now);
    let request = reply(&mut listener, "192.0.2.1:4243", &hello, now).unwrap();
    assert_eq!(wire::message_type(&request), Some(HELLO_VERIFY_REQUEST));
}

#[test]
fn a_cookie_in_another_client_hello_is_refused() {
    let now = Instant::now();
    let mut listener = listener(now);
    let mut hello = hello_with_cookie(&mut listener, now);
    hello[CLIENT_RANDOM.start] ^= 1;
    let request = reply(&mut listener, CLIENT_ADDRESS, &hello, now).unwrap();
    assert_eq!(wire::message_type(&request), Some(HELLO_VERIFY_REQUEST));
}

#[test]
fn a_cookie_of_another_server_is_refused() {
    let now = Instant::now();
    let hello = hello_with_cookie(&mut listener(now), now);
    assert!(reply(&mut listener(now), CLIENT_ADDRESS, &hello, now).is_some());
}

#[test]
fn a_cookie_lives_for_a_minute_and_not_for_two() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = hello_with_cookie(&mut listener, now);
    assert!(is_accepted(
        &mut listener,
        CLIENT_ADDRESS,
        &hello,
        now + Duration::from_secs(60)
    ));
    assert!(!is_accepted(
        &mut listener,
        CLIENT_ADDRESS,
        &hello,
        now + Duration::from_secs(120)
    ));
}

#[test]
fn what_is_no_client_hello_gets_no_answer() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = next_datagram(&mut client(now));
    let mut noise: Vec<Vec<u8>> = (0..hello.len()).map(|length| hello[..length].to_vec()).collect();
    noise.push(b"GET / HTTP/1.1\r\n\r\n".to_vec());
    noise.push(vec![0; 1500]);
    noise.push(vec![0xff; 1500]);
    noise.push(wire::record(wire::ALERT, 0, 0, &[2, 40]));
    noise.push(wire::record(wire::CHANGE_CIPHER_SPEC, 0, 0, &[1]));
    noise.push(wire::record(wire::APPLICATION_DATA, 1, 0, &[0; 64]));
    noise.push(wire::record(HANDSHAKE, 1, 0, &hello[wire::RECORD_HEADER..]));
    noise.extend((0..=255).filter(|other| *other != CLIENT_HELLO).map(|other| {
        let body = &hello[wire::RECORD_HEADER + wire::MESSAGE_HEADER..];
        wire::record(HANDSHAKE, 0, 0, &wire::message(other, 0, body))
    }));
    for datagram in noise {
        let contact = listener.handle(address(CLIENT_ADDRESS), &datagram, now);
        assert!(matches!(contact, Contact::Drop), "{datagram:x?}");
    }
}

#[test]
fn no_answer_is_longer_than_what_it_answers() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = next_datagram(&mut client(now));
    let body = &hello[wire::RECORD_HEADER + wire::MESSAGE_HEADER..];
    for length in 0..=body.len() {
        for fragment in [
            wire::message(CLIENT_HELLO, 0, &body[..length]),
            wire::fragment(CLIENT_HELLO, 0, body, 0, length),
        ] {
            let datagram = wire::record(HANDSHAKE, 0, 0, &fragment);
            if let Some(reply) = reply(&mut listener, CLIENT_ADDRESS, &datagram, now) {
                assert!(
                    reply.len() <= datagram.len(),
                    "{} bytes for {}",
                    reply.len(),
                    datagram.len()
                );
            }
        }
    }
}

#[test]
fn the_hello_verify_request_takes_the_sequence_number_of_its_client_hello() {
    let now = Instant::now();
    let mut hello = next_datagram(&mut client(now));
    hello[5..11].copy_from_slice(&[1, 2, 3, 4, 5, 6]);
    let request = reply(&mut listener(now), CLIENT_ADDRESS, &hello, now).unwrap();
    assert_eq!(wire::sequence(&request), 0x0102_0304_0506);
}

#[test]
fn a_stranger_is_sent_a_hello_verify_request_and_nothing_more() {
    let mut pair = Pair::new();
    pair.transmit();
    let hello = pair.last_sent();
    let (now, server) = (pair.now, pair.accept());
    server.handle_datagram(&hello, now);
    assert_eq!(next_datagram(server).len(), 60);
    assert!(!server.poll_transmit(&mut Vec::new()));
}

#[test]
fn a_damaged_client_hello_does_not_stop_the_listener() {
    let now = Instant::now();
    let mut listener = listener(now);
    let hello = hello_with_cookie(&mut listener, now);
    for bit in 0..hello.len() * 8 {
        let _ = listener.handle(address(CLIENT_ADDRESS), &wire::flip_bit(&hello, bit), now);
    }
    assert!(is_accepted(&mut listener, CLIENT_ADDRESS, &hello, now));
}

#[test]
fn a_waiting_session_passes_over_noise() {
    let mut pair = Pair::new();
    pair.accept();
    for datagram in [
        vec![],
        vec![22],
        vec![0; 100],
        wire::record(wire::APPLICATION_DATA, 1, 0, &[0; 64]),
    ] {
        pair.arrive(Direction::ToServer, &datagram);
        assert!(pair.server().is_first_contact());
    }
    assert_eq!(pair.server().statistics().dropped_malformed, 4);
    pair.connect();
}

#[test]
fn a_refused_first_contact_ends_as_a_cookie_exchange_does() {
    let mut pair = Pair::new();
    let server = pair.accept();
    server.refuse_first_contact();
    assert_eq!(server.failure(), Some(&Failure::CookieExchange));
    assert!(!server.poll_transmit(&mut Vec::new()));
}

#[test]
fn a_session_past_its_first_contact_is_not_refused() {
    let mut pair = Pair::new();
    pair.run();
    assert!(!pair.server().is_first_contact());
    pair.server().refuse_first_contact();
    assert_eq!(pair.server().state(), State::Connected);
}

#[test]
fn a_client_hello_in_two_fragments_connects() {
    let mut pair = Pair::new().losing(&[1]);
    let hello = next_datagram(&mut pair.client);
    // The cookie is in the first fragment: nothing is kept of a ClientHello before its cookie is checked.
    let [first, second] = wire::split_client_hello(&hello, 100);
    pair.arrive(Direction::ToServer, &first);
    pair.arrive(Direction::ToServer, &second);
    assert_eq!(pair.server_failures, [Failure::CookieExchange]);
    pair.deliver();
    for fragment in wire::split_client_hello(&pair.last_sent(), 100) {
        pair.arrive(Direction::ToServer, &fragment);
    }
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

#[test]
fn what_a_connected_client_sends_from_another_port_is_a_strangers() {
    let mut pair = Pair::new();
    pair.connect();
    pair.client.send(b"from elsewhere").unwrap();
    let datagram = next_datagram(&mut pair.client);
    let contact = pair
        .listener
        .lock()
        .handle(address("192.0.2.1:4243"), &datagram, pair.now);
    assert!(matches!(contact, Contact::Drop));
    pair.exchange();
}

#[cfg(target_os = "linux")]
#[test]
fn the_server_hello_takes_the_sequence_number_of_its_client_hello() {
    let mut pair = Pair::new().losing(&[0, 1]);
    pair.run();
    let hello = pair
        .sent
        .iter()
        .filter(|sent| sent.1 == Direction::ToServer)
        .map(|sent| sent.2.clone())
        .nth(3)
        .unwrap();
    let server_hello = pair
        .sent
        .iter()
        .find(|sent| wire::message_type(&sent.2) == Some(2))
        .unwrap();
    assert_eq!(wire::message_type(&hello), Some(CLIENT_HELLO));
    assert_eq!(wire::sequence(&server_hello.2), wire::sequence(&hello));
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_hello_verify_request_costs_a_client_no_time() {
    // The first HelloVerifyRequest comes after the second, which answers the retransmitted ClientHello.
    let mut pair = Pair::new().network(|number, _, _| match number {
        1 => Fate::Delay(Duration::from_secs(1)),
        _ => Fate::Deliver,
    });
    pair.connect();
    let requests = pair
        .sent
        .iter()
        .filter(|sent| wire::message_type(&sent.2) == Some(HELLO_VERIFY_REQUEST))
        .count();
    assert_eq!((requests, pair.elapsed()), (2, Duration::from_secs(1)));
}

/// What the server of `pair` answers to a datagram of a client that is not the pair's own.
#[cfg(target_os = "linux")]
fn answers(pair: &mut Pair, datagram: &[u8]) -> Vec<Vec<u8>> {
    let before = pair.sent.len();
    pair.arrive(Direction::ToServer, datagram);
    let answers = pair
        .sent
        .iter()
        .skip(before)
        .filter(|sent| sent.1 == Direction::ToClient);
    answers.map(|sent| sent.2.clone()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn openssls_own_client_takes_the_server_hello_after_two_hello_verify_requests() {
    // It drops records whose number it has seen. Ours numbers anew what it receives, and so would not notice.
    let mut pair = Pair::new();
    let mut client = PlainPeer::client();
    let first = client.advance();
    wall_clock::wait(Duration::from_secs(1));
    let again = client.advance();
    let requests: Vec<_> = [first, again]
        .concat()
        .iter()
        .flat_map(|hello| answers(&mut pair, hello))
        .collect();
    assert_eq!(requests.len(), 2);
    let mut on_the_way: VecDeque<_> = requests.into();
    while let Some(datagram) = on_the_way.pop_front() {
        client.take(&datagram);
        let sent = client.advance();
        on_the_way.extend(sent.iter().flat_map(|datagram| answers(&mut pair, datagram)));
    }
    assert!(client.is_connected());
    assert_eq!(pair.server().state(), State::Connected);
}

#[test]
fn ten_thousand_strangers_are_answered_and_leave_nothing() {
    let mut pair = Pair::new();
    let hello = next_datagram(&mut client(pair.now));
    for number in 0..10_000u32 {
        let stranger = SocketAddr::from(([10, 0, (number >> 8) as u8, number as u8], 1024));
        let contact = pair.listener.lock().handle(stranger, &hello, pair.now);
        assert!(matches!(contact, Contact::Reply(_)), "{number}");
    }
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}
