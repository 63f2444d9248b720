//! Clients and servers that know the same key.

use std::time::Duration;

use openssl_dtls::core::settings::CipherList;
use openssl_dtls::core::{
    ClientConfig, ClientOptions, ConfigError, Failure, PskIdentity, PskKey, ServerConfig, State, Verification,
};

use crate::support::{Direction, Fate, Identity, Pair, psk_client, psk_server};

const SUITE: &str = "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256";

const RIGHT: [u8; 32] = [7; 32];
const WRONG: [u8; 32] = [8; 32];

const DEADLINE: Duration = Duration::from_secs(20);

const HANDSHAKE_FAILURE: u8 = 40;

/// The datagrams of a handshake up to the client's last flight, which begins with its ClientKeyExchange.
const BEFORE_LAST_FLIGHT: usize = 4;

/// A client that says it is `player` and has this key, and a server that knows the right one of `player`.
fn player(secret: &[u8]) -> Pair {
    Pair::between(&psk_client("player", secret), &psk_server(&[("player", &RIGHT)]))
}

#[test]
fn the_same_key_connects_with_forward_secrecy() {
    let mut pair = player(&RIGHT);
    pair.connect();
    assert_eq!(pair.client.cipher_name(), SUITE);
    assert_eq!(pair.server().cipher_name(), SUITE);
    assert_eq!(pair.client.group_name(), "x25519");
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

#[test]
fn nobody_shows_a_certificate() {
    let mut pair = player(&RIGHT);
    pair.connect();
    assert!(pair.client.peer_certificate().is_none());
    assert!(pair.server().peer_certificate().is_none());
}

#[test]
fn each_identity_has_its_own_key() {
    let keys = psk_server(&[("one", &RIGHT), ("two", &WRONG)]);
    Pair::between(&psk_client("one", &RIGHT), &keys).connect();
    Pair::between(&psk_client("two", &WRONG), &keys).connect();
}

#[test]
fn the_key_of_another_identity_does_not_connect() {
    let keys = psk_server(&[("one", &RIGHT), ("two", &WRONG)]);
    let mut pair = Pair::between(&psk_client("two", &RIGHT), &keys);
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
}

#[test]
fn the_shortest_and_the_longest_key_connect() {
    for length in [16, 256] {
        let secret = vec![9; length];
        Pair::between(&psk_client("player", &secret), &psk_server(&[("player", &secret)])).connect();
    }
}

#[test]
fn keys_of_other_lengths_are_refused() {
    for length in [0, 15, 257] {
        assert!(matches!(
            PskKey::new(&vec![9; length]),
            Err(ConfigError::PskKeyLength(found)) if found == length
        ));
    }
}

#[test]
fn the_shortest_and_the_longest_identity_connect() {
    for name in ["p".to_owned(), "p".repeat(128), "ü".repeat(64)] {
        Pair::between(&psk_client(&name, &RIGHT), &psk_server(&[(&name, &RIGHT)])).connect();
    }
}

#[test]
fn other_identities_are_refused() {
    for name in ["", "a\0b", &"p".repeat(129), &"ü".repeat(65)] {
        assert!(
            matches!(PskIdentity::new(name), Err(ConfigError::PskIdentityInvalid)),
            "{name:?}"
        );
    }
}

#[test]
fn a_wrong_key_fails_on_both_sides_at_the_deadline_and_not_before() {
    let mut pair = player(&WRONG);
    pair.pass(DEADLINE - Duration::from_nanos(1));
    assert_eq!(pair.client.state(), State::Handshaking);
    assert_eq!(pair.server().state(), State::Handshaking);
    pair.pass(Duration::from_nanos(1));
    assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
    assert_eq!(pair.server_failures, [Failure::CookieExchange, Failure::PskRejected]);
}

#[test]
fn an_unknown_identity_fails_on_both_sides_at_the_deadline_and_not_before() {
    let mut pair = Pair::between(&psk_client("nobody", &RIGHT), &psk_server(&[("player", &RIGHT)]));
    pair.pass(DEADLINE - Duration::from_nanos(1));
    assert_eq!(pair.client.state(), State::Handshaking);
    assert_eq!(pair.server().state(), State::Handshaking);
    pair.pass(Duration::from_nanos(1));
    assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
    assert_eq!(pair.server_failures, [Failure::CookieExchange, Failure::PskRejected]);
}

/// When, which way and with how many bytes each datagram of a handshake was sent that comes to nothing.
fn trace(mut pair: Pair) -> Vec<(Duration, Direction, usize)> {
    pair.pass(DEADLINE);
    assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
    let sent = pair.sent.into_iter();
    sent.map(|(time, way, datagram)| (time, way, datagram.len())).collect()
}

#[test]
fn an_unknown_identity_looks_like_a_wrong_key() {
    let wrong_key = trace(player(&WRONG));
    let unknown = Pair::between(&psk_client("player", &RIGHT), &psk_server(&[("nobody", &RIGHT)]));
    assert_eq!(trace(unknown), wrong_key);
}

#[test]
fn an_identity_that_cannot_be_read_looks_like_a_wrong_key() {
    let wrong_key = trace(player(&WRONG));
    let unreadable = player(&RIGHT).mangling(|_, datagram| {
        if let Some(place) = datagram.windows(6).position(|bytes| bytes == b"player") {
            datagram[place] = 0xff;
        }
    });
    assert_eq!(trace(unreadable), wrong_key);
}

#[test]
fn an_unknown_identity_does_not_have_an_empty_or_constant_key() {
    for guess in [[0; 16].to_vec(), [0; 32].to_vec(), [0xff; 32].to_vec()] {
        let mut pair = Pair::between(&psk_client("nobody", &guess), &psk_server(&[("player", &RIGHT)]));
        pair.run();
        assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
    }
}

#[test]
fn a_server_that_hears_no_key_exchange_does_not_blame_the_key() {
    let mut pair = player(&RIGHT).network(|number, _, _| {
        if number < BEFORE_LAST_FLIGHT {
            Fate::Deliver
        } else {
            Fate::Drop
        }
    });
    pair.pass(DEADLINE);
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::HandshakeTimeout]
    );
}

