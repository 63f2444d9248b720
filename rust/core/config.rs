//! What the caller chooses before a session begins, checked once and then shared by many sessions.

use std::sync::Arc;

use openssl::ssl::{SslContext, SslVerifyMode};

use super::config_error::ConfigError;
use super::context;
use super::half_open::Caps;
use super::identity::{Fingerprint, Identity};
use super::psk::{ClientPsk, PskKeys};
use super::resumption::SessionCache;
use super::served_host::ServedHost;
use super::settings::{Settings, SharedSecret};
use super::trust::TrustStore;

/// What a client asks of the server.
#[derive(Clone, PartialEq, Eq)]
pub enum Verification {
    /// A certificate with a chain to a trusted one, and with the server's name.
    Full(TrustStore),
    /// A certificate with a chain to a trusted one, whatever its name. No name is sent.
    Chain(TrustStore),
    /// A certificate with one of these fingerprints, whatever else it says: no authority is needed.
    Pinned(Vec<Fingerprint>),
    /// That it knows the same key. There are no certificates then.
    PreSharedKey(ClientPsk),
    /// Nothing: whoever answers is believed. No name is sent.
    None,
}

/// What a client can choose.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// What it asks of the server.
    pub verification: Verification,
    /// What it shows to a server that asks for a certificate.
    pub identity: Option<Identity>,
    /// The rest.
    pub settings: Settings,
}

impl ClientOptions {
    /// The defaults, with this verification.
    pub fn new(verification: Verification) -> Self {
        ClientOptions {
            verification,
            identity: None,
            settings: Settings::default(),
        }
    }
}

/// A client's options, ready for use, and the sessions that can be resumed. Cheap to clone; clones share the sessions.
#[derive(Clone)]
pub struct ClientConfig(Arc<ClientShared>);

struct ClientShared {
    context: SslContext,
    verification: Verification,
    settings: Arc<Settings>,
    sessions: SessionCache,
}

impl ClientConfig {
    /// Checks `options`.
    ///
    /// # Errors
    /// [`ConfigError::CurveNotAllowed`], [`ConfigError::OpenSsl`].
    pub fn new(options: &ClientOptions) -> Result<Self, ConfigError> {
        Ok(ClientConfig(Arc::new(ClientShared {
            context: context::client(options)?,
            verification: options.verification.clone(),
            settings: Arc::new(options.settings.clone()),
            sessions: SessionCache::default(),
        })))
    }

    pub(crate) fn context(&self) -> &SslContext {
        &self.0.context
    }

    pub(crate) fn verification(&self) -> &Verification {
        &self.0.verification
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        &self.0.settings
    }

    /// None: sessions are not resumed.
    pub(crate) fn sessions(&self) -> Option<&SessionCache> {
        Some(&self.0.sessions).filter(|_| self.0.settings.resumption)
    }
}

/// What a server asks of its clients.
#[derive(Clone)]
pub enum ClientVerification {
    /// Nothing.
    None,
    /// A certificate with a chain to a trusted one, from those that have one.
    Optional(TrustStore),
    /// A certificate with a chain to a trusted one.
    Required(TrustStore),
}

impl ClientVerification {
    pub(crate) fn trust(&self) -> Option<&TrustStore> {
        match self {
            ClientVerification::None => None,
            ClientVerification::Optional(trust) | ClientVerification::Required(trust) => Some(trust),
        }
    }

    pub(crate) fn mode(&self) -> SslVerifyMode {
        match self {
            ClientVerification::None => SslVerifyMode::NONE,
            ClientVerification::Optional(_) => SslVerifyMode::PEER,
            ClientVerification::Required(_) => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
        }
    }
}

/// How a server and its clients prove who they are.
#[derive(Clone)]
pub enum ServerCredentials {
    /// By certificates.
    Certificates {
        /// What the server shows.
        identity: Identity,
        /// What it shows to clients that ask for one of these names. The first that matches counts.
        hosts: Vec<(ServedHost, Identity)>,
        /// What it asks of clients.
        clients: ClientVerification,
    },
    /// By keys that both sides know.
    PreSharedKeys(PskKeys),
}

/// What a server can choose.
#[derive(Clone)]
pub struct ServerOptions {
    /// How the two sides prove who they are.
    pub credentials: ServerCredentials,
    /// What is the same for both roles.
    pub settings: Settings,
    /// Protects tickets. Servers with the same one resume each other's sessions. None: random keys, replaced each hour.
    pub ticket_key: Option<SharedSecret>,
    /// Makes cookies. Servers with the same one take each other's. None: random, replaced each minute.
    pub cookie_secret: Option<SharedSecret>,
    /// How many handshakes there can be at a time.
    pub caps: Caps,
}

impl ServerOptions {
    /// The defaults, with these credentials.
    pub fn new(credentials: ServerCredentials) -> Self {
        ServerOptions {
            credentials,
            settings: Settings::default(),
            ticket_key: None,
            cookie_secret: None,
            caps: Caps::default(),
        }
    }

    /// The defaults, with this certificate, and clients without one.
    pub fn with_identity(identity: Identity) -> Self {
        Self::new(ServerCredentials::Certificates {
            identity,
            hosts: Vec::new(),
            clients: ClientVerification::None,
        })
    }
}

/// A server's options, ready for use. Cheap to clone.
#[derive(Clone)]
pub struct ServerConfig {
    context: SslContext,
    client_mode: SslVerifyMode,
    asks_for_psk: bool,
    settings: Arc<Settings>,
    ticket_key: Option<SharedSecret>,
    cookie_secret: Option<SharedSecret>,
    caps: Caps,
}

impl ServerConfig {
    /// Checks `options`.
    ///
    /// # Errors
    /// [`ConfigError::CurveNotAllowed`], [`ConfigError::OpenSsl`].
    pub fn new(options: &ServerOptions) -> Result<Self, ConfigError> {
        let client_mode = match &options.credentials {
            ServerCredentials::Certificates { clients, .. } => clients.mode(),
            ServerCredentials::PreSharedKeys(_) => SslVerifyMode::NONE,
        };
        Ok(ServerConfig {
            context: context::server(options)?,
            client_mode,
            asks_for_psk: matches!(options.credentials, ServerCredentials::PreSharedKeys(PskKeys::Lookup)),
            settings: Arc::new(options.settings.clone()),
            ticket_key: options.ticket_key.clone(),
            cookie_secret: options.cookie_secret.clone(),
            caps: options.caps,
        })
    }

    pub(crate) fn context(&self) -> &SslContext {
        &self.context
    }

    pub(crate) fn client_mode(&self) -> SslVerifyMode {
        self.client_mode
    }

    /// True if the caller is asked for each client's pre-shared key.
    pub(crate) fn asks_for_psk(&self) -> bool {
        self.asks_for_psk
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    pub(crate) fn ticket_key(&self) -> Option<&SharedSecret> {
        self.ticket_key.as_ref()
    }

    pub(crate) fn caps(&self) -> Caps {
        self.caps
    }

    pub(crate) fn cookie_secret(&self) -> Option<&SharedSecret> {
        self.cookie_secret.as_ref()
    }
}
