//! Sessions that go on where an earlier one has ended (RFC 5077).

use std::time::Duration;

use openssl_dtls::core::{ClientVerification, Failure};

use crate::support::wire::NEW_SESSION_TICKET;
use crate::support::{Authority, Direction, Identity, Peers, psk_client, psk_server};

const KEY: [u8; 32] = [7; 32];

/// A player with a certificate, a server that requires one, and both after their first connection.
fn acquainted_player(authority: &Authority) -> (Identity, Identity, Peers) {
    let server = Identity::self_signed(&["server.test"]);
    let player = authority.issue_player("player");
    let clients = ClientVerification::Required(authority.trust());
    let peers = Peers::acquainted_with(&server.client_showing(&player), &server.server_asking(clients));
    (server, player, peers)
}

#[test]
fn the_second_connection_is_resumed() {
    assert!(Peers::acquainted().resumes());
}

#[test]
fn each_further_connection_is_resumed() {
    let peers = Peers::acquainted();
    for _ in 0..5 {
        assert!(peers.resumes());
    }
}

#[test]
fn a_resumed_handshake_takes_fewer_datagrams() {
    let peers = Peers::new();
    let counts = [(); 2].map(|()| {
        let mut pair = peers.pair();
        pair.run();
        pair.sent.len()
    });
    assert_eq!(counts, [6, 5]);
}

#[test]
fn a_resumed_handshake_takes_fewer_bytes() {
    let peers = Peers::new();
    let [full, resumed] = [(); 2].map(|()| {
        let mut pair = peers.pair();
        pair.run();
        let from_server = pair.sent.iter().filter(|(_, way, _)| *way == Direction::ToClient);
        from_server.map(|(_, _, datagram)| datagram.len()).sum::<usize>()
    });
    assert!(2 * resumed < full, "{resumed} instead of {full} bytes");
}

#[test]
fn a_resumed_connection_has_keys_of_its_own() {
    let peers = Peers::new();
    let [first, second] = [peers.connect(), peers.connect()].map(|pair| {
        let material = pair.client.export_keying_material("EXPORTER-test", 32, None);
        material.unwrap()
    });
    assert_ne!(first, second);
}

#[test]
fn a_resumed_connection_has_the_cipher_and_the_group_of_the_first() {
    let peers = Peers::new();
    let [first, second] = [peers.connect(), peers.connect()].map(|pair| {
        (
            pair.client.cipher_name(),
            pair.client.group_name(),
            pair.client.protocol_version(),
        )
    });
    assert_eq!(first, second);
}

#[test]
fn the_certificate_of_the_server_is_known_after_resumption() {
    let peers = Peers::new();
    let [first, second] =
        [peers.connect(), peers.connect()].map(|pair| pair.client.peer_certificate().unwrap().to_der().unwrap());
    assert_eq!(first, second);
}

#[test]
fn any_datagram_of_a_resumed_handshake_may_be_lost() {
    for lost in 0..5 {
        let peers = Peers::acquainted();
        let mut pair = peers.pair().losing(&[lost]);
        pair.run();
        assert_eq!(pair.elapsed(), Duration::from_secs(1), "{lost}");
        assert!(pair.client.is_resumed(), "{lost}");
        pair.exchange();
    }
}

#[test]
fn any_two_datagrams_of_a_resumed_handshake_may_be_lost() {
    for (first, second) in (0..6).flat_map(|first| (first + 1..7).map(move |second| (first, second))) {
        let peers = Peers::acquainted();
        let mut pair = peers.pair().losing(&[first, second]);
        pair.run();
        assert!(
            pair.client.is_resumed() && pair.server().is_resumed(),
            "{first}, {second}"
        );
        pair.calm();
        pair.exchange();
    }
}

#[test]
fn a_client_that_resumes_nothing_offers_no_ticket() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    client.settings.resumption = false;
    let peers = Peers::acquainted_with(&client, &identity.server_options());
    assert!(!peers.resumes());
    assert_eq!(peers.connect().server_message(NEW_SESSION_TICKET), None);
}

#[test]
fn a_server_that_resumes_nothing_gives_no_ticket() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    server.settings.resumption = false;
    let peers = Peers::acquainted_with(&identity.client_options(), &server);
    assert!(!peers.resumes());
    assert_eq!(peers.connect().server_message(NEW_SESSION_TICKET), None);
}

#[test]
fn a_server_that_no_longer_resumes_takes_no_ticket() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    let peers = Peers::acquainted_with(&identity.client_options(), &server);
    server.settings.resumption = false;
    peers.set_server(&server);
    assert!(!peers.resumes());
}

