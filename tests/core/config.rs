//! What a script gives: what is wrong with it is said before any datagram is sent.

use std::time::Duration;

use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl_dtls::core::{self, ConfigError, Listener, ServerName, Session, TrustStore, Verification, pem};

use crate::support::{Authority, Contents, Identity, Pair, client_config, ec_key, p256_key, rsa_key};

fn refusal(identity: &Identity) -> ConfigError {
    core::Identity::new(identity.key.clone(), identity.chain.clone())
        .err()
        .expect("a refusal")
}

fn identity_with(key: PKey<Private>) -> Identity {
    let contents = Contents {
        common_name: "server.test",
        ..Contents::default()
    };
    Identity::self_signed_with(key, &contents)
}

fn connects_with(identity: &Identity) {
    let mut pair = Pair::with(identity, &Verification::Full(identity.trust()), "server.test");
    pair.connect();
}

#[test]
fn ec_keys_on_the_curves_of_nist_connect() {
    for curve in [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1] {
        connects_with(&identity_with(ec_key(curve)));
    }
}

#[test]
fn rsa_keys_of_2048_bits_connect() {
    connects_with(&identity_with(rsa_key(2048)));
}

#[test]
fn a_key_that_is_not_the_certificates_is_refused() {
    let mut identity = Identity::self_signed(&["server.test"]);
    identity.key = p256_key();
    assert!(matches!(refusal(&identity), ConfigError::KeyMismatch));
}

#[test]
fn a_key_of_another_kind_than_the_certificates_is_refused() {
    let mut identity = Identity::self_signed(&["server.test"]);
    identity.key = rsa_key(2048);
    assert!(matches!(refusal(&identity), ConfigError::KeyMismatch));
}

#[test]
fn a_chain_that_does_not_begin_with_the_servers_own_certificate_is_refused() {
    let authority = Authority::new("root");
    let mut identity = authority.issue(&["server.test"]);
    identity.chain.insert(0, authority.certificate().clone());
    assert!(matches!(refusal(&identity), ConfigError::KeyMismatch));
}

#[test]
fn an_empty_chain_is_refused() {
    let mut identity = Identity::self_signed(&["server.test"]);
    identity.chain.clear();
    assert!(matches!(refusal(&identity), ConfigError::CertificateMissing));
}

#[test]
fn a_chain_of_more_than_16_kilobytes_is_refused() {
    let mut identity = Identity::self_signed(&["server.test"]);
    let certificate = identity.chain[0].clone();
    let longest = (16_384 - 3) / (certificate.to_der().unwrap().len() + 3);
    identity.chain.resize(longest, certificate.clone());
    connects_with(&identity);
    identity.chain.push(certificate);
    assert!(matches!(refusal(&identity), ConfigError::ChainTooLong(length) if length > 16_384));
}

#[test]
fn ed25519_and_ed448_keys_are_refused_by_name() {
    for (key, name) in [
        (PKey::generate_ed25519().unwrap(), "Ed25519"),
        (PKey::generate_ed448().unwrap(), "Ed448"),
    ] {
        let mut identity = Identity::self_signed(&["server.test"]);
        identity.key = key;
        assert!(matches!(refusal(&identity), ConfigError::KeyUnsupported(found) if found == name));
    }
}

#[test]
fn brainpool_keys_are_refused_by_name() {
    let refusal = refusal(&identity_with(ec_key(Nid::BRAINPOOL_P256R1)));
    assert!(
        matches!(refusal, ConfigError::KeyUnsupported("brainpoolP256r1")),
        "{refusal:?}"
    );
}

#[test]
fn a_curve_of_explicit_parameters_is_refused() {
    let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    group.set_asn1_flag(openssl::ec::Asn1Flag::EXPLICIT_CURVE);
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let pem = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    // As a file holds it: the parameters without the name of the curve.
    let mut identity = Identity::self_signed(&["server.test"]);
    match pem::private_key(&pem, "") {
        Ok(key) => {
            identity.key = key;
            let refusal = refusal(&identity);
            assert!(
                matches!(refusal, ConfigError::KeyUnsupported(_) | ConfigError::KeyMismatch),
                "{refusal:?}"
            );
        }
        Err(refusal) => assert!(matches!(refusal, ConfigError::KeyUnreadable(_)), "{refusal:?}"),
    }
}

