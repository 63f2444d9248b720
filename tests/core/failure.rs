//! Why a handshake failed: what each side is told, in classes and in words.

use openssl_dtls::core::settings::{AlpnProtocols, CipherList, Settings};
use openssl_dtls::core::{CertificateFailure, CertificateProblem, Failure, Fingerprint, TrustStore, Verification};

use crate::support::wire::{self, CLIENT_HELLO};
use crate::support::{Authority, Contents, Identity, Pair, p256_key};

const HOST: &str = "server.test";

/// Alerts (RFC 5246, section 7.2, and RFC 7301, section 3.2).
const HANDSHAKE_FAILURE: u8 = 40;
const BAD_CERTIFICATE: u8 = 42;
const UNSUPPORTED_CERTIFICATE: u8 = 43;
const CERTIFICATE_REVOKED: u8 = 44;
const CERTIFICATE_EXPIRED: u8 = 45;
const UNKNOWN_CA: u8 = 48;
const PROTOCOL_VERSION: u8 = 70;
const NO_APPLICATION_PROTOCOL: u8 = 120;

/// A message of the handshake, in plain text.
const SERVER_HELLO: u8 = 2;

/// Where the version stands in a ClientHello or ServerHello at the start of a datagram.
const HELLO_VERSION: std::ops::Range<usize> = 25..27;
const DTLS_1_0: [u8; 2] = [0xfe, 0xff];

/// Why the client of `pair` refuses the server's certificate. The server is told with `alert`.
fn refusal_of(mut pair: Pair, alert: u8) -> CertificateFailure {
    pair.run();
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::PeerAlert(alert)]
    );
    match pair.client.failure() {
        Some(Failure::Certificate(failure)) => failure.clone(),
        other => panic!("{other:?}"),
    }
}

fn refusal(server: &Identity, trust: TrustStore, alert: u8) -> CertificateFailure {
    refusal_of(Pair::with(server, &Verification::Full(trust), HOST), alert)
}

/// Why a certificate with these contents is refused, though its authority is trusted.
fn refusal_of_contents(contents: &Contents<'_>, alert: u8) -> CertificateFailure {
    let authority = Authority::new("root");
    refusal(&authority.issue_with(p256_key(), contents), authority.trust(), alert)
}

#[test]
fn a_certificate_of_a_stranger_is_untrusted() {
    let failure = refusal(
        &Identity::self_signed(&[HOST]),
        Authority::new("root").trust(),
        UNKNOWN_CA,
    );
    assert_eq!(failure.problem(), CertificateProblem::Untrusted);
}

#[test]
fn an_expired_certificate_has_expired() {
    let contents = Contents {
        common_name: HOST,
        days: -30..-1,
        ..Contents::default()
    };
    let failure = refusal_of_contents(&contents, CERTIFICATE_EXPIRED);
    assert_eq!(failure.problem(), CertificateProblem::Expired);
}

#[test]
fn a_certificate_of_tomorrow_is_not_valid_yet() {
    let contents = Contents {
        common_name: HOST,
        days: 1..30,
        ..Contents::default()
    };
    let failure = refusal_of_contents(&contents, BAD_CERTIFICATE);
    assert_eq!(failure.problem(), CertificateProblem::NotYetValid);
}

#[test]
fn an_expired_intermediate_is_the_one_that_has_expired() {
    let root = Authority::new("root");
    let intermediate = root.intermediate_during("intermediate", -30..-1);
    let server = intermediate.issue(&[HOST]).with_intermediate(&intermediate);
    let failure = refusal(&server, root.trust(), CERTIFICATE_EXPIRED);
    assert_eq!(failure.problem(), CertificateProblem::Expired);
    assert_eq!((failure.depth, failure.subject.as_str()), (1, "CN=intermediate"));
}

#[test]
fn a_revoked_certificate_is_revoked() {
    let authority = Authority::new("root");
    let server = authority.issue(&[HOST]);
    let list = authority.revokes(&[server.leaf()]);
    let failure = refusal(
        &server,
        authority.trust().with_crls(&list).unwrap(),
        CERTIFICATE_REVOKED,
    );
    assert_eq!(failure.problem(), CertificateProblem::Revoked);
}

