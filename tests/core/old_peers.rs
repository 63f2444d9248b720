//! Peers that speak only what is not safe any more: they are refused, and each side learns why (RFC 9325).

use std::time::{Duration, Instant};

use openssl::ssl::{SslContextBuilder, SslVersion};
use openssl_dtls::core::{Failure, Session, State};

use crate::support::{Contents, Direction, Identity, Pair, PlainPeer, client, p256_key, rsa_key};

/// Alerts (RFC 5246, section 7.2).
const HANDSHAKE_FAILURE: u8 = 40;

const SECONDS: Duration = Duration::from_secs(3);

/// What a peer speaks.
type Choice = fn(&mut SslContextBuilder);

fn only_dtls_1_0(context: &mut SslContextBuilder) {
    context.set_security_level(0);
    context.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
    context.set_min_proto_version(Some(SslVersion::DTLS1)).unwrap();
    context.set_max_proto_version(Some(SslVersion::DTLS1)).unwrap();
}

/// Suites that OpenSSL still has, and we have not, each with what is wrong with it.
const SUITES: [(&str, Choice); 5] = [
    ("CBC", |context| {
        context
            .set_cipher_list("ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA")
            .unwrap();
    }),
    ("RSA key exchange", |context| {
        context.set_cipher_list("AES128-GCM-SHA256:AES256-GCM-SHA384").unwrap();
    }),
    ("DHE", |context| {
        context.set_cipher_list("DHE-RSA-AES128-GCM-SHA256").unwrap();
    }),
    ("CCM", |context| {
        context.set_cipher_list("ECDHE-ECDSA-AES128-CCM").unwrap();
    }),
    ("a short tag", |context| {
        context.set_cipher_list("ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0").unwrap();
    }),
];

fn identities() -> [Identity; 2] {
    let contents = Contents {
        common_name: "server.test",
        ..Contents::default()
    };
    [rsa_key(2048), p256_key()].map(|key| Identity::self_signed_with(key, &contents))
}

/// What our server and a client say of each other.
fn refused_client(identity: &Identity, choose: Choice) -> (Option<Failure>, Option<String>) {
    let options = (identity.client_options(), identity.server_options());
    let mut pair = Pair::between(&options.0, &options.1);
    let mut theirs = PlainPeer::client_with(choose);
    for _ in 0..4 {
        let before = pair.sent.len();
        for datagram in theirs.advance() {
            pair.arrive(Direction::ToServer, &datagram);
        }
        let answers = pair.sent[before..].iter().filter(|sent| sent.1 == Direction::ToClient);
        answers.for_each(|(_, _, datagram)| theirs.take(datagram));
    }
    assert!(!theirs.is_connected());
    (pair.server_failures.pop(), theirs.failure)
}

#[test]
fn a_client_that_speaks_only_dtls_1_0_is_refused() {
    for identity in identities() {
        let (ours, theirs) = refused_client(&identity, only_dtls_1_0);
        assert_eq!(ours, Some(Failure::ProtocolVersion));
        assert!(
            theirs
                .as_ref()
                .is_some_and(|reason| reason.contains("protocol version")),
            "{theirs:?}"
        );
    }
}

#[test]
fn a_client_with_no_suite_but_unsafe_ones_is_refused() {
    for (what, choose) in SUITES {
        for identity in identities() {
            let (ours, theirs) = refused_client(&identity, choose);
            assert_eq!(ours, Some(Failure::NoSharedCipher), "{what}");
            assert!(
                theirs
                    .as_ref()
                    .is_some_and(|reason| reason.contains("handshake failure")),
                "{what}: {theirs:?}"
            );
        }
    }
}

/// Why our client gives a server up, which it does soon.
fn refused_server(identity: &Identity, choose: Choice) -> Option<Failure> {
    let start = Instant::now();
    let (mut now, mut ours) = (start, client(start));
    let mut theirs = PlainPeer::server_with(identity, choose);
    let mut datagram = Vec::new();
    while ours.state() == State::Handshaking {
        while ours.poll_transmit(&mut datagram) {
            theirs.take(&datagram);
        }
        for datagram in theirs.advance() {
            ours.handle_datagram(&datagram, now);
        }
        if let Some(due) = Session::next_timeout(&ours) {
            now = now.max(due);
            ours.handle_timeout(now);
        }
    }
    assert!(!theirs.is_connected());
    assert!(now - start <= SECONDS, "{:?}", now - start);
    ours.failure().cloned()
}

#[test]
fn a_server_that_speaks_only_dtls_1_0_is_given_up() {
    for identity in identities() {
        // It finds no suite before it finds no version.
        let failure = refused_server(&identity, only_dtls_1_0);
        assert_eq!(failure, Some(Failure::PeerAlert(HANDSHAKE_FAILURE)));
    }
}

#[test]
fn a_server_with_no_suite_but_unsafe_ones_is_given_up() {
    for (what, choose) in SUITES {
        for identity in identities() {
            let failure = refused_server(&identity, choose);
            assert_eq!(failure, Some(Failure::PeerAlert(HANDSHAKE_FAILURE)), "{what}");
        }
    }
}

#[test]
fn both_sides_bind_their_keys_to_the_handshake_and_compress_nothing() {
    // Extended master secret (RFC 7627): without it, one who is in the middle of two handshakes can splice them.
    const EXTENDED_MASTER_SECRET: [u8; 4] = [0, 23, 0, 0];
    let mut pair = Pair::new();
    pair.connect();
    let server_hello = pair.server_message(2).unwrap();
    for hello in [&pair.sent[2].2, &server_hello] {
        assert!(
            hello.windows(4).any(|part| part == EXTENDED_MASTER_SECRET),
            "{hello:x?}"
        );
    }
    // Version, random, session id, suite, compression: none.
    let session_id = usize::from(server_hello[34]);
    assert_eq!(server_hello[35 + session_id + 2], 0);
}
