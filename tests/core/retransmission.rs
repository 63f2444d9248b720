//! When a handshake sends its flights again, and when it gives up: after 1, 2 and 4 seconds, then every 4 seconds, 20 in
//! all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::{Failure, Session, State};

use crate::support::{Direction, Fate, Pair, client, wall_clock, wire};

const SENDS: [Duration; 7] = [
    seconds(0),
    seconds(1),
    seconds(3),
    seconds(7),
    seconds(11),
    seconds(15),
    seconds(19),
];
const DEADLINE: Duration = seconds(20);

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// A client whose server does not answer.
fn lonely_client() -> Pair {
    Pair::new().network(|_, _, _| Fate::Drop)
}

/// A server whose client falls silent after its ClientHello with the cookie.
fn lonely_server() -> Pair {
    let mut pair = Pair::new().network(|number, _, _| if number < 3 { Fate::Deliver } else { Fate::Drop });
    pair.deliver();
    pair
}

/// Runs `session` alone, from one of its deadlines to the next, until it ends. Gives back the times at which it sent.
fn run_alone(session: &mut Session, start: Instant, mut before: impl FnMut()) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut datagram = Vec::new();
    for _ in 0..100 {
        let Some(due) = session.next_timeout() else {
            return times;
        };
        before();
        session.handle_timeout(due);
        if session.poll_transmit(&mut datagram) {
            times.push(due - start);
            while session.poll_transmit(&mut datagram) {}
        }
    }
    panic!("deadlines without an end");
}

#[test]
fn a_client_without_an_answer_sends_seven_times_and_gives_up() {
    let mut pair = lonely_client();
    pair.pass(DEADLINE - Duration::from_nanos(1));
    assert_eq!(pair.client.state(), State::Handshaking);
    pair.pass(Duration::from_nanos(1));
    assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout));
    assert_eq!(pair.sent_at(Direction::ToServer), SENDS);
    assert_eq!(pair.client.statistics().retransmissions, 6);
    assert_eq!(pair.client.next_timeout(), None);
}

#[test]
fn a_server_without_an_answer_sends_seven_times_and_gives_up() {
    let mut pair = lonely_server();
    pair.pass(DEADLINE - Duration::from_nanos(1));
    assert_eq!(pair.server().state(), State::Handshaking);
    pair.pass(Duration::from_nanos(1));
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::HandshakeTimeout]
    );
    assert_eq!(pair.sent_at(Direction::ToClient), SENDS);
}

#[test]
fn a_server_that_hears_nothing_gives_up() {
    let mut pair = lonely_client();
    pair.accept();
    assert_eq!(pair.server().next_timeout(), Some(pair.start + DEADLINE));
    pair.pass(DEADLINE);
    assert_eq!(pair.server_failures, [Failure::HandshakeTimeout]);
}

#[test]
fn next_timeout_names_each_retransmission_and_the_end() {
    let mut pair = lonely_client();
    for due in SENDS.into_iter().skip(1).chain([DEADLINE]) {
        pair.deliver();
        assert_eq!(pair.client.next_timeout(), Some(pair.start + due));
        pair.step();
    }
    assert_eq!(pair.client.next_timeout(), None);
}

#[test]
fn a_timeout_that_is_not_due_sends_nothing() {
    let mut pair = lonely_client();
    pair.deliver();
    for early in [0, 1, 500_000_000, 900_000_000, 999_999_000] {
        pair.client.handle_timeout(pair.start + Duration::from_nanos(early));
        pair.transmit();
    }
    assert_eq!(pair.sent.len(), 1);
}

#[test]
fn a_late_timeout_sends_once_and_waits_from_then() {
    let mut pair = lonely_client();
    pair.deliver();
    pair.now += seconds(5);
    pair.client.handle_timeout(pair.now);
    pair.transmit();
    assert_eq!(pair.sent.len(), 2);
    assert_eq!(pair.client.next_timeout(), Some(pair.start + seconds(7)));
}