#[test]
fn a_certificate_for_clients_has_another_purpose() {
    let contents = Contents {
        common_name: HOST,
        for_clients_only: true,
        ..Contents::default()
    };
    let failure = refusal_of_contents(&contents, UNSUPPORTED_CERTIFICATE);
    assert_eq!(failure.problem(), CertificateProblem::Purpose);
}

#[test]
fn a_certificate_for_another_name_is_another_servers() {
    let other = Identity::self_signed(&["other.test"]);
    let failure = refusal(&other, other.trust(), BAD_CERTIFICATE);
    assert_eq!(failure.problem(), CertificateProblem::HostnameMismatch);
}

#[test]
fn a_certificate_for_another_address_is_another_servers() {
    let other = Identity::self_signed(&["192.0.2.9"]);
    let pair = Pair::with(&other, &Verification::Full(other.trust()), "192.0.2.2");
    let failure = refusal_of(pair, BAD_CERTIFICATE);
    assert_eq!(failure.problem(), CertificateProblem::HostnameMismatch);
}

#[test]
fn without_its_intermediate_a_chain_is_incomplete() {
    let root = Authority::new("root");
    let server = root.intermediate("intermediate").issue(&[HOST]);
    let failure = refusal(&server, root.trust(), UNKNOWN_CA);
    assert_eq!(failure.problem(), CertificateProblem::ChainIncomplete);
    assert_eq!((failure.depth, failure.subject.as_str()), (0, "CN=server.test"));
}

#[test]
fn without_its_upper_intermediate_a_chain_is_incomplete() {
    let root = Authority::new("root");
    let lower = root.intermediate("upper").intermediate("lower");
    let server = lower.issue(&[HOST]).with_intermediate(&lower);
    let failure = refusal(&server, root.trust(), UNKNOWN_CA);
    assert_eq!(failure.problem(), CertificateProblem::ChainIncomplete);
    assert_eq!((failure.depth, failure.subject.as_str()), (1, "CN=lower"));
}

#[test]
fn another_fingerprint_is_a_pin_mismatch() {
    let pin = Fingerprint::of(Identity::self_signed(&[HOST]).leaf()).unwrap();
    let pair = Pair::with(&Identity::self_signed(&[HOST]), &Verification::Pinned(vec![pin]), HOST);
    let failure = refusal_of(pair, HANDSHAKE_FAILURE);
    assert_eq!(failure.problem(), CertificateProblem::PinMismatch);
}

/// What each side of a handshake says in the end.
fn failures(mut pair: Pair) -> (Failure, Failure) {
    pair.run();
    let client = pair.client.failure().expect("the client fails").clone();
    (client, pair.server_failures.pop().expect("the server fails"))
}

/// A pair with these settings of the client and of the server.
fn pair_with(client: Settings, server: Settings) -> Pair {
    let identity = Identity::self_signed(&[HOST]);
    let mut client_options = identity.client_options();
    client_options.settings = client;
    let mut server_options = identity.server_options();
    server_options.settings = server;
    Pair::between(&client_options, &server_options)
}

fn ciphers(list: &str) -> Settings {
    Settings {
        cipher_list: Some(CipherList::new(list).unwrap()),
        ..Settings::default()
    }
}

#[test]
fn without_a_common_cipher_suite_there_is_no_shared_cipher() {
    let pair = pair_with(ciphers("ECDHE+CHACHA20"), ciphers("ECDHE+AESGCM"));
    assert_eq!(
        failures(pair),
        (Failure::PeerAlert(HANDSHAKE_FAILURE), Failure::NoSharedCipher)
    );
}

fn alpn(name: &str) -> Settings {
    Settings {
        alpn: AlpnProtocols::new([name.as_bytes()]).unwrap(),
        ..Settings::default()
    }
}

#[test]
fn without_a_common_application_protocol_there_is_none() {
    assert_eq!(
        failures(pair_with(alpn("chess"), alpn("checkers"))),
        (
            Failure::PeerAlert(NO_APPLICATION_PROTOCOL),
            Failure::NoApplicationProtocol
        )
    );
}

