//! Servers with a certificate for each of several names, which clients ask for (SNI, RFC 6066, section 3).

use openssl_dtls::core::settings::{AlpnProtocols, CipherList};
use openssl_dtls::core::{
    ClientOptions, ClientVerification, ConfigError, Failure, ServedHost, ServerConfig, ServerCredentials, ServerName,
    ServerOptions, Verification, subject_text,
};

use crate::support::{Authority, Contents, Identity, Pair, Peers, ec_key, rsa_key};

fn served(hosts: &[(&str, &Identity)]) -> Vec<(ServedHost, openssl_dtls::core::Identity)> {
    let served = |(name, identity): &(&str, &Identity)| (ServedHost::new(name).unwrap(), identity.checked());
    hosts.iter().map(served).collect()
}

/// A server that shows `identity` where none of `hosts` is asked for.
fn server_asking(identity: &Identity, hosts: &[(&str, &Identity)], clients: ClientVerification) -> ServerOptions {
    ServerOptions::new(ServerCredentials::Certificates {
        identity: identity.checked(),
        hosts: served(hosts),
        clients,
    })
}

fn server(identity: &Identity, hosts: &[(&str, &Identity)]) -> ServerOptions {
    server_asking(identity, hosts, ClientVerification::None)
}

/// A client that trusts `authority` and asks for `host`.
fn connect(authority: &Authority, server: &ServerOptions, host: &str) -> Pair {
    let client = ClientOptions::new(Verification::Full(authority.trust()));
    let mut pair = Pair::with_options(&client, server, &ServerName::Host(host.into()));
    pair.connect();
    pair
}

/// The subject of the certificate that a client sees which asks for `name` and then takes anything.
fn shown(server: &ServerOptions, name: &str) -> String {
    // A pin makes the client send the name; what it then thinks of the certificate does not matter.
    let client = ClientOptions::new(Verification::Pinned(Vec::new()));
    let mut pair = Pair::with_options(&client, server, &ServerName::Host(name.into()));
    pair.deliver();
    match pair.client.failure() {
        Some(Failure::Certificate(failure)) => failure.subject.clone(),
        other => panic!("{other:?}"),
    }
}

fn named(name: &str) -> Identity {
    Identity::self_signed(&[name])
}

#[test]
fn a_client_sees_the_certificate_of_the_name_that_it_asks_for() {
    let server = server(
        &named("default"),
        &[("one.test", &named("one")), ("two.test", &named("two"))],
    );
    assert_eq!(shown(&server, "one.test"), "CN=one");
    assert_eq!(shown(&server, "two.test"), "CN=two");
}

#[test]
fn a_client_that_asks_for_another_name_sees_the_default_certificate() {
    let server = server(&named("default"), &[("one.test", &named("one"))]);
    for name in ["other.test", "test", "a.one.test", "one.test.other"] {
        assert_eq!(shown(&server, name), "CN=default", "{name}");
    }
}

#[test]
fn a_client_that_asks_for_no_name_sees_the_default_certificate() {
    let server = server(&named("default"), &[("one.test", &named("one"))]);
    for address in ["192.0.2.2", ""] {
        assert_eq!(shown(&server, address), "CN=default", "{address:?}");
    }
}

#[test]
fn case_does_not_matter() {
    let server = server(&named("default"), &[("One.test", &named("one"))]);
    assert_eq!(shown(&server, "oNe.TEST"), "CN=one");
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let server = server(&named("default"), &[("*.wild.test", &named("wild"))]);
    assert_eq!(shown(&server, "a.wild.test"), "CN=wild");
    assert_eq!(shown(&server, "a.b.wild.test"), "CN=default");
    assert_eq!(shown(&server, "wild.test"), "CN=default");
}

#[test]
fn the_first_name_that_matches_counts() {
    let (exact, wild) = (named("exact"), named("wild"));
    let exact_first = server(&named("default"), &[("a.test", &exact), ("*.test", &wild)]);
    assert_eq!(shown(&exact_first, "a.test"), "CN=exact");
    let wild_first = server(&named("default"), &[("*.test", &wild), ("a.test", &exact)]);
    assert_eq!(shown(&wild_first, "a.test"), "CN=wild");
}

#[test]
fn each_name_passes_full_verification() {
    let authority = Authority::new("root");
    let (one, two) = (authority.issue(&["one.test"]), authority.issue(&["two.test"]));
    let server = server(
        &authority.issue(&["server.test"]),
        &[("one.test", &one), ("two.test", &two)],
    );
    for host in ["server.test", "one.test", "two.test"] {
        let mut pair = connect(&authority, &server, host);
        assert_eq!(
            subject_text(&pair.client.peer_certificate().unwrap()),
            format!("CN={host}")
        );
        assert!(!pair.server().is_resumed());
    }
}

#[test]
fn each_name_comes_with_its_own_intermediates() {
    let root = Authority::new("root");
    let chain = |name: &str| {
        let intermediate = root.intermediate(&format!("intermediate of {name}"));
        intermediate.issue(&[name]).with_intermediate(&intermediate)
    };
    let server = server(&chain("server.test"), &[("one.test", &chain("one.test"))]);
    for host in ["server.test", "one.test"] {
        connect(&root, &server, host);
    }
}

