//! Which certificates a client takes: the rules of the engine's own classes.

use openssl_dtls::core::{Failure, ServerName, Session, TrustStore, Verification};

use crate::support::wire;
use crate::support::{Authority, Contents, Identity, Pair, address, client_config, p256_key, rsa_key, trust};

/// What OpenSSL says of a certificate that is refused: numbers of `x509_vfy.h`.
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
const SELF_SIGNED: i32 = 18;
const SELF_SIGNED_IN_CHAIN: i32 = 19;
const ISSUER_MISSING: i32 = 20;
const WRONG_PURPOSE: i32 = 26;
const HOSTNAME_MISMATCH: i32 = 62;
const ADDRESS_MISMATCH: i32 = 64;
const AUTHORITY_KEY_TOO_SMALL: i32 = 67;

const HOST: &str = "server.test";

/// Lets a client connect to a server with `identity`. The error is why the certificate was refused.
fn connect(identity: &Identity, verification: &Verification, name: &ServerName) -> Result<(), i32> {
    let mut pair = Pair::with_name(identity, verification, name);
    pair.run();
    match pair.client.failure() {
        None => {
            assert!(pair.is_connected());
            pair.exchange();
            Ok(())
        }
        Some(failure @ Failure::Certificate(reason)) => {
            let is_name = [HOSTNAME_MISMATCH, ADDRESS_MISMATCH].contains(&reason.result.as_raw());
            assert_eq!(failure.is_name_mismatch(), is_name, "{failure}");
            Err(reason.result.as_raw())
        }
        Some(other) => panic!("{other}"),
    }
}

/// Full verification for the server `host`.
fn verify(identity: &Identity, trust: TrustStore, host: &str) -> Result<(), i32> {
    connect(identity, &Verification::Full(trust), &ServerName::Host(host.into()))
}

/// Full verification of a trusted certificate with this common name and these alternative names.
fn verify_name(common_name: &str, alternative_names: &[&str], host: &str) -> Result<(), i32> {
    let contents = Contents {
        common_name,
        alternative_names,
        ..Contents::default()
    };
    let identity = Identity::self_signed_with(p256_key(), &contents);
    verify(&identity, identity.trust(), host)
}

/// A server's certificate out of the ordinary, of a trusted authority.
fn verify_contents(contents: &Contents<'_>) -> Result<(), i32> {
    let authority = Authority::new("root");
    verify(&authority.issue_with(p256_key(), contents), authority.trust(), HOST)
}

#[test]
fn an_alternative_name_matches_in_any_case() {
    for host in ["server.test", "SERVER.test", "Server.Test"] {
        assert_eq!(verify_name("any", &["Server.test"], host), Ok(()), "{host}");
    }
}

#[test]
fn any_of_several_alternative_names_matches() {
    for host in ["one.test", "two.test"] {
        assert_eq!(
            verify_name("any", &["one.test", "192.0.2.9", "two.test"], host),
            Ok(()),
            "{host}"
        );
    }
}

#[test]
fn another_name_does_not_match() {
    for host in ["other.test", "a.server.test", "erver.test", "server.testing", "test"] {
        assert_eq!(verify_name(HOST, &[HOST], host), Err(HOSTNAME_MISMATCH), "{host}");
    }
}

#[test]
fn a_wildcard_matches_one_label() {
    assert_eq!(verify_name("any", &["*.wild.test"], "a.wild.test"), Ok(()));
}

#[test]
fn a_wildcard_does_not_match_two_labels_or_none() {
    for host in ["a.b.wild.test", "wild.test"] {
        assert_eq!(
            verify_name("any", &["*.wild.test"], host),
            Err(HOSTNAME_MISMATCH),
            "{host}"
        );
    }
}

#[test]
fn a_part_of_a_label_is_no_wildcard() {
    assert_eq!(
        verify_name("any", &["s*.wild.test"], "server.wild.test"),
        Err(HOSTNAME_MISMATCH)
    );
}

#[test]
fn the_common_name_does_not_count_beside_a_dns_name() {
    assert_eq!(verify_name(HOST, &["other.test"], HOST), Err(HOSTNAME_MISMATCH));
}

#[test]
fn the_common_name_does_not_count_beside_an_address() {
    assert_eq!(verify_name(HOST, &["192.0.2.9"], HOST), Err(HOSTNAME_MISMATCH));
}

#[test]
fn the_common_name_counts_in_a_certificate_without_alternative_names() {
    assert_eq!(verify_name(HOST, &[], HOST), Ok(()));
    assert_eq!(verify_name("other.test", &[], HOST), Err(HOSTNAME_MISMATCH));
}

#[test]
fn a_common_name_need_not_be_a_dns_name() {
    assert_eq!(verify_name("My Game Server", &[], "My Game Server"), Ok(()));
    assert_eq!(
        verify_name("My Game Server", &[], "Your Game Server"),
        Err(HOSTNAME_MISMATCH)
    );
}

#[test]
fn a_name_with_a_trailing_dot_does_not_match() {
    assert_eq!(verify_name(HOST, &[HOST], "server.test."), Err(HOSTNAME_MISMATCH));
}