#[test]
fn a_client_that_hears_nothing_does_not_blame_the_key() {
    let mut pair = player(&RIGHT).network(|_, _, _| Fate::Drop);
    pair.pass(DEADLINE);
    assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout));
}

#[test]
fn any_datagram_may_be_lost() {
    for lost in 0..6 {
        let mut pair = player(&RIGHT).losing(&[lost]);
        pair.connect();
        assert_eq!(pair.elapsed(), Duration::from_secs(1), "{lost}");
    }
}

#[test]
fn a_client_with_a_key_has_no_cipher_in_common_with_a_server_with_a_certificate() {
    let mut pair = Pair::between(
        &psk_client("player", &RIGHT),
        &Identity::self_signed(&["server.test"]).server_options(),
    );
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(HANDSHAKE_FAILURE)));
    assert_eq!(pair.server_failures, [Failure::CookieExchange, Failure::NoSharedCipher]);
}

#[test]
fn a_client_without_a_key_has_no_cipher_in_common_with_a_server_with_keys() {
    let mut pair = Pair::between(
        &ClientOptions::new(Verification::None),
        &psk_server(&[("player", &RIGHT)]),
    );
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(HANDSHAKE_FAILURE)));
    assert_eq!(pair.server_failures, [Failure::CookieExchange, Failure::NoSharedCipher]);
}

#[test]
fn a_cipher_list_never_lets_a_certificate_stand_in_for_the_key() {
    let mut client = psk_client("player", &RIGHT);
    client.settings.cipher_list = Some(CipherList::new("ECDHE+AESGCM:ECDHE-PSK-CHACHA20-POLY1305").unwrap());
    let stranger = Identity::self_signed(&["server.test"]).server_options();
    let mut pair = Pair::between(&client, &stranger);
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(HANDSHAKE_FAILURE)));
    Pair::between(&client, &psk_server(&[("player", &RIGHT)])).connect();
}

#[test]
fn a_cipher_list_without_a_suite_for_keys_is_refused() {
    let list = CipherList::new("ECDHE+CHACHA20:ECDHE+AESGCM:-kECDHEPSK").unwrap();
    let mut client = psk_client("player", &RIGHT);
    client.settings.cipher_list = Some(list.clone());
    assert!(matches!(
        ClientConfig::new(&client),
        Err(ConfigError::CiphersWithoutPsk)
    ));
    let mut server = psk_server(&[("player", &RIGHT)]);
    server.settings.cipher_list = Some(list);
    assert!(matches!(
        ServerConfig::new(&server),
        Err(ConfigError::CiphersWithoutPsk)
    ));
}
