//! dimpl as the peer, in both roles: an implementation of DTLS 1.2 that shares no code with OpenSSL.

use std::sync::Arc;
use std::time::Duration;

use dimpl::crypto::Dtls12CipherSuite;
use dimpl::{Dtls, DtlsCertificate, NamedGroup};
use openssl::nid::Nid;
use openssl_dtls::core::{Event, Failure, Verification};

use crate::support::{Contents, DimplPair, Identity, MTU, dimpl_certificate, dimpl_config, ec_key, events, packets};

const DEADLINE: Duration = Duration::from_secs(20);

/// Our server and dimpl's client.
fn our_server() -> DimplPair {
    our_server_for(dimpl_config())
}

fn our_server_for(config: dimpl::ConfigBuilder) -> DimplPair {
    let identity = Identity::self_signed(&["server.test"]);
    DimplPair::with_our_server(&identity, |now| {
        Dtls::new_12(Arc::new(config.build().unwrap()), dimpl_certificate(&identity), now)
    })
}

/// Our client and dimpl's server.
fn our_client() -> DimplPair {
    DimplPair::with_our_client(dimpl_config())
}

/// Our side as a client, and as a server.
const ROLES: [fn() -> DimplPair; 2] = [our_client, our_server];

fn connect(pair: &mut DimplPair) {
    pair.run();
    assert!(
        pair.is_connected(),
        "ours: {:?}, theirs failed: {}",
        pair.ours.failure(),
        pair.told.failed
    );
}

fn exchange(pair: &mut DimplPair) {
    pair.lost.clear();
    pair.ours.send(b"to dimpl").unwrap();
    pair.theirs.send_application_data(b"from dimpl").unwrap();
    pair.tick();
    assert_eq!(pair.told.packets.pop().as_deref(), Some(&b"to dimpl"[..]));
    assert_eq!(packets(&mut pair.ours), [b"from dimpl"]);
}

#[test]
fn our_client_connects_and_exchanges_data() {
    let mut pair = our_client();
    connect(&mut pair);
    assert_eq!(pair.elapsed(), Duration::ZERO);
    assert_eq!(pair.ours.protocol_version(), "DTLSv1.2");
    exchange(&mut pair);
}

