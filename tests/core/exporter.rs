//! Secrets that both sides can derive from a connection (RFC 5705).

use openssl_dtls::core::Session;

use crate::support::{Identity, Pair, Peers, psk_client, psk_server};

const LABEL: &str = "EXPORTER-test";

fn connected() -> Pair {
    Peers::new().connect()
}

fn export(session: &Session, context: Option<&[u8]>) -> Vec<u8> {
    session.export_keying_material(LABEL, 32, context).unwrap()
}

#[test]
fn both_sides_derive_the_same() {
    let mut pair = connected();
    for context in [None, Some(&b""[..]), Some(b"context")] {
        assert_eq!(export(&pair.client, context), export(pair.server(), context));
    }
}

#[test]
fn both_sides_derive_the_same_with_a_pre_shared_key() {
    let key = [7; 32];
    let mut pair = Pair::between(&psk_client("player", &key), &psk_server(&[("player", &key)]));
    pair.connect();
    assert_eq!(export(&pair.client, None), export(pair.server(), None));
}

#[test]
fn each_label_gives_something_else() {
    let pair = connected();
    let other = pair.client.export_keying_material("EXPORTER-other", 32, None).unwrap();
    assert_ne!(export(&pair.client, None), other);
}

#[test]
fn each_context_gives_something_else() {
    let pair = connected();
    let [one, other] = [b"one", b"two"].map(|context| export(&pair.client, Some(context)));
    assert_ne!(one, other);
}

#[test]
fn no_context_is_something_else_than_an_empty_one() {
    let pair = connected();
    assert_ne!(export(&pair.client, None), export(&pair.client, Some(b"")));
}

#[test]
fn each_connection_gives_something_else() {
    let identity = Identity::self_signed(&["server.test"]);
    let [one, other] = [(); 2].map(|()| {
        let mut pair = Pair::between(&identity.client_options(), &identity.server_options());
        pair.connect();
        export(&pair.client, None)
    });
    assert_ne!(one, other);
}

#[test]
fn as_much_is_derived_as_is_asked_for() {
    let pair = connected();
    for length in [1, 32, 48, 1000] {
        let material = pair.client.export_keying_material(LABEL, length, None).unwrap();
        assert_eq!(material.len(), length);
        assert!(length < 32 || material.iter().any(|byte| *byte != 0), "{length} bytes");
    }
}

#[test]
fn a_longer_secret_begins_with_the_shorter() {
    let pair = connected();
    let longer = pair.client.export_keying_material(LABEL, 64, None).unwrap();
    assert_eq!(longer[..32], export(&pair.client, None));
}

#[test]
fn nothing_is_derived_before_the_handshake_is_complete() {
    let mut pair = Pair::new();
    for _ in 0..4 {
        assert_eq!(pair.client.export_keying_material(LABEL, 32, None), None);
        assert!(pair.deliver_one());
    }
    assert_eq!(pair.server().export_keying_material(LABEL, 32, None), None);
}

#[test]
fn a_label_of_the_protocol_itself_is_refused() {
    let pair = connected();
    for label in ["client finished", "server finished", "master secret", "key expansion"] {
        assert_eq!(pair.client.export_keying_material(label, 32, None), None, "{label}");
    }
    pair.client.export_keying_material(LABEL, 32, None).unwrap();
}