/// A pair in which each hello of this type becomes one of DTLS 1.0.
fn downgraded(message_type: u8) -> Pair {
    Pair::new().mangling(move |_, datagram| {
        if wire::message_type(datagram) == Some(message_type) {
            datagram[HELLO_VERSION].copy_from_slice(&DTLS_1_0);
        }
    })
}

#[test]
fn a_client_of_dtls_1_0_has_no_version_in_common_with_the_server() {
    let pair = downgraded(CLIENT_HELLO);
    assert_eq!(
        failures(pair),
        (Failure::PeerAlert(PROTOCOL_VERSION), Failure::ProtocolVersion)
    );
}

#[test]
fn a_server_of_dtls_1_0_has_no_version_in_common_with_the_client() {
    let pair = downgraded(SERVER_HELLO);
    assert_eq!(
        failures(pair),
        (Failure::ProtocolVersion, Failure::PeerAlert(PROTOCOL_VERSION))
    );
}

#[test]
fn the_detail_of_a_certificate_names_the_error_and_where_it_is() {
    let contents = Contents {
        common_name: HOST,
        organisations: &["a, b"],
        days: -30..-1,
        ..Contents::default()
    };
    let failure = Failure::Certificate(refusal_of_contents(&contents, CERTIFICATE_EXPIRED));
    assert_eq!(
        failure.detail(),
        r#"X.509 error 10 (certificate has expired) at depth 0, subject "O=a\, b,CN=server.test""#
    );
    assert_eq!(failure.to_string(), "the other side's certificate has expired");
}

#[test]
fn the_detail_of_an_incomplete_chain_is_what_openssl_says() {
    let root = Authority::new("root");
    let server = root.intermediate("intermediate").issue(&[HOST]);
    let failure = Failure::Certificate(refusal(&server, root.trust(), UNKNOWN_CA));
    assert_eq!(
        failure.detail(),
        r#"X.509 error 20 (unable to get local issuer certificate) at depth 0, subject "CN=server.test""#
    );
    assert!(failure.to_string().contains("full chain"), "{failure}");
}

#[test]
fn the_detail_of_an_alert_is_its_name_and_number() {
    for (number, name) in [
        (0, "close_notify"),
        (40, "handshake_failure"),
        (42, "bad_certificate"),
        (43, "unsupported_certificate"),
        (44, "certificate_revoked"),
        (45, "certificate_expired"),
        (46, "certificate_unknown"),
        (48, "unknown_ca"),
        (51, "decrypt_error"),
        (70, "protocol_version"),
        (80, "internal_error"),
        (115, "unknown_psk_identity"),
        (116, "certificate_required"),
        (120, "no_application_protocol"),
        (255, "unknown"),
    ] {
        let failure = Failure::PeerAlert(number);
        assert_eq!(failure.detail(), format!("alert {name} ({number})"));
        assert_eq!(
            failure.to_string(),
            format!("the peer ended the connection with alert {number} ({name})")
        );
    }
}

/// The subject in the failure of a certificate of this organisation.
fn failing_subject(organisations: &[&str]) -> String {
    let contents = Contents {
        common_name: HOST,
        organisations,
        days: -30..-1,
        ..Contents::default()
    };
    refusal_of_contents(&contents, CERTIFICATE_EXPIRED).subject
}

#[test]
fn a_subject_of_256_bytes_is_whole() {
    // Each part has its `O=` and a comma; the common name has `CN=`.
    let last = "a".repeat(64);
    let organisations = [
        &last[..],
        &last,
        &last,
        &last[..256 - 3 * 67 - 3 - "CN=server.test".len()],
    ];
    let subject = failing_subject(&organisations);
    assert_eq!(subject.len(), 256);
    assert!(subject.ends_with(",CN=server.test"), "{subject}");
}

#[test]
fn a_longer_subject_is_cut() {
    let subject = failing_subject(&["a".repeat(64).as_str(); 6]);
    assert_eq!(subject.len(), 256);
    assert!(subject.starts_with("O=aaa"));
}

#[test]
fn a_subject_is_not_cut_within_a_character() {
    let letters = "ü".repeat(64);
    let subject = failing_subject(&[letters.as_str(); 4]);
    // `O=`, 64 letters of two bytes, `,O=`: the next letters end at 255 and at 257.
    assert_eq!(subject.len(), 255);
    assert!(subject.ends_with('ü'));
}
