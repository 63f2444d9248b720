//! The application protocol that both sides agree on (RFC 7301).

use openssl_dtls::core::Failure;
use openssl_dtls::core::settings::AlpnProtocols;

use crate::support::{Identity, Pair, Peers};

const NO_APPLICATION_PROTOCOL: u8 = 120;

fn protocols(names: &[&str]) -> AlpnProtocols {
    AlpnProtocols::new(names.iter().map(|name| name.as_bytes())).unwrap()
}

/// A client and a server with these protocols.
fn peers(client: &[&str], server: &[&str]) -> Peers {
    let identity = Identity::self_signed(&["server.test"]);
    let (mut of_client, mut of_server) = (identity.client_options(), identity.server_options());
    of_client.settings.alpn = protocols(client);
    of_server.settings.alpn = protocols(server);
    Peers::with(&of_client, &of_server)
}

/// The protocol of a connection, on which both sides have to agree.
fn agreed(pair: &mut Pair) -> String {
    pair.connect();
    let protocol = pair.client.alpn_protocol().to_vec();
    assert_eq!(pair.server().alpn_protocol(), protocol);
    String::from_utf8(protocol).unwrap()
}

fn agree(client: &[&str], server: &[&str]) -> String {
    agreed(&mut peers(client, server).pair())
}

#[test]
fn the_protocol_in_common_is_agreed_on() {
    assert_eq!(agree(&["chess", "go"], &["checkers", "go"]), "go");
}

#[test]
fn the_server_prefers() {
    assert_eq!(agree(&["chess", "go"], &["go", "chess"]), "go");
}

#[test]
fn a_part_of_a_name_is_another_name() {
    let mut pair = peers(&["chess2"], &["chess"]).pair();
    pair.run();
    assert_eq!(pair.server_failures.last(), Some(&Failure::NoApplicationProtocol));
}

#[test]
fn a_client_that_has_none_of_the_servers_is_refused() {
    let mut pair = peers(&["chess"], &["go"]).pair();
    pair.run();
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::NoApplicationProtocol]
    );
    assert_eq!(
        pair.client.failure(),
        Some(&Failure::PeerAlert(NO_APPLICATION_PROTOCOL))
    );
}

#[test]
fn a_client_that_does_not_ask_connects_without_one() {
    assert_eq!(agree(&[], &["chess"]), "");
}

#[test]
fn a_server_that_has_none_connects_without_one() {
    assert_eq!(agree(&["chess"], &[]), "");
}

#[test]
fn none_is_agreed_on_before_the_handshake_is_complete() {
    let mut pair = peers(&["chess"], &["chess"]).pair();
    assert_eq!(pair.client.alpn_protocol(), b"");
    for _ in 0..4 {
        assert!(pair.deliver_one());
        assert_eq!(pair.client.alpn_protocol(), b"");
    }
}

#[test]
fn the_longest_names_are_agreed_on() {
    let long = "x".repeat(255);
    assert_eq!(agree(&["a", &long], &[&long]), long);
}

#[test]
fn a_resumed_connection_agrees_anew() {
    let peers = peers(&["chess", "go"], &["chess"]);
    assert_eq!(agreed(&mut peers.pair()), "chess");
    let mut pair = peers.pair();
    assert_eq!(agreed(&mut pair), "chess");
    assert!(pair.client.is_resumed());
}

#[test]
fn a_resumed_connection_goes_by_what_the_server_wants_now() {
    let identity = Identity::self_signed(&["server.test"]);
    let (mut client, mut server) = (identity.client_options(), identity.server_options());
    client.settings.alpn = protocols(&["chess", "go"]);
    server.settings.alpn = protocols(&["chess"]);
    let peers = Peers::with(&client, &server);
    assert_eq!(agreed(&mut peers.pair()), "chess");
    server.settings.alpn = protocols(&["go"]);
    peers.set_server(&server);
    assert_eq!(agreed(&mut peers.pair()), "go");
}
