//! The time limits that can be chosen: for a handshake, for an answer, and for silence.

use std::time::Duration;

use openssl_dtls::core::settings::Settings;
use openssl_dtls::core::{Event, Failure, State};

use crate::support::wire::{self, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE};
use crate::support::{Direction, Fate, Identity, Pair, events, packets};

const NANOSECOND: Duration = Duration::from_nanos(1);

const fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// A pair with these settings of the client and of the server.
fn pair_with(client: Settings, server: Settings) -> Pair {
    let identity = Identity::self_signed(&["server.test"]);
    let (mut of_client, mut of_server) = (identity.client_options(), identity.server_options());
    of_client.settings = client;
    of_server.settings = server;
    Pair::between(&of_client, &of_server)
}

fn with_timeouts(handshake: Duration, retransmit: Duration) -> Settings {
    Settings {
        handshake_timeout: handshake,
        retransmit_timeout: retransmit,
        ..Settings::default()
    }
}

/// A client with these settings whose server does not answer.
fn lonely_client(settings: Settings) -> Pair {
    pair_with(settings, Settings::default()).losing_everything()
}

/// A server with these settings whose client falls silent after its ClientHello with the cookie.
fn lonely_server(settings: Settings) -> Pair {
    let patient = with_timeouts(seconds(600), seconds(60));
    let mut pair =
        pair_with(patient, settings).network(|number, _, _| if number < 3 { Fate::Deliver } else { Fate::Drop });
    pair.deliver();
    pair
}

#[test]
fn a_client_gives_up_at_its_handshake_timeout() {
    for timeout in [milliseconds(100), seconds(7), seconds(600)] {
        let mut pair = lonely_client(with_timeouts(timeout, seconds(60)));
        pair.pass(timeout - NANOSECOND);
        assert_eq!(pair.client.state(), State::Handshaking, "{timeout:?}");
        pair.pass(NANOSECOND);
        assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout), "{timeout:?}");
    }
}

#[test]
fn a_server_gives_up_at_its_handshake_timeout() {
    for timeout in [milliseconds(100), seconds(7), seconds(600)] {
        let mut pair = lonely_server(with_timeouts(timeout, seconds(60)));
        pair.pass(timeout - NANOSECOND);
        assert_eq!(pair.server().state(), State::Handshaking, "{timeout:?}");
        pair.pass(NANOSECOND);
        assert_eq!(
            pair.server_failures,
            [Failure::CookieExchange, Failure::HandshakeTimeout],
            "{timeout:?}"
        );
    }
}

#[test]
fn a_client_that_sends_its_last_flight_bit_by_bit_has_no_more_time() {
    const CLIENT_KEY_EXCHANGE: u8 = 16;
    let pair = Pair::at_stage(4);
    let flight = pair.last_sent();
    let key_exchange = wire::records(&flight)[0];
    assert_eq!(wire::message_type(key_exchange), Some(CLIENT_KEY_EXCHANGE));
    let body = key_exchange[wire::RECORD_HEADER + wire::MESSAGE_HEADER..].to_vec();
    let mut pair = pair.losing_everything();
    pair.replace_on_the_way(Direction::ToServer, Vec::new());
    for (offset, _) in body.iter().enumerate().take(19) {
        let part = wire::fragment(CLIENT_KEY_EXCHANGE, 2, &body, offset, 1);
        pair.arrive(Direction::ToServer, &wire::record(HANDSHAKE, 0, 9, &part));
        assert_eq!(pair.server().state(), State::Handshaking);
        pair.pass(seconds(1));
    }
    pair.pass(seconds(1));
    assert_eq!(pair.server_failures.last(), Some(&Failure::HandshakeTimeout));
}

#[test]
fn a_server_that_hears_nothing_gives_up_at_its_handshake_timeout() {
    let mut pair = pair_with(Settings::default(), with_timeouts(seconds(5), seconds(1)));
    pair.accept();
    assert_eq!(pair.server().next_timeout(), Some(pair.start + seconds(5)));
}

#[test]
fn the_waiting_time_of_a_client_doubles_from_its_retransmit_timeout() {
    let mut pair = lonely_client(with_timeouts(seconds(20), milliseconds(100)));
    pair.pass(seconds(20));
    let expected = [0, 100, 300, 700, 1500, 3100, 6300, 10_300, 14_300, 18_300].map(milliseconds);
    assert_eq!(pair.sent_at(Direction::ToServer), expected);
    assert_eq!(pair.client.statistics().retransmissions, 9);
}

