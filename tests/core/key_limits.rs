//! How much the keys of one session may do (RFC 9325, section 4.4).

use openssl_dtls::core::settings::KeyLimits;
use openssl_dtls::core::{SendError, State};

use crate::support::wire::{self, APPLICATION_DATA};
use crate::support::{Direction, Identity, Pair, packets};

/// A connected pair with these limits of the client.
fn limited(key_limits: KeyLimits) -> Pair {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings.key_limits = key_limits;
    let mut pair = Pair::between(&client, &identity.server_options());
    pair.connect();
    pair
}

#[test]
fn a_session_that_has_sent_what_its_keys_may_protect_closes_itself() {
    const LIMIT: u64 = 100_000;
    let mut pair = limited(KeyLimits {
        sent_bytes: LIMIT,
        ..KeyLimits::default()
    });
    let payload = [7; 1000];
    while pair.client.statistics().bytes_out < LIMIT {
        pair.client.send(&payload).unwrap();
        pair.deliver();
        assert_eq!(packets(pair.server()), [payload]);
    }
    assert_eq!(pair.client.send(&payload), Err(SendError::Ended));
    pair.deliver();
    assert_eq!(pair.client.state(), State::Closed);
    assert_eq!(pair.server().state(), State::Closed, "it was told");
}

#[test]
fn what_has_come_before_can_still_be_read() {
    let mut pair = limited(KeyLimits {
        sent_bytes: 2000,
        ..KeyLimits::default()
    });
    pair.client.send(&[7; 2000]).unwrap();
    pair.deliver();
    packets(pair.server());
    pair.server().send(b"last words").unwrap();
    pair.deliver();
    assert_eq!(pair.client.send(b"never sent"), Err(SendError::Ended));
    assert_eq!(packets(&mut pair.client), [b"last words"]);
    assert_eq!(pair.client.state(), State::Closed);
}

#[test]
fn a_session_that_was_sent_so_many_forged_records_closes_itself() {
    let mut pair = limited(KeyLimits {
        invalid_records: 100,
        ..KeyLimits::default()
    });
    for number in 0..99 {
        pair.arrive(
            Direction::ToClient,
            &wire::record(APPLICATION_DATA, 1, number + 50, &[0; 64]),
        );
    }
    assert_eq!(pair.client.state(), State::Connected);
    pair.arrive(Direction::ToClient, &wire::record(APPLICATION_DATA, 1, 200, &[0; 64]));
    pair.deliver();
    assert_eq!(
        (pair.client.state(), pair.server().state()),
        (State::Closed, State::Closed)
    );
}

#[test]
fn the_limits_are_those_of_the_rfc() {
    let KeyLimits {
        sent_bytes,
        invalid_records,
    } = KeyLimits::default();
    let full_records = (sent_bytes >> 14) as f64;
    assert!((full_records.log2() - 24.5).abs() < 1e-6, "{full_records}");
    assert_eq!(invalid_records, 1 << 36);
}
