//! The sessions that a client keeps to resume them.

use std::time::Duration;

use openssl_dtls::core::settings::{AlpnProtocols, Settings};
use openssl_dtls::core::{ClientConfig, ClientConfigs, ClientOptions, Failure, ServerName, Verification};

use crate::support::{Authority, Identity, Peers};

fn host(name: &str) -> ServerName {
    ServerName::Host(name.into())
}

#[test]
fn a_session_with_another_name_is_not_offered() {
    let identity = Identity::self_signed(&["server.test", "other.test"]);
    let peers = Peers::acquainted_with(&identity.client_options(), &identity.server_options());
    let mut other = peers.pair_for(&host("other.test"));
    other.connect();
    assert!(!other.client.is_resumed());
}

#[test]
fn sessions_with_several_names_are_kept_side_by_side() {
    let identity = Identity::self_signed(&["server.test", "other.test"]);
    let peers = Peers::with(&identity.client_options(), &identity.server_options());
    for resumed in [false, true] {
        for name in ["server.test", "other.test"] {
            let mut pair = peers.pair_for(&host(name));
            pair.connect();
            assert_eq!(pair.client.is_resumed(), resumed, "{name}");
        }
    }
}

#[test]
fn a_session_with_whoever_answers_at_an_address_is_not_kept() {
    let identity = Identity::self_signed(&["192.0.2.2"]);
    let mut peers = Peers::with(&identity.client_options(), &identity.server_options());
    peers.name = ServerName::PeerAddress;
    assert!(!peers.resumes());
    assert!(!peers.resumes());
}

#[test]
fn the_sessions_with_32_names_are_kept() {
    let peers = Peers::with(
        &ClientOptions::new(Verification::None),
        &Identity::self_signed(&["server.test"]).server_options(),
    );
    let names: Vec<_> = (0..33).map(|number| host(&format!("{number}.test"))).collect();
    for name in &names {
        peers.pair_for(name).connect();
    }
    let is_resumed = |name| {
        let mut pair = peers.pair_for(name);
        pair.connect();
        pair.client.is_resumed()
    };
    assert!(names.iter().skip(1).all(is_resumed));
    assert!(!is_resumed(&names[0]));
}

#[test]
fn another_configuration_has_sessions_of_its_own() {
    let identity = Identity::self_signed(&["server.test"]);
    let mut peers = Peers::acquainted_with(&identity.client_options(), &identity.server_options());
    peers.client = ClientConfig::new(&identity.client_options()).unwrap();
    assert!(!peers.resumes());
}

#[test]
fn a_clone_of_a_configuration_has_the_same_sessions() {
    let mut peers = Peers::acquainted();
    peers.client = peers.client.clone();
    assert!(peers.resumes());
}

#[test]
fn equal_options_have_the_same_sessions() {
    let identity = Identity::self_signed(&["server.test"]);
    let configs = ClientConfigs::new();
    let mut peers = Peers::with(&identity.client_options(), &identity.server_options());
    peers.client = configs.get(&identity.client_options()).unwrap();
    assert!(!peers.resumes());
    peers.client = configs.get(&identity.client_options()).unwrap();
    assert!(peers.resumes());
}

#[test]
fn options_that_differ_have_sessions_of_their_own() {
    let identity = Identity::self_signed(&["server.test"]);
    let options = identity.client_options();
    let mut others = [(); 4].map(|()| options.clone());
    others[0].verification = Verification::Chain(identity.trust());
    others[1].verification = Verification::None;
    others[2].identity = Some(Identity::self_signed(&["player"]).checked());
    others[3].settings.alpn = AlpnProtocols::new([&b"chess"[..]]).unwrap();
    let configs = ClientConfigs::new();
    let mut peers = Peers::with(&options, &identity.server_options());
    peers.client = configs.get(&options).unwrap();
    assert!(!peers.resumes());
    for other in &others {
        peers.client = configs.get(other).unwrap();
        assert!(!peers.resumes());
    }
}

#[test]
fn a_trust_store_with_another_list_has_sessions_of_its_own() {
    let authority = Authority::new("root");
    let server = authority.issue(&["server.test"]);
    let options = |list: &str| ClientOptions::new(Verification::Full(authority.trust().with_crls(list).unwrap()));
    let configs = ClientConfigs::new();
    let before = options(&authority.revokes(&[]));
    let mut peers = Peers::with(&before, &server.server_options());
    peers.client = configs.get(&before).unwrap();
    assert!(!peers.resumes());
    peers.client = configs.get(&options(&authority.revokes(&[server.leaf()]))).unwrap();
    let mut pair = peers.pair();
    pair.run();
    assert!(matches!(pair.client.failure(), Some(Failure::Certificate(_))));
}

#[test]
fn the_16_configurations_that_were_used_last_are_kept() {
    let options = |timeout| ClientOptions {
        settings: Settings {
            handshake_timeout: Duration::from_secs(timeout),
            ..Settings::default()
        },
        ..ClientOptions::new(Verification::None)
    };
    let configs = ClientConfigs::new();
    let mut peers = Peers::with(&options(0), &Identity::self_signed(&["server.test"]).server_options());
    let mut resumes_with = |timeout| {
        peers.client = configs.get(&options(timeout)).unwrap();
        peers.resumes()
    };
    for timeout in 1..=16 {
        assert!(!resumes_with(timeout));
    }
    assert!(resumes_with(1), "the oldest of 16 is there, and now the youngest");
    assert!(!resumes_with(17));
    assert!(!resumes_with(2), "the oldest has gone");
    assert!(resumes_with(1));
}
