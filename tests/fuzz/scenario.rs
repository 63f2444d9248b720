//! Which client and which server meet.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use openssl_dtls::core::settings::{AlpnProtocols, KeyLog, Mtu, Settings};
use openssl_dtls::core::{
    ClientConfig, ClientOptions, ClientPsk, ClientVerification, Identity, PskIdentity, PskKey, PskKeys, ServedHost,
    ServerConfig, ServerCredentials, ServerOptions, TrustStore, Verification,
};

/// The name that clients ask for.
pub(crate) const NAME: &str = "server.test";

/// What the two sides are configured with.
pub(crate) struct Scenario {
    pub(crate) client: ClientOptions,
    pub(crate) client_config: ClientConfig,
    pub(crate) server_config: ServerConfig,
    /// The handshake is the second one, with the session of the first.
    pub(crate) is_resumed: bool,
    pub(crate) mtu: usize,
}

impl Scenario {
    fn new(client: ClientOptions, server: &ServerOptions) -> Self {
        Scenario {
            client_config: ClientConfig::new(&client).unwrap(),
            server_config: ServerConfig::new(server).unwrap(),
            is_resumed: client.settings.resumption,
            mtu: client.settings.mtu.get() as usize,
            client,
        }
    }

    /// All of them, made once.
    pub(crate) fn all() -> &'static [Scenario] {
        static ALL: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
            vec![
                certificates(),
                both_certificates(),
                pre_shared_key(),
                pre_shared_key_by_lookup(),
                resumed(),
                pinned(),
            ]
        });
        &ALL
    }
}

thread_local! {
    /// The secret of the session that was made last, as a line of a key log.
    static KEY_LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

pub(crate) fn key_log_line() -> String {
    KEY_LOG.with_borrow(String::clone)
}

/// Without resumption: an input has to do the same each time.
fn settings() -> Settings {
    Settings {
        resumption: false,
        key_log: Some(KeyLog::new(|line| {
            KEY_LOG.with_borrow_mut(|last| line.clone_into(last))
        })),
        ..Settings::default()
    }
}

fn identity(name: &str) -> Identity {
    Identity::self_signed(name, &[], 3650).unwrap()
}

fn trust(identity: &Identity) -> TrustStore {
    TrustStore::from_pem(&identity.chain_pem().unwrap()).unwrap()
}

fn client(verification: Verification) -> ClientOptions {
    ClientOptions {
        settings: settings(),
        ..ClientOptions::new(verification)
    }
}

fn server(credentials: ServerCredentials) -> ServerOptions {
    ServerOptions {
        settings: settings(),
        ..ServerOptions::new(credentials)
    }
}

fn with_identity(identity: Identity, clients: ClientVerification) -> ServerOptions {
    server(ServerCredentials::Certificates {
        identity,
        hosts: Vec::new(),
        clients,
    })
}

fn certificates() -> Scenario {
    let identity = identity(NAME);
    Scenario::new(
        client(Verification::Full(trust(&identity))),
        &with_identity(identity, ClientVerification::None),
    )
}

/// In datagrams so small that flights take several.
fn both_certificates() -> Scenario {
    let (of_server, of_client) = (identity(NAME), identity("player"));
    let mut client = client(Verification::Full(trust(&of_server)));
    let clients = ClientVerification::Required(trust(&of_client));
    let mut server = with_identity(of_server, clients);
    client.identity = Some(of_client);
    client.settings.mtu = Mtu::new(256).unwrap();
    server.settings.mtu = client.settings.mtu;
    Scenario::new(client, &server)
}

/// The key of every player.
pub(crate) fn psk_key() -> PskKey {
    PskKey::new(&[7; 32]).unwrap()
}

fn psk_client() -> ClientOptions {
    client(Verification::PreSharedKey(ClientPsk {
        identity: PskIdentity::new("player").unwrap(),
        key: psk_key(),
    }))
}

fn pre_shared_key() -> Scenario {
    let keys = HashMap::from([(PskIdentity::new("player").unwrap(), psk_key())]);
    let credentials = ServerCredentials::PreSharedKeys(PskKeys::Fixed(keys));
    Scenario::new(psk_client(), &server(credentials))
}

fn pre_shared_key_by_lookup() -> Scenario {
    Scenario::new(psk_client(), &server(ServerCredentials::PreSharedKeys(PskKeys::Lookup)))
}

fn resumed() -> Scenario {
    let identity = identity(NAME);
    let mut client = client(Verification::Full(trust(&identity)));
    let mut server = with_identity(identity, ClientVerification::None);
    client.settings.resumption = true;
    server.settings.resumption = true;
    Scenario::new(client, &server)
}

/// With all that is not needed: a name of its own, application protocols, an idle timeout, optional certificates.
fn pinned() -> Scenario {
    let (of_server, of_host) = (identity("other.test"), identity(NAME));
    let mut client = client(Verification::Pinned(vec![of_host.fingerprint().unwrap()]));
    let mut server = server(ServerCredentials::Certificates {
        identity: of_server.clone(),
        hosts: vec![(ServedHost::new("*.test").unwrap(), of_host)],
        clients: ClientVerification::Optional(trust(&of_server)),
    });
    for settings in [&mut client.settings, &mut server.settings] {
        settings.alpn = AlpnProtocols::new([&b"game/1"[..], b"game/2"]).unwrap();
        settings.idle_timeout = Some(Duration::from_secs(30));
    }
    Scenario::new(client, &server)
}