#[test]
fn a_name_with_a_leading_dot_does_not_match() {
    assert_eq!(
        verify_name("any", &["a.server.test"], ".server.test"),
        Err(HOSTNAME_MISMATCH)
    );
}

#[test]
fn an_address_matches_the_same_address() {
    assert_eq!(verify_name("any", &["192.0.2.9"], "192.0.2.9"), Ok(()));
    assert_eq!(verify_name("any", &["2001:db8::9"], "2001:db8:0::9"), Ok(()));
}

#[test]
fn an_address_does_not_match_another() {
    assert_eq!(verify_name("any", &["192.0.2.9"], "192.0.2.8"), Err(ADDRESS_MISMATCH));
    assert_eq!(verify_name("any", &[HOST], "192.0.2.9"), Err(ADDRESS_MISMATCH));
}

#[test]
fn an_address_counts_as_a_common_name_without_alternative_names() {
    assert_eq!(verify_name("192.0.2.9", &[], "192.0.2.9"), Ok(()));
    assert_eq!(verify_name("192.0.2.8", &[], "192.0.2.9"), Err(ADDRESS_MISMATCH));
    assert_eq!(verify_name("192.0.2.9", &[HOST], "192.0.2.9"), Err(ADDRESS_MISMATCH));
}

#[test]
fn an_empty_hostname_never_matches() {
    assert_eq!(verify_name(HOST, &[HOST], ""), Err(HOSTNAME_MISMATCH));
    assert_eq!(verify_name(HOST, &[], ""), Err(HOSTNAME_MISMATCH));
}

#[test]
fn a_chain_to_a_trusted_root_is_taken() {
    let root = Authority::new("root");
    let intermediate = root.intermediate("intermediate");
    let mut identity = intermediate.issue(&[HOST]);
    identity.chain.push(intermediate.certificate().clone());
    assert_eq!(verify(&identity, root.trust(), HOST), Ok(()));
}

#[test]
fn a_trusted_intermediate_is_enough() {
    let intermediate = Authority::new("root").intermediate("intermediate");
    assert_eq!(verify(&intermediate.issue(&[HOST]), intermediate.trust(), HOST), Ok(()));
}

#[test]
fn an_issued_certificate_is_not_trusted_by_itself() {
    let identity = Authority::new("root").issue(&[HOST]);
    assert_eq!(verify(&identity, trust(&identity.chain[0]), HOST), Err(ISSUER_MISSING));
}

#[test]
fn an_issued_certificate_for_an_address_is_not_trusted_by_itself() {
    let contents = Contents {
        common_name: "192.0.2.9",
        ..Contents::default()
    };
    let identity = Authority::new("root").issue_with(p256_key(), &contents);
    assert_eq!(
        verify(&identity, trust(&identity.chain[0]), "192.0.2.9"),
        Err(ISSUER_MISSING)
    );
}

#[test]
fn a_self_signed_certificate_is_trusted_by_itself() {
    for is_authority in [true, false] {
        let contents = Contents {
            common_name: HOST,
            is_authority,
            ..Contents::default()
        };
        let identity = Identity::self_signed_with(p256_key(), &contents);
        assert_eq!(verify(&identity, identity.trust(), HOST), Ok(()), "{is_authority}");
    }
}

#[test]
fn a_self_signed_certificate_that_is_not_trusted_is_refused() {
    let stranger = Authority::new("stranger");
    let identity = Identity::self_signed(&[HOST]);
    assert_eq!(verify(&identity, stranger.trust(), HOST), Err(SELF_SIGNED));
}

#[test]
fn a_chain_to_a_root_that_is_not_trusted_is_refused() {
    let root = Authority::new("root");
    let mut identity = root.issue(&[HOST]);
    identity.chain.push(root.certificate().clone());
    assert_eq!(
        verify(&identity, Authority::new("stranger").trust(), HOST),
        Err(SELF_SIGNED_IN_CHAIN)
    );
}

#[test]
fn an_authority_of_the_same_name_is_not_the_same() {
    let identity = Authority::new("root").issue(&[HOST]);
    assert!(verify(&identity, Authority::new("root").trust(), HOST).is_err());
}

#[test]
fn a_missing_intermediate_is_refused() {
    let root = Authority::new("root");
    let identity = root.intermediate("intermediate").issue(&[HOST]);
    assert_eq!(verify(&identity, root.trust(), HOST), Err(ISSUER_MISSING));
}

#[test]
fn a_certificate_for_clients_is_refused() {
    let contents = Contents {
        common_name: HOST,
        for_clients_only: true,
        ..Contents::default()
    };
    assert_eq!(verify_contents(&contents), Err(WRONG_PURPOSE));
}