#[test]
fn the_waiting_time_of_a_server_doubles_from_its_retransmit_timeout() {
    let mut pair = lonely_server(with_timeouts(seconds(20), milliseconds(100)));
    pair.pass(seconds(20));
    let expected = [0, 100, 300, 700, 1500, 3100, 6300, 10_300, 14_300, 18_300].map(milliseconds);
    assert_eq!(pair.sent_at(Direction::ToClient), expected);
}

#[test]
fn no_waiting_time_is_longer_than_a_minute() {
    let mut pair = lonely_client(with_timeouts(seconds(400), seconds(20)));
    pair.pass(seconds(400));
    let expected = [0, 20, 60, 120, 180, 240, 300, 360].map(seconds);
    assert_eq!(pair.sent_at(Direction::ToServer), expected);
}

#[test]
fn no_waiting_time_is_longer_than_a_fifth_of_the_handshake_timeout() {
    let mut pair = lonely_client(with_timeouts(seconds(50), seconds(2)));
    pair.pass(seconds(50));
    let expected = [0, 2, 6, 14, 24, 34, 44].map(seconds);
    assert_eq!(pair.sent_at(Direction::ToServer), expected);
}

#[test]
fn the_first_waiting_time_may_be_longer_than_that() {
    let mut pair = lonely_client(with_timeouts(seconds(50), seconds(15)));
    pair.pass(seconds(50));
    let expected = [0, 15, 30, 45].map(seconds);
    assert_eq!(pair.sent_at(Direction::ToServer), expected);
}

#[test]
fn each_flight_begins_with_the_retransmit_timeout() {
    // The ClientHello is lost twice, then the flight that follows it.
    let quick = || with_timeouts(seconds(20), milliseconds(200));
    let mut pair = pair_with(quick(), quick()).losing(&[0, 1, 5]);
    pair.connect();
    assert_eq!(pair.elapsed(), milliseconds(600 + 200));
}

#[test]
fn the_shortest_retransmit_timeout_is_kept_to() {
    let mut pair = lonely_client(with_timeouts(seconds(1), milliseconds(50)));
    pair.pass(seconds(1));
    let expected = [0, 50, 150, 350, 550, 750, 950].map(milliseconds);
    assert_eq!(pair.sent_at(Direction::ToServer), expected);
}

#[test]
fn a_handshake_ends_though_openssl_sends_a_flight_only_twelve_times() {
    for retransmit in [milliseconds(50), seconds(1)] {
        let mut pair = lonely_client(with_timeouts(seconds(600), retransmit));
        pair.pass(seconds(600));
        assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout));
        assert_eq!(pair.client.statistics().retransmissions, 12);
    }
}

#[test]
fn a_handshake_of_a_server_ends_though_openssl_sends_a_flight_only_twelve_times() {
    let mut pair = lonely_server(with_timeouts(seconds(600), milliseconds(50)));
    pair.pass(seconds(600));
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::HandshakeTimeout]
    );
}

#[test]
fn a_retransmission_that_a_datagram_brings_about_is_counted() {
    let mut pair = lonely_client(Settings::default());
    pair.deliver();
    pair.now += seconds(1);
    // OpenSSL looks at its timer whenever it reads.
    let early = wire::record(CHANGE_CIPHER_SPEC, 0, 9, &[1]);
    pair.client.handle_datagram(&early, pair.now);
    pair.transmit();
    assert_eq!(pair.sent.len(), 2);
    assert_eq!(pair.client.statistics().retransmissions, 1);
}

#[test]
fn the_retransmissions_of_a_server_are_counted() {
    let mut pair = lonely_server(Settings::default());
    pair.pass(seconds(4));
    assert_eq!(pair.server().statistics().retransmissions, 2);
}

#[test]
fn a_handshake_without_loss_has_no_retransmission() {
    let mut pair = Pair::new();
    pair.connect();
    assert_eq!(pair.client.statistics().retransmissions, 0);
    assert_eq!(pair.server().statistics().retransmissions, 0);
}

#[test]
fn the_handshake_time_is_that_from_the_first_client_hello() {
    let mut pair = Pair::new().losing(&[0]);
    assert_eq!(pair.client.handshake_time(), None);
    pair.connect();
    pair.pass(seconds(5));
    assert_eq!(pair.client.handshake_time(), Some(seconds(1)));
    assert_eq!(pair.server().handshake_time(), Some(Duration::ZERO));
}

