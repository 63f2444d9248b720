//! Servers that are known by the fingerprint of their certificate, and by nothing else.

use openssl_dtls::core::{
    CertificateFailure, CertificateProblem, Failure, Fingerprint, Identity as OwnIdentity, ServerName, Session,
    Verification,
};

use crate::support::{Authority, Contents, Identity, Pair, client_config, p256_key, rsa_key, wire};

const HOST: &str = "server.test";

fn fingerprint(identity: &Identity) -> Fingerprint {
    identity.checked().fingerprint().unwrap()
}

fn pair(server: &Identity, pins: &[Fingerprint]) -> Pair {
    Pair::with(server, &Verification::Pinned(pins.to_vec()), HOST)
}

fn expect_connected(server: &Identity, pins: &[Fingerprint]) {
    pair(server, pins).connect();
}

/// Why the client refuses.
fn refusal(mut pair: Pair) -> CertificateFailure {
    pair.run();
    match pair.client.failure() {
        Some(Failure::Certificate(failure)) => failure.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_with_the_pinned_certificate_is_taken() {
    let server = Identity::self_signed(&[HOST]);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_server_with_another_certificate_is_refused() {
    let (server, other) = (Identity::self_signed(&[HOST]), Identity::self_signed(&[HOST]));
    let failure = refusal(pair(&server, &[fingerprint(&other)]));
    assert_eq!(failure.problem(), CertificateProblem::PinMismatch);
    assert_eq!((failure.depth, failure.subject.as_str()), (0, "CN=server.test"));
}

#[test]
fn another_certificate_for_the_same_key_is_refused() {
    let contents = Contents {
        common_name: HOST,
        ..Contents::default()
    };
    let server = Identity::self_signed_with(p256_key(), &contents);
    let again = Identity::self_signed_with(server.key.clone(), &contents);
    let failure = refusal(pair(&again, &[fingerprint(&server)]));
    assert_eq!(failure.problem(), CertificateProblem::PinMismatch);
}

#[test]
fn a_server_that_is_refused_is_told_so() {
    let server = Identity::self_signed(&[HOST]);
    let mut pair = pair(&server, &[fingerprint(&Identity::self_signed(&[HOST]))]);
    pair.run();
    assert!(matches!(
        pair.server_failures[..],
        [Failure::CookieExchange, Failure::PeerAlert(_)]
    ));
}

#[test]
fn any_of_several_pins_is_taken() {
    let (old, new) = (Identity::self_signed(&[HOST]), Identity::self_signed(&[HOST]));
    let pins = [fingerprint(&old), fingerprint(&new)];
    expect_connected(&old, &pins);
    expect_connected(&new, &pins);
}

#[test]
fn without_a_pin_no_server_is_taken() {
    let failure = refusal(pair(&Identity::self_signed(&[HOST]), &[]));
    assert_eq!(failure.problem(), CertificateProblem::PinMismatch);
}

#[test]
fn the_pin_of_an_issuer_does_not_count() {
    let root = Authority::new("root");
    let server = root.issue(&[HOST]).with_intermediate(&root);
    let pin = Fingerprint::of(root.certificate()).unwrap();
    let failure = refusal(pair(&server, &[pin]));
    assert_eq!(failure.problem(), CertificateProblem::PinMismatch);
}

#[test]
fn a_pinned_certificate_may_have_expired() {
    let contents = Contents {
        common_name: HOST,
        days: -30..-1,
        ..Contents::default()
    };
    let server = Identity::self_signed_with(p256_key(), &contents);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_pinned_certificate_need_not_be_valid_yet() {
    let contents = Contents {
        common_name: HOST,
        days: 1..30,
        ..Contents::default()
    };
    let server = Identity::self_signed_with(p256_key(), &contents);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_pinned_certificate_may_have_any_name() {
    let server = Identity::self_signed(&["other.test"]);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_pinned_certificate_may_be_of_any_authority() {
    let server = Authority::new("root").intermediate("intermediate").issue(&[HOST]);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_pinned_certificate_may_come_with_its_issuers() {
    let root = Authority::new("root");
    let intermediate = root.intermediate("intermediate");
    let server = intermediate
        .issue(&[HOST])
        .with_intermediate(&intermediate)
        .with_intermediate(&root);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_pinned_certificate_may_be_meant_for_clients() {
    let server = Authority::new("players").issue_player("player");
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn a_pinned_certificate_may_have_a_weak_issuer() {
    let server = Authority::with_key(rsa_key(1024), "root", None).issue(&[HOST]);
    expect_connected(&server, &[fingerprint(&server)]);
}

#[test]
fn whoever_has_the_certificate_without_its_key_is_refused() {
    // The answer of the true server, signed by it for this handshake, is damaged on its way.
    const SERVER_KEY_EXCHANGE: u8 = 12;
    let server = Identity::self_signed(&[HOST]);
    let mut pair = pair(&server, &[fingerprint(&server)]).mangling(|_, flight| {
        let records = wire::records(flight);
        let is_signed = |record: &&[u8]| wire::message_type(record) == Some(SERVER_KEY_EXCHANGE);
        if let Some(signed) = records.iter().copied().find(is_signed) {
            let last_byte = signed.as_ptr() as usize - flight.as_ptr() as usize + signed.len() - 1;
            flight[last_byte] ^= 1;
        }
    });
    pair.run();
    assert!(
        matches!(pair.client.failure(), Some(Failure::Protocol(_))),
        "{:?}",
        pair.client.failure()
    );
}

#[test]
fn a_self_signed_identity_is_taken_by_its_fingerprint() {
    let made = OwnIdentity::self_signed("lobby", &["192.0.2.2", "lobby.test"], 30).unwrap();
    let server = Identity {
        key: openssl_dtls::core::pem::private_key(&made.key_pem().unwrap(), "").unwrap(),
        chain: openssl_dtls::core::pem::certificates(&made.chain_pem().unwrap()).unwrap(),
    };
    expect_connected(&server, &[made.fingerprint().unwrap()]);
}

#[test]
fn the_fingerprint_is_the_sha_256_of_the_certificate() {
    let server = Identity::self_signed(&[HOST]);
    let digest = openssl::sha::sha256(&server.leaf().to_der().unwrap());
    let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(fingerprint(&server).to_string(), expected);
}

/// The server name in the ClientHello of a client with a pin.
fn sent_name(name: &ServerName) -> Option<String> {
    let pin = fingerprint(&Identity::self_signed(&[HOST]));
    let config = client_config(&Verification::Pinned(vec![pin]));
    let mut client = Session::client(&config, name, std::time::Instant::now()).unwrap();
    let mut hello = Vec::new();
    assert!(client.poll_transmit(&mut hello));
    wire::server_name(&hello)
}

#[test]
fn the_name_of_a_pinned_server_is_sent() {
    assert_eq!(sent_name(&ServerName::Host(HOST.into())).as_deref(), Some(HOST));
}

#[test]
fn no_address_is_sent_as_the_name_of_a_pinned_server() {
    for host in ["192.0.2.2", "2001:db8::1", ""] {
        assert_eq!(sent_name(&ServerName::Host(host.into())), None, "{host:?}");
    }
    assert_eq!(sent_name(&ServerName::PeerAddress), None);
}

#[test]
fn a_pinned_server_may_be_reached_by_its_address() {
    let server = Identity::self_signed(&[HOST]);
    let verification = Verification::Pinned(vec![fingerprint(&server)]);
    for name in [ServerName::PeerAddress, ServerName::Host("192.0.2.2".into())] {
        Pair::with_name(&server, &verification, &name).connect();
    }
}
