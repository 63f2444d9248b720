//! What a game can configure: keys, certificates, names and settings as text.
//!
//! An input is lines of a name and a value, such as `mtu 1200`, in any order; and blocks of PEM, which each kind of
//! option reads as its own.

use std::sync::LazyLock;
use std::time::Instant;

use openssl_dtls::core::settings::{
    self, AlpnProtocols, CipherList, Groups, Mtu, SecurityLevel, Settings, SharedSecret,
};
use openssl_dtls::core::{
    Caps, ClientConfig, ClientOptions, ClientPsk, ClientVerification, ConfigError, Fingerprint, Identity, Listener,
    PskIdentity, PskKey, PskKeys, ServedHost, ServerConfig, ServerCredentials, ServerName, ServerOptions, Session,
    TrustStore, Verification, pem,
};

/// A key of which only the passphrase is in doubt: how long a key derivation takes, the key says itself.
static ENCRYPTED_KEY: LazyLock<String> = LazyLock::new(|| {
    let key = Identity::self_signed("encrypted", &[], 1).unwrap().key_pem().unwrap();
    let key = pem::private_key(&key, "").unwrap();
    let cipher = openssl::symm::Cipher::aes_128_cbc();
    let pem = key.private_key_to_pem_pkcs8_passphrase(cipher, PASSPHRASE.as_bytes());
    String::from_utf8(pem.unwrap()).unwrap()
});
const PASSPHRASE: &str = "open sesame";

/// All that an input has said and that was taken.
struct Options {
    client: ClientOptions,
    server: ServerOptions,
    name: ServerName,
    psk_identity: Option<PskIdentity>,
    psk_key: Option<PskKey>,
    hosts: Vec<(ServedHost, Identity)>,
}

/// Takes from `input` what can be taken, and uses it.
pub fn options(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut options = Options::new();
    for line in text.lines() {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        options.set(name, value);
    }
    options.set_pem(&text);
    options.use_all();
}

fn own_identity() -> Identity {
    static IDENTITY: LazyLock<Identity> =
        LazyLock::new(|| Identity::self_signed("server.test", &["server.test", "192.0.2.1"], 3650).unwrap());
    IDENTITY.clone()
}

