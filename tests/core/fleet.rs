//! Servers behind one address, any of which takes a client of the others.

use std::time::{Duration, Instant};

use openssl_dtls::core::settings::SharedSecret;
use openssl_dtls::core::{ClientVerification, Contact, Failure, Listener, ServerConfig, ServerOptions};

use crate::support::wire::NEW_SESSION_TICKET;
use crate::support::{Authority, CLIENT_ADDRESS, Identity, Pair, Peers, address, client, psk_client, psk_server};

const KEY: [u8; 32] = [7; 32];

/// Options of a server with this ticket key.
fn sharing(identity: &Identity, ticket_key: &[u8]) -> ServerOptions {
    ServerOptions {
        ticket_key: Some(SharedSecret::new(ticket_key).unwrap()),
        ..identity.server_options()
    }
}

#[test]
fn a_server_with_the_same_ticket_key_resumes() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut peers = Peers::acquainted_with(&identity.client_options(), &sharing(&identity, &[1; 32]));
    peers.replace_server(&sharing(&identity, &[1; 32]));
    assert!(peers.resumes());
}

#[test]
fn a_server_with_another_ticket_key_does_not_resume() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut peers = Peers::acquainted_with(&identity.client_options(), &sharing(&identity, &[1; 32]));
    peers.replace_server(&sharing(&identity, &[2; 32]));
    assert!(!peers.resumes());
}

#[test]
fn a_ticket_key_may_be_replaced_one_server_after_the_other() {
    let identity = Identity::self_signed(&["server.test"]);
    let peers = Peers::acquainted_with(&identity.client_options(), &sharing(&identity, &[1; 32]));
    peers.set_server(&sharing(&identity, &[2; 32]));
    let mut pair = peers.pair();
    pair.run();
    assert!(pair.client.is_resumed());
    let ticket = pair.server_message(NEW_SESSION_TICKET);
    assert!(ticket.is_some(), "a ticket of the new key comes along");
    peers.set_server(&sharing(&identity, &[3; 32]));
    assert!(peers.resumes());
}

#[test]
fn a_ticket_of_the_key_before_the_last_is_not_taken() {
    let identity = Identity::self_signed(&["server.test"]);
    let peers = Peers::acquainted_with(&identity.client_options(), &sharing(&identity, &[1; 32]));
    peers.set_server(&sharing(&identity, &[2; 32]));
    peers.set_server(&sharing(&identity, &[3; 32]));
    assert!(!peers.resumes());
}

#[test]
fn a_fleet_resumes_only_under_the_same_rules_for_clients() {
    let authority = Authority::new("players");
    let server = Identity::self_signed(&["server.test"]);
    let options = |clients| ServerOptions {
        ticket_key: Some(SharedSecret::new(&[1; 32]).unwrap()),
        ..server.server_asking(clients)
    };
    let mut peers = Peers::acquainted_with(&server.client_options(), &options(ClientVerification::None));
    peers.replace_server(&options(ClientVerification::Optional(authority.trust())));
    assert!(!peers.resumes());
}

#[test]
fn a_session_with_a_pre_shared_key_is_not_resumed_by_a_server_with_certificates() {
    let server = |options| ServerOptions {
        ticket_key: Some(SharedSecret::new(&[1; 32]).unwrap()),
        ..options
    };
    let mut peers = Peers::acquainted_with(&psk_client("player", &KEY), &server(psk_server(&[("player", &KEY)])));
    peers.replace_server(&server(Identity::self_signed(&["server.test"]).server_options()));
    let mut pair = peers.pair();
    pair.run();
    assert_eq!(pair.server_failures.last(), Some(&Failure::NoSharedCipher));
}

/// Options of a server with this cookie secret.
fn sharing_cookies(secret: u8) -> ServerOptions {
    ServerOptions {
        cookie_secret: Some(SharedSecret::new(&[secret; 32]).unwrap()),
        ..Identity::self_signed(&["server.test"]).server_options()
    }
}

fn listener(options: &ServerOptions, now: Instant) -> Listener {
    Listener::new(ServerConfig::new(options).unwrap(), now).unwrap()
}

/// A ClientHello with a cookie of this server.
fn hello_with_cookie(listener: &mut Listener, now: Instant) -> Vec<u8> {
    let mut client = client(now);
    let mut hello = Vec::new();
    assert!(client.poll_transmit(&mut hello));
    let Contact::Reply(request) = listener.handle(address(CLIENT_ADDRESS), &hello, now) else {
        panic!("no HelloVerifyRequest");
    };
    client.handle_datagram(&request, now);
    assert!(client.poll_transmit(&mut hello));
    hello
}

fn accepts(listener: &mut Listener, hello: &[u8], now: Instant) -> bool {
    matches!(
        listener.handle(address(CLIENT_ADDRESS), hello, now),
        Contact::Accepted(_)
    )
}

#[test]
fn a_server_with_the_same_cookie_secret_takes_the_cookie() {
    let now = Instant::now();
    let hello = hello_with_cookie(&mut listener(&sharing_cookies(1), now), now);
    assert!(accepts(&mut listener(&sharing_cookies(1), now), &hello, now));
}

#[test]
fn a_server_with_another_cookie_secret_does_not_take_the_cookie() {
    let now = Instant::now();
    let hello = hello_with_cookie(&mut listener(&sharing_cookies(1), now), now);
    assert!(!accepts(&mut listener(&sharing_cookies(2), now), &hello, now));
}

#[test]
fn a_shared_cookie_secret_is_not_replaced_by_time() {
    let now = Instant::now();
    let later = now + Duration::from_secs(24 * 3600);
    let hello = hello_with_cookie(&mut listener(&sharing_cookies(1), now), now);
    assert!(accepts(&mut listener(&sharing_cookies(1), now), &hello, later));
}

#[test]
fn a_cookie_secret_may_be_replaced_one_server_after_the_other() {
    let now = Instant::now();
    let mut server = listener(&sharing_cookies(1), now);
    let hello = hello_with_cookie(&mut server, now);
    let set = |server: &mut Listener, secret| {
        let config = ServerConfig::new(&sharing_cookies(secret)).unwrap();
        server.set_config(config, now).unwrap();
    };
    set(&mut server, 2);
    assert!(accepts(&mut server, &hello, now), "of the secret before");
    set(&mut server, 3);
    assert!(!accepts(&mut server, &hello, now));
}

#[test]
fn a_handshake_begins_at_one_server_and_is_complete_at_another() {
    let secret = SharedSecret::new(&[1; 32]).unwrap();
    let identity = Identity::self_signed(&["server.test"]);
    let options = ServerOptions {
        cookie_secret: Some(secret),
        ..identity.server_options()
    };
    let mut pair = Pair::between(&identity.client_options(), &options);
    assert!(pair.deliver_one(), "the first server answers with a cookie");
    *pair.listener.lock() = listener(&options, pair.now);
    pair.connect();
    assert_eq!(pair.server_failures, [Failure::CookieExchange]);
}