fn idle(timeout: Duration) -> Settings {
    Settings {
        idle_timeout: Some(timeout),
        ..Settings::default()
    }
}

/// A client that gives up after three seconds of silence, connected.
fn impatient() -> Pair {
    let mut pair = pair_with(idle(seconds(3)), Settings::default());
    pair.connect();
    assert_eq!(events(&mut pair.client), [Event::Connected]);
    pair
}

#[test]
fn silence_ends_a_session_at_its_idle_timeout() {
    let mut pair = impatient();
    pair.pass(seconds(3) - NANOSECOND);
    assert_eq!(pair.client.state(), State::Connected);
    pair.pass(NANOSECOND);
    assert_eq!(events(&mut pair.client), [Event::Failed(Failure::IdleTimeout)]);
    assert_eq!(pair.client.next_timeout(), None);
}

#[test]
fn silence_ends_a_session_of_a_server_too() {
    let mut pair = pair_with(Settings::default(), idle(seconds(3)));
    pair.connect();
    pair.pass(seconds(3));
    assert_eq!(pair.server_failures.last(), Some(&Failure::IdleTimeout));
}

#[test]
fn the_other_side_is_told() {
    let mut pair = impatient();
    events(pair.server());
    pair.pass(seconds(3));
    assert_eq!(events(pair.server()), [Event::Closed]);
}

#[test]
fn a_packet_of_the_peer_begins_the_time_anew() {
    let mut pair = impatient();
    for _ in 0..5 {
        pair.pass(seconds(2));
        pair.server().send(b"here").unwrap();
        pair.deliver();
        assert_eq!(packets(&mut pair.client), [b"here"]);
        assert_eq!(pair.client.next_timeout(), Some(pair.now + seconds(3)));
    }
    pair.pass(seconds(3));
    assert_eq!(pair.client.failure(), Some(&Failure::IdleTimeout));
}

#[test]
fn what_is_forged_does_not_begin_the_time_anew() {
    let mut pair = impatient();
    pair.pass(seconds(2));
    let forged = wire::record(APPLICATION_DATA, 1, 100, &[0; 64]);
    for datagram in [forged, b"noise".to_vec(), wire::record(CHANGE_CIPHER_SPEC, 0, 9, &[1])] {
        pair.arrive(Direction::ToClient, &datagram);
    }
    pair.pass(seconds(1));
    assert_eq!(pair.client.failure(), Some(&Failure::IdleTimeout));
}

#[test]
fn what_came_before_does_not_begin_the_time_anew() {
    let mut pair = impatient();
    pair.server().send(b"again").unwrap();
    pair.deliver();
    let datagram = pair.last_sent();
    packets(&mut pair.client);
    pair.pass(seconds(2));
    pair.arrive(Direction::ToClient, &datagram);
    pair.pass(seconds(1));
    assert_eq!(pair.client.failure(), Some(&Failure::IdleTimeout));
}

#[test]
fn what_one_sends_does_not_begin_the_time_anew() {
    let mut pair = impatient();
    pair.pass(seconds(2));
    pair.client.send(b"anyone there?").unwrap();
    pair.pass(seconds(1));
    assert_eq!(pair.client.failure(), Some(&Failure::IdleTimeout));
}

#[test]
fn packets_that_wait_are_read_before_the_end_shows() {
    let mut pair = impatient();
    pair.server().send(b"last words").unwrap();
    pair.pass(seconds(3));
    assert_eq!(pair.client.state(), State::Connected);
    assert_eq!(packets(&mut pair.client), [b"last words"]);
    assert_eq!(events(&mut pair.client), [Event::Failed(Failure::IdleTimeout)]);
}

#[test]
fn the_time_runs_from_the_end_of_the_handshake() {
    let mut pair = pair_with(idle(seconds(3)), Settings::default()).losing(&[0, 1, 2]);
    pair.run();
    assert_eq!(pair.elapsed(), seconds(7));
    assert_eq!(pair.client.next_timeout(), Some(pair.now + seconds(3)));
}

#[test]
fn without_an_idle_timeout_a_session_waits_for_ever() {
    let mut pair = Pair::new();
    pair.connect();
    pair.pass(seconds(1_000_000));
    pair.exchange();
}
