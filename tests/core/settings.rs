//! What can be chosen about the protocol: what is possible, what is refused, and what it does.

use std::time::Duration;

use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl_dtls::core::settings::{
    self, AlpnProtocols, CipherList, Groups, Mtu, SecurityLevel, SettingError, Settings, SharedSecret, Version,
};
use openssl_dtls::core::{CertificateProblem, ClientConfig, ConfigError, Failure, ServerConfig};

use crate::support::{Contents, Identity, Pair, ec_key, rsa_key, wire};

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[test]
fn an_mtu_has_256_to_4096_bytes() {
    for bytes in [256, 257, 1200, 4096] {
        assert_eq!(Mtu::new(bytes).map(|mtu| i64::from(mtu.get())), Ok(bytes));
    }
    for bytes in [i64::MIN, -1, 0, 255, 4097, 65_536 + 1200, i64::MAX] {
        assert_eq!(Mtu::new(bytes), Err(SettingError::MtuOutOfRange), "{bytes}");
    }
}

#[test]
fn a_handshake_timeout_has_100_milliseconds_to_10_minutes() {
    for number in [100, 600_000] {
        assert_eq!(settings::handshake_timeout(number as i64), Ok(milliseconds(number)));
    }
    for number in [i64::MIN, -1, 0, 99, 600_001, i64::MAX] {
        assert_eq!(
            settings::handshake_timeout(number),
            Err(SettingError::TimeoutOutOfRange(100, 600_000)),
            "{number}"
        );
    }
}

#[test]
fn a_retransmit_timeout_has_50_milliseconds_to_60_seconds() {
    for number in [50, 60_000] {
        assert_eq!(settings::retransmit_timeout(number as i64), Ok(milliseconds(number)));
    }
    for number in [i64::MIN, -1, 0, 49, 60_001, i64::MAX] {
        assert_eq!(
            settings::retransmit_timeout(number),
            Err(SettingError::TimeoutOutOfRange(50, 60_000)),
            "{number}"
        );
    }
}

#[test]
fn an_idle_timeout_has_a_second_to_a_day_or_is_none() {
    assert_eq!(settings::idle_timeout(0), Ok(None));
    for number in [1000, 86_400_000] {
        assert_eq!(settings::idle_timeout(number as i64), Ok(Some(milliseconds(number))));
    }
    for number in [i64::MIN, -1, 1, 999, 86_400_001, i64::MAX] {
        assert_eq!(
            settings::idle_timeout(number),
            Err(SettingError::IdleTimeoutOutOfRange(1000, 86_400_000)),
            "{number}"
        );
    }
}

#[test]
fn a_security_level_is_0_to_5() {
    for level in 0..=5 {
        assert_eq!(SecurityLevel::new(level).map(|level| i64::from(level.get())), Ok(level));
    }
    for level in [i64::MIN, -1, 6, 258, i64::MAX] {
        assert_eq!(
            SecurityLevel::new(level),
            Err(SettingError::SecurityLevelOutOfRange),
            "{level}"
        );
    }
}

#[test]
fn a_shared_secret_has_32_to_255_bytes() {
    for length in [32, 255] {
        assert!(SharedSecret::new(&vec![1; length]).is_ok(), "{length}");
    }
    for length in [0, 31, 256] {
        let refusal = SharedSecret::new(&vec![1; length]).err();
        assert_eq!(refusal, Some(SettingError::SecretLength), "{length}");
    }
}

#[test]
fn a_protocol_name_has_1_to_255_bytes() {
    for length in [1, 255] {
        let name = vec![b'x'; length];
        let protocols = AlpnProtocols::new([&name[..]]).unwrap();
        assert_eq!(protocols.names().collect::<Vec<_>>(), [&name[..]]);
    }
    for length in [0, 256] {
        let name = vec![b'x'; length];
        assert_eq!(AlpnProtocols::new([&name[..]]), Err(SettingError::AlpnInvalid));
    }
}

#[test]
fn all_protocol_names_together_have_1024_bytes() {
    let name = [b'x'; 255];
    assert!(AlpnProtocols::new([&name[..]; 4]).is_ok());
    assert_eq!(
        AlpnProtocols::new([&name[..], &name, &name, &name, b"x"]),
        Err(SettingError::AlpnInvalid)
    );
}

#[test]
fn cipher_lists_with_forward_secrecy_and_authenticated_encryption_are_taken() {
    for list in [
        "ECDHE+AESGCM",
        "ECDHE+CHACHA20:ECDHE+AESGCM",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-PSK-CHACHA20-POLY1305",
        "ECDHE+AESGCM:!AES128",
    ] {
        assert_eq!(
            CipherList::new(list).map(|taken| taken.as_str() == list),
            Ok(true),
            "{list}"
        );
    }
}

