//! The handshake on a network that loses nothing.

use openssl_dtls::core::{self, Event, Failure};

use crate::support::{Direction, Pair};

#[test]
fn both_sides_connect_and_exchange_data() {
    let mut pair = Pair::new();
    pair.connect();
    assert_eq!(pair.elapsed().as_micros(), 0);
    assert_eq!(pair.server_failures, [Failure::CookieExchange]);
    assert_eq!(pair.client.poll_event(), Some(Event::Connected));
    assert_eq!(pair.client.poll_event(), None);
}

#[test]
fn dtls_1_2_with_aes_128_gcm_is_negotiated() {
    let mut pair = Pair::new();
    pair.connect();
    assert_eq!(pair.client.protocol_version(), "DTLSv1.2");
    assert_eq!(pair.client.cipher_name(), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    assert_eq!(pair.server().cipher_name(), pair.client.cipher_name());
}

#[test]
fn the_linked_openssl_has_the_repairs_of_4_0_3() {
    assert!(
        core::openssl_version_number() >= 0x4000_0030,
        "{}",
        core::openssl_version()
    );
}

#[test]
fn each_flight_is_one_datagram() {
    let mut pair = Pair::new();
    pair.run();
    let directions: Vec<_> = pair.sent.iter().map(|(_, direction, _)| *direction).collect();
    use Direction::{ToClient, ToServer};
    assert_eq!(directions, [ToServer, ToClient, ToServer, ToClient, ToServer, ToClient]);
}

#[test]
fn sessions_and_listeners_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let pair = Pair::new();
    is_send(&pair.client);
    is_send(&pair.listener);
}
