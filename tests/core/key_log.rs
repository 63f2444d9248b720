//! The secrets of sessions, written down for whoever wants to decrypt a capture.

use std::sync::Arc;

use openssl_dtls::core::settings::KeyLog;
use parking_lot::Mutex;

use crate::support::wire::CLIENT_RANDOM;
use crate::support::{Identity, Pair, Peers, psk_client, psk_server};

/// A log, and the lines that it was given.
fn log() -> (KeyLog, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let sink = lines.clone();
    (KeyLog::new(move |line| sink.lock().push(line.to_owned())), lines)
}

/// Both sides with a log of their own, after a connection, and their lines.
fn logged() -> (Pair, Vec<String>, Vec<String>) {
    let identity = Identity::self_signed(&["server.test"]);
    let (mut client, mut server) = (identity.client_options(), identity.server_options());
    let (client_log, client_lines) = log();
    let (server_log, server_lines) = log();
    client.settings.key_log = Some(client_log);
    server.settings.key_log = Some(server_log);
    let mut pair = Pair::between(&client, &server);
    pair.connect();
    let lines = (client_lines.lock().clone(), server_lines.lock().clone());
    (pair, lines.0, lines.1)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_handshake_is_one_line_of_label_client_random_and_master_secret() {
    let (pair, lines, _) = logged();
    assert_eq!(lines.len(), 1);
    let fields: Vec<_> = lines[0].split(' ').collect();
    let hello = &pair.sent[0].2;
    assert_eq!(fields[..2], ["CLIENT_RANDOM", &hexadecimal(&hello[CLIENT_RANDOM])]);
    assert_eq!(fields[2].len(), 2 * 48);
    assert_eq!(fields.len(), 3);
}

#[test]
fn both_sides_write_the_same() {
    let (_, client, server) = logged();
    assert_eq!(client, server);
}

#[test]
fn a_resumed_handshake_is_written_too() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut client = identity.client_options();
    let (log, lines) = log();
    client.settings.key_log = Some(log);
    let peers = Peers::acquainted_with(&client, &identity.server_options());
    assert!(peers.resumes());
    let lines = lines.lock();
    let [first, second] = &lines[..] else {
        panic!("{lines:?}");
    };
    let (random, secret) = (|line: &str| line[14..78].to_owned(), |line: &str| line[79..].to_owned());
    assert_ne!(random(first), random(second));
    assert_eq!(secret(first), secret(second), "the secret of the session");
}

#[test]
fn a_handshake_with_a_pre_shared_key_is_written_too() {
    let key = [7; 32];
    let (log, lines) = log();
    let mut client = psk_client("player", &key);
    client.settings.key_log = Some(log);
    Pair::between(&client, &psk_server(&[("player", &key)])).connect();
    assert_eq!(lines.lock().len(), 1);
}

#[test]
fn each_client_of_a_server_is_a_line() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    let (log, lines) = log();
    server.settings.key_log = Some(log);
    let peers = Peers::with(&identity.client_options(), &server);
    for _ in 0..3 {
        peers.connect();
    }
    assert_eq!(lines.lock().len(), 3);
}