#[test]
fn cipher_lists_with_anything_else_are_refused_by_its_name() {
    for (list, name) in [
        ("AES128-GCM-SHA256", "AES128-GCM-SHA256"),
        ("ECDHE+AESGCM:ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA"),
        ("DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"),
        ("ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-CCM8"),
        ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256"),
        ("PSK-AES128-GCM-SHA256", "PSK-AES128-GCM-SHA256"),
        ("DHE-PSK-CHACHA20-POLY1305", "DHE-PSK-CHACHA20-POLY1305"),
        ("ECDHE-PSK-AES128-CBC-SHA256", "ECDHE-PSK-AES128-CBC-SHA256"),
        ("AECDH-AES128-SHA", "AECDH-AES128-SHA"),
        ("ECDHE-ECDSA-NULL-SHA", "ECDHE-ECDSA-NULL-SHA"),
    ] {
        assert_eq!(CipherList::new(list), Err(SettingError::CipherUnsafe(name.into())));
    }
}

#[test]
fn wide_cipher_lists_are_refused() {
    for list in ["ALL", "DEFAULT", "HIGH", "ECDHE", "AESGCM", "eNULL", "aNULL", "PSK"] {
        assert!(
            matches!(CipherList::new(list), Err(SettingError::CipherUnsafe(_))),
            "{list}"
        );
    }
}

#[test]
fn cipher_lists_that_openssl_does_not_know_are_refused() {
    for list in [
        "",
        "nonsense",
        "TLS_AES_128_GCM_SHA256",
        "ECDHE+AESGCM:!ALL",
        ":",
        "\0",
        "ECDHE\0",
    ] {
        assert_eq!(CipherList::new(list), Err(SettingError::CiphersUnknown), "{list:?}");
    }
}

#[test]
fn groups_that_openssl_knows_are_taken() {
    for list in ["X25519", "P-256:P-384", "prime256v1", "secp521r1:X25519", "X448:P-256"] {
        assert_eq!(
            Groups::new(list).map(|taken| taken.as_str() == list),
            Ok(true),
            "{list}"
        );
    }
}

#[test]
fn groups_that_openssl_does_not_know_are_refused() {
    for list in ["", "nonsense", "X25519:nonsense", "X25519:", ":", "\0", "P-256\0"] {
        assert_eq!(Groups::new(list), Err(SettingError::GroupsUnknown), "{list:?}");
    }
}

fn identity_with(key: PKey<Private>) -> Identity {
    let contents = Contents {
        common_name: "server.test",
        ..Contents::default()
    };
    Identity::self_signed_with(key, &contents)
}

/// A server with this key, and a client that trusts it, with these settings.
fn pair_with(key: PKey<Private>, client: Settings, server: Settings) -> Pair {
    let identity = identity_with(key);
    let (mut of_client, mut of_server) = (identity.client_options(), identity.server_options());
    of_client.settings = client;
    of_server.settings = server;
    Pair::between(&of_client, &of_server)
}

fn p256_pair(client: Settings, server: Settings) -> Pair {
    pair_with(ec_key(Nid::X9_62_PRIME256V1), client, server)
}

fn ciphers(list: &str) -> Settings {
    Settings {
        cipher_list: Some(CipherList::new(list).unwrap()),
        ..Settings::default()
    }
}

fn groups(list: &str) -> Settings {
    Settings {
        groups: Groups::new(list).unwrap(),
        ..Settings::default()
    }
}

fn level(level: i64) -> Settings {
    Settings {
        security_level: SecurityLevel::new(level).unwrap(),
        ..Settings::default()
    }
}

#[test]
fn without_a_list_aes_128_gcm_is_spoken() {
    let mut pair = p256_pair(Settings::default(), Settings::default());
    pair.connect();
    assert_eq!(pair.client.cipher_name(), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
}

#[test]
fn without_a_list_only_safe_suites_are_offered() {
    // ECDHE with AES-GCM (RFC 5289) and ChaCha20-Poly1305 (RFC 7905), by ECDSA and RSA, and what says that renegotiation
    // would be a safe one (RFC 5746).
    const SAFE: [u16; 7] = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0x00ff];
    let pair = Pair::at_stage(0);
    let mut offered = wire::cipher_suites(&pair.last_sent());
    offered.retain(|suite| !SAFE.contains(suite));
    assert_eq!(offered, []);
}

#[test]
fn the_list_of_either_side_decides() {
    for (client, server) in [
        (ciphers("ECDHE+CHACHA20"), Settings::default()),
        (Settings::default(), ciphers("ECDHE+CHACHA20")),
    ] {
        let mut pair = p256_pair(client, server);
        pair.connect();
        let name = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
        assert_eq!((pair.client.cipher_name(), pair.server().cipher_name()), (name, name));
    }
}