impl Options {
    fn new() -> Self {
        Options {
            client: ClientOptions::new(Verification::None),
            server: ServerOptions::with_identity(own_identity()),
            name: ServerName::PeerAddress,
            psk_identity: None,
            psk_key: None,
            hosts: Vec::new(),
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let number = || value.parse::<i64>().unwrap_or_default();
        let bytes = value.as_bytes();
        match name {
            "mtu" => self.setting(Mtu::new(number()), |settings, mtu| settings.mtu = mtu),
            "ciphers" => self.setting(CipherList::new(value), |settings, list| {
                settings.cipher_list = Some(list)
            }),
            "groups" => self.setting(Groups::new(value), |settings, groups| settings.groups = groups),
            "level" => self.setting(SecurityLevel::new(number()), |settings, level| {
                settings.security_level = level;
            }),
            "alpn" => self.setting(
                AlpnProtocols::new(bytes.split(|byte| *byte == b',')),
                |settings, alpn| {
                    let longest = alpn.names().map(<[u8]>::len).max();
                    assert!(longest.is_none_or(|length| (1..256).contains(&length)));
                    settings.alpn = alpn;
                },
            ),
            "handshake_timeout" => self.setting(settings::handshake_timeout(number()), |settings, time| {
                settings.handshake_timeout = time;
            }),
            "retransmit_timeout" => self.setting(settings::retransmit_timeout(number()), |settings, time| {
                settings.retransmit_timeout = time;
            }),
            "idle_timeout" => self.setting(settings::idle_timeout(number()), |settings, time| {
                settings.idle_timeout = time;
            }),
            "strict_mtu" => self.setting(Ok::<_, ()>(true), |settings, strict| settings.strict_mtu = strict),
            "no_resumption" => self.setting(Ok::<_, ()>(false), |settings, resumption| {
                settings.resumption = resumption
            }),
            "half_open" => set(Caps::limit(number()), |cap| self.server.caps.half_open = cap),
            "half_open_per_address" => set(Caps::limit(number()), |cap| {
                self.server.caps.half_open_per_address = cap
            }),
            "ticket_key" => set(SharedSecret::new(bytes), |secret| self.server.ticket_key = Some(secret)),
            "cookie_secret" => set(SharedSecret::new(bytes), |secret| {
                self.server.cookie_secret = Some(secret)
            }),
            "psk_identity" => set(PskIdentity::new(value), |identity| self.psk_identity = Some(identity)),
            "psk_key" => set(PskKey::new(bytes), |key| self.psk_key = Some(key)),
            "hostname" => self.name = ServerName::Host(value.to_owned()),
            "host" => set(ServedHost::new(value), |host| self.hosts.push((host, own_identity()))),
            "pin" => set(value.parse::<Fingerprint>(), |pin| {
                assert_eq!(pin.to_string().parse(), Ok(pin));
                self.client.verification = Verification::Pinned(vec![pin]);
            }),
            "self_signed" => self.set_self_signed(value),
            "passphrase" => {
                let opened = pem::private_key(&ENCRYPTED_KEY, value).is_ok();
                assert_eq!(opened, value == PASSPHRASE, "{value:?}");
            }
            _ => {}
        }
    }

    /// Sets one of the settings that both sides have.
    fn setting<T: Clone, E>(&mut self, value: Result<T, E>, apply: impl Fn(&mut Settings, T)) {
        if let Ok(value) = value {
            apply(&mut self.client.settings, value.clone());
            apply(&mut self.server.settings, value);
        }
    }

    /// Days, and names with commas between them.
    fn set_self_signed(&mut self, value: &str) {
        let (days, names) = value.split_once(' ').unwrap_or((value, ""));
        let mut names = names.split(',');
        let common_name = names.next().unwrap_or_default();
        let names: Vec<&str> = names.collect();
        let Ok(identity) = Identity::self_signed(common_name, &names, days.parse().unwrap_or_default()) else {
            return;
        };
        let (key, chain) = (identity.key_pem().unwrap(), identity.chain_pem().unwrap());
        let again = identity_in(&key, &chain).expect("what was written can be read");
        assert!(again == identity);
        self.server = ServerOptions {
            credentials: ServerOptions::with_identity(identity).credentials,
            ..self.server.clone()
        };
    }

    fn set_pem(&mut self, text: &str) {
        let _ = pem::is_repeated(text);
        let trust = TrustStore::from_pem(text);
        if let Ok(trust) = &trust {
            let trust = trust.with_crls(text).unwrap_or_else(|_| trust.clone());
            self.client.verification = Verification::Full(trust);
        }
        let Ok(identity) = identity_in(text, text) else {
            return;
        };
        assert!(trust.is_ok(), "a certificate is one for every use");
        self.client.identity = Some(identity.clone());
        let clients = trust.map_or(ClientVerification::None, ClientVerification::Required);
        self.server.credentials = ServerCredentials::Certificates {
            identity,
            hosts: std::mem::take(&mut self.hosts),
            clients,
        };
    }

    /// What was taken makes a configuration, or OpenSSL says why not; and with that a session begins.
    fn use_all(mut self) {
        if let (Some(identity), Some(key)) = (self.psk_identity, self.psk_key) {
            let keys = [(identity.clone(), key.clone())].into();
            self.server.credentials = ServerCredentials::PreSharedKeys(PskKeys::Fixed(keys));
            self.client.verification = Verification::PreSharedKey(ClientPsk { identity, key });
        } else if let ServerCredentials::Certificates { hosts, .. } = &mut self.server.credentials {
            hosts.append(&mut self.hosts);
        }
        let now = Instant::now();
        match ServerConfig::new(&self.server) {
            Ok(config) => drop(Listener::new(config, now).unwrap()),
            Err(error) => check(&error),
        }
        match ClientConfig::new(&self.client) {
            Ok(config) => match Session::client(&config, &self.name, now) {
                Ok(mut session) => drop(session.poll_transmit(&mut Vec::new())),
                Err(error) => check(&error),
            },
            Err(error) => check(&error),
        }
    }
}

fn set<T, E>(value: Result<T, E>, apply: impl FnOnce(T)) {
    if let Ok(value) = value {
        apply(value);
    }
}

/// The key in one text and the certificates in another.
fn identity_in(key: &str, chain: &str) -> Result<Identity, ConfigError> {
    Identity::new(pem::private_key(key, "")?, pem::certificates(chain)?)
}

fn check(error: &ConfigError) {
    assert!(
        matches!(
            error,
            ConfigError::CurveNotAllowed(_)
                | ConfigError::CiphersWithoutPsk
                | ConfigError::HostnameInvalid
                | ConfigError::OpenSsl(_)
        ),
        "{error} comes too late"
    );
    assert_ne!(error.to_string(), "");
}