#[test]
fn an_expired_certificate_is_refused() {
    let contents = Contents {
        common_name: HOST,
        days: -30..-1,
        ..Contents::default()
    };
    assert_eq!(verify_contents(&contents), Err(EXPIRED));
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused() {
    let contents = Contents {
        common_name: HOST,
        days: 1..30,
        ..Contents::default()
    };
    assert_eq!(verify_contents(&contents), Err(NOT_YET_VALID));
}

#[test]
fn an_authority_with_an_rsa_key_of_1024_bits_is_refused() {
    let authority = Authority::with_key(rsa_key(1024), "root", None);
    assert_eq!(
        verify(&authority.issue(&[HOST]), authority.trust(), HOST),
        Err(AUTHORITY_KEY_TOO_SMALL)
    );
}

#[test]
fn chain_verification_takes_any_name() {
    let root = Authority::new("root");
    for name in [
        ServerName::Host("other.test".into()),
        ServerName::Host(String::new()),
        ServerName::PeerAddress,
    ] {
        assert_eq!(
            connect(&root.issue(&[HOST]), &Verification::Chain(root.trust()), &name),
            Ok(()),
            "{name:?}"
        );
    }
}

#[test]
fn chain_verification_refuses_a_chain_that_is_not_trusted() {
    let verification = Verification::Chain(Authority::new("stranger").trust());
    let identity = Identity::self_signed(&[HOST]);
    assert_eq!(
        connect(&identity, &verification, &ServerName::Host(HOST.into())),
        Err(SELF_SIGNED)
    );
}

#[test]
fn no_verification_takes_anything() {
    let contents = Contents {
        common_name: "other.test",
        for_clients_only: true,
        days: -30..-1,
        ..Contents::default()
    };
    let identity = Authority::new("stranger").issue_with(p256_key(), &contents);
    for name in [
        ServerName::Host(HOST.into()),
        ServerName::Host(String::new()),
        ServerName::PeerAddress,
    ] {
        assert_eq!(connect(&identity, &Verification::None, &name), Ok(()), "{name:?}");
    }
}

#[test]
fn the_peers_address_matches_the_certificate_for_it() {
    // The server of a pair has the address 192.0.2.2.
    let identity = Identity::self_signed(&["192.0.2.2"]);
    assert_eq!(
        connect(
            &identity,
            &Verification::Full(identity.trust()),
            &ServerName::PeerAddress
        ),
        Ok(())
    );
}

#[test]
fn the_peers_address_does_not_match_the_certificate_for_another() {
    for name in ["192.0.2.3", HOST] {
        let identity = Identity::self_signed(&[name]);
        let outcome = connect(
            &identity,
            &Verification::Full(identity.trust()),
            &ServerName::PeerAddress,
        );
        assert_eq!(outcome, Err(ADDRESS_MISMATCH), "{name}");
    }
}

/// A client for the peer's address, and a server with a certificate for 192.0.2.2.
fn pair_for_address(told: Option<&str>) -> Pair {
    let identity = Identity::self_signed(&["192.0.2.2"]);
    let config = client_config(&Verification::Full(identity.trust()));
    let mut pair = Pair::with_name(&identity, &Verification::None, &ServerName::PeerAddress);
    pair.client = Session::client(&config, &ServerName::PeerAddress, pair.now).unwrap();
    if let Some(told) = told {
        pair.client.set_peer_address(address(told));
    }
    pair
}

#[test]
fn an_address_of_a_dual_stack_socket_is_the_ipv4_address() {
    pair_for_address(Some("[::ffff:192.0.2.2]:4433")).connect();
}

#[test]
fn a_client_that_was_not_told_the_peers_address_refuses() {
    let mut pair = pair_for_address(None);
    pair.run();
    assert!(pair.client.failure().is_some_and(Failure::is_name_mismatch));
}

#[test]
fn the_address_of_the_first_datagram_decides() {
    let mut pair = pair_for_address(Some("192.0.2.2:4433"));
    pair.client.set_peer_address(address("192.0.2.3:4433"));
    pair.connect();
}

/// The server name in the ClientHello of a client.
fn sent_name(verification: &Verification, name: &ServerName) -> Option<String> {
    let config = client_config(verification);
    let mut client = Session::client(&config, name, std::time::Instant::now()).unwrap();
    let mut hello = Vec::new();
    assert!(client.poll_transmit(&mut hello));
    wire::server_name(&hello)
}

#[test]
fn the_name_of_a_server_is_sent_where_it_is_verified() {
    let verification = Verification::Full(Authority::new("root").trust());
    assert_eq!(
        sent_name(&verification, &ServerName::Host(HOST.into())).as_deref(),
        Some(HOST)
    );
}

#[test]
fn no_address_is_sent_as_a_name() {
    let verification = Verification::Full(Authority::new("root").trust());
    for host in ["192.0.2.2", "2001:db8::1", ""] {
        assert_eq!(
            sent_name(&verification, &ServerName::Host(host.into())),
            None,
            "{host:?}"
        );
    }
    assert_eq!(sent_name(&verification, &ServerName::PeerAddress), None);
}

#[test]
fn no_name_is_sent_where_none_is_verified() {
    for verification in [Verification::None, Verification::Chain(Authority::new("root").trust())] {
        assert_eq!(sent_name(&verification, &ServerName::Host(HOST.into())), None);
    }
}
