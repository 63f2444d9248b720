//! What both sides can choose, as most tests choose it.

use std::collections::HashMap;

use openssl_dtls::core::{
    ClientOptions, ClientPsk, ClientVerification, PskIdentity, PskKey, PskKeys, ServerCredentials, ServerOptions,
    Verification,
};

use super::Identity;

impl Identity {
    /// A server with this identity.
    pub(crate) fn server_options(&self) -> ServerOptions {
        ServerOptions::with_identity(self.checked())
    }

    /// A server with this identity, which asks this of its clients.
    pub(crate) fn server_asking(&self, clients: ClientVerification) -> ServerOptions {
        ServerOptions::new(ServerCredentials::Certificates {
            identity: self.checked(),
            hosts: Vec::new(),
            clients,
        })
    }

    /// A client that verifies a server with this identity fully.
    pub(crate) fn client_options(&self) -> ClientOptions {
        ClientOptions::new(Verification::Full(self.trust()))
    }

    /// The same, with an identity of its own.
    pub(crate) fn client_showing(&self, identity: &Identity) -> ClientOptions {
        ClientOptions {
            identity: Some(identity.checked()),
            ..self.client_options()
        }
    }
}

fn psk_identity(text: &str) -> PskIdentity {
    PskIdentity::new(text).unwrap()
}

pub(crate) fn psk_key(bytes: &[u8]) -> PskKey {
    PskKey::new(bytes).unwrap()
}

/// A client that says it is `name` and has this key.
pub(crate) fn psk_client(name: &str, key: &[u8]) -> ClientOptions {
    ClientOptions::new(Verification::PreSharedKey(ClientPsk {
        identity: psk_identity(name),
        key: psk_key(key),
    }))
}

/// A server that knows these keys.
pub(crate) fn psk_server(keys: &[(&str, &[u8])]) -> ServerOptions {
    let keys: HashMap<_, _> = keys
        .iter()
        .map(|(name, key)| (psk_identity(name), psk_key(key)))
        .collect();
    ServerOptions::new(ServerCredentials::PreSharedKeys(PskKeys::Fixed(keys)))
}

/// A server that asks for each key.
pub(crate) fn psk_asking_server() -> ServerOptions {
    ServerOptions::new(ServerCredentials::PreSharedKeys(PskKeys::Lookup))
}