#[test]
fn our_server_connects_and_exchanges_data() {
    let mut pair = our_server();
    connect(&mut pair);
    assert_eq!(pair.elapsed(), Duration::ZERO);
    assert_eq!(pair.failures, [Failure::CookieExchange]);
    assert_eq!(pair.ours.cipher_name(), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    exchange(&mut pair);
}

#[test]
fn a_certificate_that_is_not_der_is_told_by_what_is_wrong_with_it() {
    let identity = Identity::self_signed(&["server.test"]);
    let padded = DtlsCertificate {
        certificate: identity.padded_der(),
        ..dimpl_certificate(&identity)
    };
    let mut pair = DimplPair::with_server_certificate(dimpl_config(), padded, &Verification::None);
    pair.run_until(|pair| pair.ours.failure().is_some());
    match pair.ours.failure() {
        Some(Failure::Protocol(reason)) => assert!(reason.contains("superfluous zero"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn our_client_connects_to_a_server_that_asks_for_no_cookie() {
    let mut pair = DimplPair::with_our_client(dimpl_config().use_server_cookie(false));
    connect(&mut pair);
    assert_eq!(pair.elapsed(), Duration::ZERO);
    exchange(&mut pair);
}

#[test]
fn dimpl_sees_our_certificate() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut pair = DimplPair::with_our_server(&identity, |now| {
        Dtls::new_12(
            Arc::new(dimpl_config().build().unwrap()),
            dimpl_certificate(&identity),
            now,
        )
    });
    connect(&mut pair);
    assert_eq!(pair.told.certificate, identity.chain[0].to_der().unwrap());
}

#[test]
fn any_datagram_of_the_handshake_may_be_lost() {
    for make in ROLES {
        for lost in 0.. {
            let mut pair = make().losing(&[lost]);
            connect(&mut pair);
            assert!(pair.elapsed() < DEADLINE, "{lost} lost: {:?}", pair.elapsed());
            let reached = pair.sent.len() > lost;
            exchange(&mut pair);
            if !reached {
                assert!(lost >= 6, "a handshake of {lost} datagrams");
                break;
            }
        }
    }
}

#[test]
fn any_two_datagrams_of_the_handshake_may_be_lost() {
    for make in ROLES {
        for (first, second) in (0..8).flat_map(|first| (first + 1..9).map(move |second| (first, second))) {
            let mut pair = make().losing(&[first, second]);
            connect(&mut pair);
            assert!(
                pair.elapsed() < DEADLINE,
                "{first}, {second} lost: {:?}",
                pair.elapsed()
            );
            exchange(&mut pair);
        }
    }
}

#[test]
fn many_packets_of_many_sizes_go_both_ways() {
    for make in ROLES {
        let mut pair = make();
        connect(&mut pair);
        for length in (1..=1100).step_by(37) {
            let packet: Vec<_> = (0..length).map(|index| index as u8).collect();
            pair.ours.send(&packet).unwrap();
            pair.theirs.send_application_data(&packet).unwrap();
            pair.tick();
            assert_eq!(packets(&mut pair.ours), std::slice::from_ref(&packet));
            assert_eq!(std::mem::take(&mut pair.told.packets), [packet]);
        }
    }
}

#[test]
fn dimpl_sees_our_close() {
    for make in ROLES {
        let mut pair = make();
        connect(&mut pair);
        pair.ours.close();
        pair.tick();
        assert!(pair.told.closed);
    }
}

#[test]
fn we_see_dimpls_close() {
    for make in ROLES {
        let mut pair = make();
        connect(&mut pair);
        events(&mut pair.ours);
        pair.theirs.close().unwrap();
        pair.tick();
        assert_eq!(events(&mut pair.ours), [Event::Closed]);
    }
}

#[test]
fn each_cipher_suite_of_ours_is_spoken() {
    for (suite, name) in [
        (
            Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256,
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            Dtls12CipherSuite::ECDHE_ECDSA_AES256_GCM_SHA384,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        (
            Dtls12CipherSuite::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256,
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
    ] {
        let mut pair = our_server_for(dimpl_config().dtls12_cipher_suites(&[suite]));
        connect(&mut pair);
        assert_eq!(pair.ours.cipher_name(), name);
        exchange(&mut pair);
        // Whatever the suite puts around it: the largest packet fills one datagram.
        pair.ours.send(&vec![7; pair.ours.max_packet_size()]).unwrap();
        pair.tick();
        assert_eq!(pair.sent.last().map(Vec::len), Some(MTU), "{name}");
    }
}

#[test]
fn each_group_is_spoken_that_the_certificate_allows() {
    // The curve of the certificate has to be among the client's groups.
    for (groups, curve) in [
        (&[NamedGroup::X25519, NamedGroup::Secp256r1][..], Nid::X9_62_PRIME256V1),
        (&[NamedGroup::Secp256r1][..], Nid::X9_62_PRIME256V1),
        (&[NamedGroup::Secp384r1][..], Nid::SECP384R1),
    ] {
        let contents = Contents {
            common_name: "server.test",
            ..Contents::default()
        };
        let identity = Identity::self_signed_with(ec_key(curve), &contents);
        let config = Arc::new(dimpl_config().kx_groups(groups).build().unwrap());
        let mut pair =
            DimplPair::with_our_server(&identity, |now| Dtls::new_12(config, dimpl_certificate(&identity), now));
        connect(&mut pair);
        exchange(&mut pair);
    }
}

#[test]
fn a_client_without_the_group_of_the_certificate_is_refused() {
    let mut pair = our_server_for(dimpl_config().kx_groups(&[NamedGroup::Secp384r1]));
    pair.run();
    assert_eq!(pair.ours.failure(), Some(&Failure::NoSharedCipher));
}

#[test]
fn a_client_that_would_rather_speak_dtls_1_3_connects_with_1_2() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut pair = DimplPair::with_our_server(&identity, |now| {
        Dtls::new_auto(
            Arc::new(dimpl_config().build().unwrap()),
            dimpl_certificate(&identity),
            now,
        )
    });
    connect(&mut pair);
    assert_eq!(pair.ours.protocol_version(), "DTLSv1.2");
    exchange(&mut pair);
}

#[test]
fn a_client_that_only_speaks_dtls_1_3_does_not_get_past_first_contact() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut pair = DimplPair::with_our_server(&identity, |now| {
        Dtls::new_13(
            Arc::new(dimpl_config().build().unwrap()),
            dimpl_certificate(&identity),
            now,
        )
    });
    pair.run();
    assert!(pair.told.failed);
    assert_eq!(pair.ours.failure(), Some(&Failure::CookieExchange));
}