#[test]
fn a_session_whose_sides_fell_silent_is_resumed() {
    let peers = Peers::new();
    drop(peers.connect());
    assert!(peers.resumes());
}

#[test]
fn a_session_that_was_closed_is_resumed() {
    let peers = Peers::new();
    let mut pair = peers.connect();
    pair.client.close();
    pair.deliver();
    drop(pair);
    assert!(peers.resumes());
}

#[test]
fn a_session_that_the_server_closed_is_resumed() {
    let peers = Peers::new();
    let mut pair = peers.connect();
    pair.server().close();
    pair.deliver();
    drop(pair);
    assert!(peers.resumes());
}

#[test]
fn a_session_is_resumed_while_it_lives() {
    let peers = Peers::new();
    let mut first = peers.connect();
    let mut second = peers.connect();
    assert!(second.client.is_resumed());
    first.exchange();
    second.exchange();
}

#[test]
fn a_failed_attempt_is_forgotten() {
    let peers = Peers::acquainted();
    let mut pair = peers.pair().losing_everything();
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::HandshakeTimeout));
    assert!(!peers.resumes());
}

#[test]
fn the_ticket_of_another_server_leads_to_a_full_handshake() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut peers = Peers::acquainted_with(&identity.client_options(), &identity.server_options());
    peers.replace_server(&identity.server_options());
    assert!(!peers.resumes());
    assert!(peers.resumes(), "and the next one is resumed");
}

#[test]
fn new_options_of_the_server_keep_its_tickets() {
    let identity = Identity::self_signed(&["server.test"]);
    let peers = Peers::acquainted_with(&identity.client_options(), &identity.server_options());
    let renewed = Identity::self_signed(&["server.test"]);
    peers.set_server(&renewed.server_options());
    assert!(peers.resumes());
}

#[test]
fn the_certificate_of_the_client_is_known_after_resumption() {
    let authority = Authority::new("players");
    let (_, player, peers) = acquainted_player(&authority);
    let mut pair = peers.connect();
    assert!(pair.server().is_resumed());
    let found = pair.server().peer_certificate().unwrap();
    assert_eq!(found.to_der().unwrap(), player.leaf().to_der().unwrap());
}

#[test]
fn the_same_rules_for_clients_resume() {
    let authority = Authority::new("players");
    let (server, _, peers) = acquainted_player(&authority);
    peers.set_server(&server.server_asking(ClientVerification::Required(authority.trust())));
    assert!(peers.resumes());
}

#[test]
fn other_authorities_for_clients_do_not_resume() {
    let authority = Authority::new("players");
    let (server, _, peers) = acquainted_player(&authority);
    peers.set_server(&server.server_asking(ClientVerification::Required(Authority::new("others").trust())));
    let mut pair = peers.pair();
    pair.run();
    assert!(matches!(pair.server_failures.last(), Some(Failure::Certificate(_))));
}

#[test]
fn a_revoked_client_does_not_resume() {
    let authority = Authority::new("players");
    let (server, player, peers) = acquainted_player(&authority);
    let list = authority.revokes(&[player.leaf()]);
    let trust = authority.trust().with_crls(&list).unwrap();
    peers.set_server(&server.server_asking(ClientVerification::Required(trust)));
    let mut pair = peers.pair();
    pair.run();
    assert!(matches!(pair.server_failures.last(), Some(Failure::Certificate(_))));
}

#[test]
fn a_client_that_needed_no_certificate_does_not_resume_where_one_is_required() {
    let authority = Authority::new("players");
    let server = Identity::self_signed(&["server.test"]);
    for clients in [
        ClientVerification::None,
        ClientVerification::Optional(authority.trust()),
    ] {
        let peers = Peers::acquainted_with(&server.client_options(), &server.server_asking(clients));
        peers.set_server(&server.server_asking(ClientVerification::Required(authority.trust())));
        let mut pair = peers.pair();
        pair.run();
        assert_eq!(pair.server_failures.last(), Some(&Failure::PeerCertificateRequired));
    }
}

#[test]
fn a_pre_shared_key_is_looked_at_each_time() {
    let peers = Peers::acquainted_with(&psk_client("player", &KEY), &psk_server(&[("player", &KEY)]));
    assert!(!peers.resumes());
}

#[test]
fn a_pre_shared_key_that_was_taken_away_does_not_live_on_in_a_ticket() {
    let peers = Peers::acquainted_with(&psk_client("player", &KEY), &psk_server(&[("player", &KEY)]));
    peers.set_server(&psk_server(&[("other", &KEY)]));
    let mut pair = peers.pair();
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PskRejected));
}