#[test]
fn the_server_prefers_a_cipher() {
    let mut pair = p256_pair(
        ciphers("ECDHE+CHACHA20:ECDHE+AESGCM"),
        ciphers("ECDHE+AESGCM+AES256:ECDHE+CHACHA20"),
    );
    pair.connect();
    assert_eq!(pair.client.cipher_name(), "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
}

#[test]
fn the_groups_of_either_side_decide() {
    for (client, server) in [
        (groups("P-256"), Settings::default()),
        (Settings::default(), groups("P-256")),
    ] {
        let mut pair = p256_pair(client, server);
        pair.connect();
        let names = (pair.client.group_name(), pair.server().group_name());
        assert_eq!(names, ("secp256r1", "secp256r1"));
    }
}

#[test]
fn without_a_common_group_there_is_no_shared_cipher() {
    let mut pair = pair_with(rsa_key(2048), groups("P-384"), groups("X25519"));
    pair.run();
    assert_eq!(pair.server_failures.last(), Some(&Failure::NoSharedCipher));
}

#[test]
fn a_certificate_on_a_curve_that_is_no_group_is_refused() {
    for (curve, others, name) in [
        (Nid::X9_62_PRIME256V1, "X25519:P-384:P-521", "P-256"),
        (Nid::SECP384R1, "X25519:P-256", "P-384"),
        (Nid::SECP521R1, "X25519:secp256r1:secp384r1", "P-521"),
    ] {
        let mut server = identity_with(ec_key(curve)).server_options();
        server.settings.groups = Groups::new(others).unwrap();
        let refusal = ServerConfig::new(&server).err();
        assert!(
            matches!(refusal, Some(ConfigError::CurveNotAllowed(found)) if found == name),
            "{refusal:?}"
        );
    }
}

#[test]
fn a_certificate_of_a_client_on_a_curve_that_is_no_group_is_refused() {
    let player = Identity::self_signed(&["player"]);
    let mut client = player.client_showing(&player);
    client.settings.groups = Groups::new("X25519:P-384").unwrap();
    assert!(matches!(
        ClientConfig::new(&client),
        Err(ConfigError::CurveNotAllowed("P-256"))
    ));
}

#[test]
fn each_name_of_a_curve_is_understood() {
    for (curve, names) in [
        (Nid::X9_62_PRIME256V1, ["P-256", "prime256v1", "secp256r1", "p-256"]),
        (Nid::SECP384R1, ["P-384", "secp384r1", "SECP384R1", "p-384"]),
        (Nid::SECP521R1, ["P-521", "secp521r1", "SECP521R1", "p-521"]),
    ] {
        for name in names {
            let list = format!("X25519:{name}");
            pair_with(ec_key(curve), groups(&list), groups(&list)).connect();
        }
    }
}

#[test]
fn an_rsa_certificate_needs_no_curve() {
    pair_with(rsa_key(2048), groups("X25519"), groups("X25519")).connect();
}

#[test]
fn security_level_3_refuses_ones_own_rsa_key_of_2048_bits() {
    let mut server = identity_with(rsa_key(2048)).server_options();
    server.settings = level(3);
    assert!(matches!(ServerConfig::new(&server), Err(ConfigError::OpenSsl(_))));
}

#[test]
fn security_level_3_refuses_a_servers_rsa_key_of_2048_bits() {
    let mut pair = pair_with(rsa_key(2048), level(3), Settings::default());
    pair.run();
    match pair.client.failure() {
        Some(Failure::Certificate(failure)) => assert_eq!(failure.problem(), CertificateProblem::Untrusted),
        other => panic!("{other:?}"),
    }
}

#[test]
fn security_level_3_takes_a_key_on_p_256() {
    p256_pair(level(3), level(3)).connect();
}

#[test]
fn a_security_level_in_a_cipher_list_has_no_effect() {
    let client = Settings {
        cipher_list: Some(CipherList::new("ECDHE+AESGCM:@SECLEVEL=0").unwrap()),
        ..level(3)
    };
    let mut pair = pair_with(rsa_key(2048), client, Settings::default());
    pair.run();
    assert!(matches!(pair.client.failure(), Some(Failure::Certificate(_))));
}

#[test]
fn dtls_1_2_may_be_asked_for() {
    let only = || Settings {
        min_version: Some(Version::Dtls12),
        max_version: Some(Version::Dtls12),
        ..Settings::default()
    };
    for (client, server) in [
        (only(), Settings::default()),
        (Settings::default(), only()),
        (only(), only()),
    ] {
        let mut pair = p256_pair(client, server);
        pair.connect();
        assert_eq!(pair.client.protocol_version(), "DTLSv1.2");
        assert_eq!(pair.server().protocol_version(), "DTLSv1.2");
    }
}
