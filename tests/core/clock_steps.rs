//! Sessions on a machine whose wall clock is set by an hour. For handshakes see `retransmission`.

use std::time::Duration;

use openssl_dtls::core::settings::Settings;
use openssl_dtls::core::{Failure, State};

use crate::support::{Identity, Pair, Peers, wall_clock};

const STEPS: [i64; 2] = [-1, 1];

#[test]
fn a_connected_session_goes_on() {
    for hours in STEPS {
        let mut pair = Pair::new();
        pair.connect();
        wall_clock::step(hours);
        pair.exchange();
        pair.pass(Duration::from_secs(60));
        pair.exchange();
        assert_eq!((pair.client.next_timeout(), pair.server().next_timeout()), (None, None));
    }
}

#[test]
fn an_idle_timeout_is_neither_brought_on_nor_put_off() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings = Settings {
        idle_timeout: Some(Duration::from_secs(3)),
        ..Settings::default()
    };
    for hours in STEPS {
        let mut pair = Pair::between(&client, &identity.server_options());
        pair.connect();
        wall_clock::step(hours);
        pair.pass(Duration::from_secs(3) - Duration::from_nanos(1));
        assert_eq!(pair.client.state(), State::Connected, "{hours} h");
        pair.pass(Duration::from_nanos(1));
        assert_eq!(pair.client.failure(), Some(&Failure::IdleTimeout), "{hours} h");
    }
}

#[test]
fn sessions_are_resumed() {
    for hours in STEPS {
        let peers = Peers::acquainted();
        wall_clock::step(hours);
        assert!(peers.resumes(), "{hours} h");
    }
}

#[test]
fn a_cookie_stays_valid() {
    for hours in STEPS {
        let mut pair = Pair::at_stage(2);
        wall_clock::step(hours);
        pair.connect();
        assert_eq!(pair.server_failures, [Failure::CookieExchange], "{hours} h");
    }
}

#[test]
fn a_client_that_restarts_connects() {
    for hours in STEPS {
        let mut pair = Pair::new();
        pair.connect();
        wall_clock::step(hours);
        pair.restart_client();
        pair.connect();
        assert_eq!(pair.elapsed(), Duration::from_secs(1), "{hours} h");
    }
}