#[test]
fn a_number_with_a_superfluous_zero_is_named() {
    let base64 = openssl::base64::encode_block(&Identity::self_signed(&["server.test"]).padded_der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
    let refusal = pem::certificates(&pem).expect_err("a refusal");
    assert!(matches!(refusal, ConfigError::CertificateNumberPadded), "{refusal:?}");
}

#[test]
fn short_rsa_keys_are_refused_with_their_length() {
    let refusal = refusal(&identity_with(rsa_key(1024)));
    assert!(matches!(refusal, ConfigError::KeyTooShort(1024)), "{refusal:?}");
}

#[test]
fn an_encrypted_key_connects_with_its_passphrase() {
    let mut identity = Identity::self_signed(&["server.test"]);
    let cipher = openssl::symm::Cipher::aes_256_cbc();
    let encrypted = identity
        .key
        .private_key_to_pem_pkcs8_passphrase(cipher, b"secret")
        .unwrap();
    let text = String::from_utf8(encrypted).unwrap();
    assert!(matches!(pem::private_key(&text, ""), Err(ConfigError::KeyEncrypted)));
    identity.key = pem::private_key(&text, "secret").unwrap();
    connects_with(&identity);
}

#[test]
fn a_key_and_a_chain_out_of_pem_connect() {
    let made = Identity::self_signed(&["server.test"]);
    let key = String::from_utf8(made.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    let certificate = String::from_utf8(made.chain[0].to_pem().unwrap()).unwrap();
    let read = Identity {
        key: pem::private_key(&key, "").unwrap(),
        chain: pem::certificates(&format!("{certificate}\u{fffd}\0")).unwrap(),
    };
    connects_with(&read);
}

fn client(verification: &Verification, host: &str) -> Result<Session, ConfigError> {
    let config = client_config(verification);
    Session::client(&config, &ServerName::Host(host.into()), std::time::Instant::now())
}

fn verifying() -> Verification {
    Verification::Full(Identity::self_signed(&["server.test"]).trust())
}

#[test]
fn a_hostname_with_a_nul_is_refused() {
    for host in ["server.test\0", "\0", "server.test\0.evil.test"] {
        assert!(
            matches!(client(&verifying(), host), Err(ConfigError::HostnameInvalid)),
            "{host:?}"
        );
    }
}

#[test]
fn a_hostname_of_255_bytes_is_taken_and_one_of_256_refused() {
    let longest = ["abcd"; 51].join(".") + "e";
    assert_eq!(longest.len(), 255);
    assert!(client(&verifying(), &longest).is_ok());
    assert!(matches!(
        client(&verifying(), &(longest + "f")),
        Err(ConfigError::HostnameInvalid)
    ));
}

#[test]
fn a_hostname_that_is_not_looked_at_may_be_anything() {
    assert!(client(&Verification::None, &"\0".repeat(300)).is_ok());
}

#[test]
fn a_trust_store_without_a_certificate_is_refused() {
    for text in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(
            matches!(TrustStore::from_pem(text), Err(ConfigError::CertificateMissing)),
            "{text:?}"
        );
    }
}

#[test]
fn a_trust_store_passes_over_a_damaged_certificate() {
    let identity = Identity::self_signed(&["server.test"]);
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let sound = String::from_utf8(identity.chain[0].to_pem().unwrap()).unwrap();
    let trust = TrustStore::from_pem(&format!("{damaged}{sound}{damaged}")).unwrap();
    Pair::with(&identity, &Verification::Full(trust), "server.test").connect();
}

/// Gives the server of `pair` another identity, and back what a client has to trust for it.
fn replace_identity(pair: &Pair) -> Verification {
    let identity = Identity::self_signed(&["server.test"]);
    pair.listener
        .lock()
        .set_config(identity.server_config(), pair.now)
        .unwrap();
    Verification::Full(identity.trust())
}

#[test]
fn a_new_identity_leaves_living_sessions_alone() {
    let mut pair = Pair::new();
    pair.connect();
    replace_identity(&pair);
    pair.exchange();
}

#[test]
fn a_new_identity_does_not_hinder_a_handshake_that_runs() {
    let mut pair = Pair::at_stage(4);
    replace_identity(&pair);
    pair.connect();
    assert_eq!(pair.elapsed(), Duration::ZERO);
}

#[test]
fn a_new_identity_keeps_the_cookies_that_are_on_their_way() {
    let mut pair = Pair::new();
    let verification = replace_identity(&pair);
    pair.client = client(&verification, "server.test").unwrap();
    // The client has its cookie from before.
    assert!(pair.deliver_one());
    assert!(pair.deliver_one());
    pair.listener
        .lock()
        .set_config(Identity::self_signed(&["other.test"]).server_config(), pair.now)
        .unwrap();
    assert!(pair.deliver_one());
    assert!(!pair.server().is_first_contact());
    assert_eq!(pair.server_failures.len(), 1);
}

#[test]
fn a_new_identity_is_what_new_clients_see() {
    let mut pair = Pair::new();
    pair.connect();
    let verification = replace_identity(&pair);
    for _ in 0..3 {
        pair.server = None;
        pair.client = client(&verification, "server.test").unwrap();
        pair.connect();
    }
}

#[test]
fn a_listener_may_be_given_the_same_identity_again() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut listener = Listener::new(identity.server_config(), std::time::Instant::now()).unwrap();
    for _ in 0..3 {
        listener
            .set_config(identity.server_config(), std::time::Instant::now())
            .unwrap();
    }
}