#[test]
fn each_flight_begins_with_one_second() {
    // The ClientHello is lost twice, then the flight that follows it.
    let mut pair = Pair::new().losing(&[0, 1, 5]);
    pair.connect();
    assert_eq!(pair.elapsed(), seconds(3 + 1));
}

#[test]
fn noise_does_not_put_a_retransmission_off() {
    let mut pair = lonely_client();
    for _ in 0..200 {
        pair.client
            .handle_datagram(&wire::record(wire::APPLICATION_DATA, 0, 9, b"noise"), pair.now);
        pair.pass(Duration::from_millis(100));
    }
    assert_eq!(pair.sent_at(Direction::ToServer), SENDS);
    assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout));
}

#[test]
fn a_connected_session_has_no_deadline() {
    let mut pair = Pair::new();
    pair.connect();
    pair.pass(seconds(100_000));
    assert_eq!((pair.client.next_timeout(), pair.server().next_timeout()), (None, None));
    pair.exchange();
}

#[test]
fn the_callers_time_is_openssls_time() {
    // OpenSSL would not retransmit before a second has passed on its clock: the real one stands nearly still here.
    let real = Instant::now();
    let mut pair = lonely_client();
    pair.pass(DEADLINE);
    assert_eq!(pair.client.statistics().retransmissions, 6);
    assert!(real.elapsed() < seconds(20));
}

#[test]
fn the_callers_time_may_begin_anywhere() {
    let now = Instant::now();
    for start in [now - seconds(600), now + seconds(3600), now + seconds(86_400 * 365)] {
        let mut session = client(start);
        assert_eq!(run_alone(&mut session, start, || ()), SENDS[1..]);
        assert_eq!(session.failure(), Some(&Failure::HandshakeTimeout));
    }
}

#[test]
fn a_step_of_the_wall_clock_does_not_move_a_clients_retransmissions() {
    for hours in [-1, 1] {
        let mut pair = lonely_client();
        pair.deliver();
        let sends = run_alone(&mut pair.client, pair.start, || wall_clock::step(hours));
        assert_eq!(sends, SENDS[1..], "{hours} h");
    }
}

#[test]
fn a_step_of_the_wall_clock_does_not_move_a_servers_retransmissions() {
    for hours in [-1, 1] {
        let mut pair = lonely_server();
        let start = pair.start;
        let sends = run_alone(pair.server(), start, || wall_clock::step(hours));
        assert_eq!(sends, SENDS[1..], "{hours} h");
        assert_eq!(pair.server().failure(), Some(&Failure::HandshakeTimeout));
    }
}

#[test]
fn a_step_of_the_wall_clock_does_not_disturb_a_handshake() {
    for hours in [-1, 1] {
        let mut pair = Pair::new().losing(&[0, 3, 6]);
        pair.deliver();
        while !pair.is_connected() {
            wall_clock::step(hours);
            assert!(pair.step());
        }
        pair.exchange();
    }
}

#[test]
fn sessions_of_two_threads_keep_their_own_time() {
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let threads = [0, 3600].map(|ahead| {
        let barrier = barrier.clone();
        std::thread::spawn(move || {
            let start = Instant::now() + seconds(ahead);
            let mut session = client(start);
            run_alone(&mut session, start, || {
                barrier.wait();
            })
        })
    });
    for thread in threads {
        assert_eq!(thread.join().unwrap(), SENDS[1..]);
    }
}

#[test]
fn a_datagram_that_comes_at_the_moment_of_a_retransmission_does_not_double_it() {
    let mut pair = lonely_client();
    pair.deliver();
    pair.now += seconds(1);
    let forged = wire::record(wire::CHANGE_CIPHER_SPEC, 0, 9, &[1]);
    pair.client.handle_datagram(&forged, pair.now);
    pair.client.handle_timeout(pair.now);
    pair.transmit();
    assert_eq!(pair.sent.len(), 2);
    assert_eq!(pair.client.next_timeout(), Some(pair.start + seconds(3)));
}