#[test]
fn names_may_have_keys_of_different_kinds() {
    let authority = Authority::new("root");
    let issue = |key, name| {
        let contents = Contents {
            common_name: name,
            ..Contents::default()
        };
        authority.issue_with(key, &contents)
    };
    let rsa = issue(rsa_key(2048), "rsa.test");
    let p384 = issue(ec_key(openssl::nid::Nid::SECP384R1), "p384.test");
    let server = server(
        &authority.issue(&["server.test"]),
        &[("rsa.test", &rsa), ("p384.test", &p384)],
    );
    for host in ["server.test", "rsa.test", "p384.test"] {
        connect(&authority, &server, host);
    }
}

#[test]
fn clients_prove_themselves_whatever_name_they_ask_for() {
    let (authority, players) = (Authority::new("root"), Authority::new("players"));
    let one = authority.issue(&["one.test"]);
    let server = server_asking(
        &authority.issue(&["server.test"]),
        &[("one.test", &one)],
        ClientVerification::Required(players.trust()),
    );
    let client = ClientOptions {
        identity: Some(players.issue_player("player").checked()),
        ..ClientOptions::new(Verification::Full(authority.trust()))
    };
    for host in ["server.test", "one.test"] {
        let mut pair = Pair::with_options(&client, &server, &ServerName::Host(host.into()));
        pair.connect();
        assert_eq!(
            subject_text(&pair.server().peer_certificate().unwrap()),
            "CN=player",
            "{host}"
        );
    }
}

#[test]
fn a_client_without_a_certificate_is_refused_whatever_name_it_asks_for() {
    let (authority, players) = (Authority::new("root"), Authority::new("players"));
    let one = authority.issue(&["one.test"]);
    let server = server_asking(
        &authority.issue(&["server.test"]),
        &[("one.test", &one)],
        ClientVerification::Required(players.trust()),
    );
    let client = ClientOptions::new(Verification::Full(authority.trust()));
    for host in ["server.test", "one.test"] {
        let mut pair = Pair::with_options(&client, &server, &ServerName::Host(host.into()));
        pair.run();
        assert_eq!(
            pair.server_failures.last(),
            Some(&Failure::PeerCertificateRequired),
            "{host}"
        );
    }
}

#[test]
fn a_revoked_client_is_refused_whatever_name_it_asks_for() {
    let (authority, players) = (Authority::new("root"), Authority::new("players"));
    let banned = players.issue_player("banned");
    let trust = players.trust().with_crls(&players.revokes(&[banned.leaf()])).unwrap();
    let one = authority.issue(&["one.test"]);
    let server = server_asking(
        &authority.issue(&["server.test"]),
        &[("one.test", &one)],
        ClientVerification::Required(trust),
    );
    let client = ClientOptions {
        identity: Some(banned.checked()),
        ..ClientOptions::new(Verification::Full(authority.trust()))
    };
    for host in ["server.test", "one.test"] {
        let mut pair = Pair::with_options(&client, &server, &ServerName::Host(host.into()));
        pair.run();
        assert!(
            matches!(pair.server_failures.last(), Some(Failure::Certificate(_))),
            "{host}"
        );
    }
}

#[test]
fn the_settings_hold_whatever_name_is_asked_for() {
    let authority = Authority::new("root");
    let one = authority.issue(&["one.test"]);
    let mut server = server(&authority.issue(&["server.test"]), &[("one.test", &one)]);
    let chess = AlpnProtocols::new([&b"chess"[..]]).unwrap();
    server.settings.alpn = chess.clone();
    server.settings.cipher_list = Some(CipherList::new("ECDHE+CHACHA20").unwrap());
    let mut client = ClientOptions::new(Verification::Full(authority.trust()));
    client.settings.alpn = chess;
    for host in ["server.test", "one.test"] {
        let mut pair = Pair::with_options(&client, &server, &ServerName::Host(host.into()));
        pair.connect();
        assert_eq!(pair.server().alpn_protocol(), b"chess", "{host}");
        assert!(pair.client.cipher_name().contains("CHACHA20"), "{host}");
    }
}

#[test]
fn each_name_is_resumed() {
    let authority = Authority::new("root");
    let one = authority.issue(&["one.test"]);
    let server = server(&authority.issue(&["server.test"]), &[("one.test", &one)]);
    let peers = Peers::with(&ClientOptions::new(Verification::Full(authority.trust())), &server);
    for resumed in [false, true] {
        for host in ["server.test", "one.test"] {
            let mut pair = peers.pair_for(&ServerName::Host(host.into()));
            pair.connect();
            assert_eq!(pair.client.is_resumed(), resumed, "{host}");
            let subject = subject_text(&pair.client.peer_certificate().unwrap());
            assert_eq!(subject, format!("CN={host}"));
        }
    }
}

#[test]
fn a_certificate_of_a_host_on_a_curve_that_is_no_group_is_refused() {
    use openssl_dtls::core::settings::Groups;
    let mut options = server(&named("default"), &[("one.test", &named("one"))]);
    options.settings.groups = Groups::new("X25519:P-384").unwrap();
    assert!(matches!(
        ServerConfig::new(&options),
        Err(ConfigError::CurveNotAllowed("P-256"))
    ));
}
