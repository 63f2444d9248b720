//! A process that stands still for a while: stopped by its user, suspended with its machine, or busy.

use std::time::Duration;

use openssl_dtls::core::settings::Settings;
use openssl_dtls::core::{Event, Failure};

use crate::support::{Direction, Identity, Pair, events, packets};

const SIDES: [Direction; 2] = [Direction::ToServer, Direction::ToClient];
/// The datagrams of a handshake, and so the stages between them.
const DATAGRAMS: usize = 6;

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// A pair with these settings of both sides, of whose handshake so many datagrams have been delivered.
fn at_stage(delivered: usize, settings: &Settings) -> Pair {
    let identity = Identity::self_signed(&["server.test"]);
    let (mut client, mut server) = (identity.client_options(), identity.server_options());
    client.settings = settings.clone();
    server.settings = settings.clone();
    let mut pair = Pair::between(&client, &server);
    for _ in 0..delivered {
        assert!(pair.deliver_one());
    }
    pair
}

#[test]
fn a_connected_session_goes_on_after_30_seconds() {
    for stopped in SIDES {
        let mut pair = Pair::new();
        pair.connect();
        pair.pass_without(stopped, seconds(30));
        pair.exchange();
    }
}

#[test]
fn what_was_sent_meanwhile_arrives() {
    let mut pair = Pair::new();
    pair.connect();
    for number in 0..60 {
        pair.server().send(&[number]).unwrap();
        pair.pass_without(Direction::ToClient, seconds(1) / 2);
    }
    assert_eq!(pair.client.received(), 0);
    pair.deliver();
    assert_eq!(packets(&mut pair.client).len(), 60);
}

#[test]
fn a_handshake_connects_after_10_seconds() {
    for stopped in SIDES {
        for stage in 0..DATAGRAMS {
            let mut pair = at_stage(stage, &Settings::default());
            pair.pass_without(stopped, seconds(10));
            pair.connect();
            assert!(
                pair.elapsed() < seconds(15),
                "{stopped:?} at {stage}: {:?}",
                pair.elapsed()
            );
        }
    }
}

#[test]
fn a_handshake_with_a_minute_connects_after_30_seconds() {
    let patient = Settings {
        handshake_timeout: seconds(60),
        ..Settings::default()
    };
    for stopped in SIDES {
        for stage in 0..DATAGRAMS {
            let mut pair = at_stage(stage, &patient);
            pair.pass_without(stopped, seconds(30));
            pair.connect();
            assert!(
                pair.elapsed() < seconds(45),
                "{stopped:?} at {stage}: {:?}",
                pair.elapsed()
            );
        }
    }
}

#[test]
fn a_client_whose_server_stands_still_for_30_seconds_is_out_of_time() {
    for stage in 0..DATAGRAMS - 1 {
        let mut pair = at_stage(stage, &Settings::default());
        pair.pass_without(Direction::ToServer, seconds(30));
        assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout), "{stage}");
    }
}

#[test]
fn the_next_attempt_on_the_same_port_connects() {
    for stage in 0..DATAGRAMS {
        let mut pair = at_stage(stage, &Settings::default());
        pair.pass_without(Direction::ToServer, seconds(30));
        pair.restart_client();
        let restarted = pair.now;
        pair.connect();
        assert!(
            pair.now - restarted <= seconds(3),
            "{stage}: {:?}",
            pair.now - restarted
        );
    }
}

#[test]
fn a_machine_that_slept_for_an_hour_takes_its_sessions_up_again() {
    let mut pair = Pair::new();
    pair.connect();
    pair.now += seconds(3600);
    pair.exchange();
}

#[test]
fn what_waits_in_the_socket_is_a_sign_of_life() {
    let impatient = Settings {
        idle_timeout: Some(seconds(3)),
        ..Settings::default()
    };
    let mut pair = at_stage(0, &impatient);
    pair.connect();
    events(&mut pair.client);
    pair.server().send(b"still here").unwrap();
    pair.pass_without(Direction::ToClient, seconds(2));
    pair.now += seconds(28);
    pair.deliver();
    pair.client.handle_timeout(pair.now);
    assert_eq!(events(&mut pair.client), Vec::<Event>::new());
    assert_eq!(packets(&mut pair.client), [b"still here"]);
}
