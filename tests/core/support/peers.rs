//! A client and a server that connect more than once.

use std::sync::Arc;
use std::time::Instant;

use openssl_dtls::core::{ClientConfig, ClientOptions, Listener, ServerConfig, ServerName, ServerOptions, Session};
use parking_lot::Mutex;

use super::{Identity, Pair};

/// A client's configuration and a server object, with what each keeps from one connection to the next.
pub(crate) struct Peers {
    pub(crate) client: ClientConfig,
    pub(crate) name: ServerName,
    pub(crate) listener: Arc<Mutex<Listener>>,
    pub(crate) now: Instant,
}

impl Peers {
    /// A client that verifies the server fully.
    pub(crate) fn new() -> Self {
        let identity = Identity::self_signed(&["server.test"]);
        Self::with(&identity.client_options(), &identity.server_options())
    }

    /// Both sides with these options; the client asks for `server.test`.
    pub(crate) fn with(client: &ClientOptions, server: &ServerOptions) -> Self {
        let now = Instant::now();
        Peers {
            client: ClientConfig::new(client).unwrap(),
            name: ServerName::Host("server.test".into()),
            listener: listener(server, now),
            now,
        }
    }

    /// A client that verifies the server fully, after their first connection.
    pub(crate) fn acquainted() -> Self {
        let peers = Self::new();
        assert!(!peers.resumes());
        peers
    }

    /// Both sides with these options, after their first connection.
    pub(crate) fn acquainted_with(client: &ClientOptions, server: &ServerOptions) -> Self {
        let peers = Self::with(client, server);
        assert!(!peers.resumes());
        peers
    }

    /// Another server in the place of the one that there was.
    pub(crate) fn replace_server(&mut self, server: &ServerOptions) {
        self.listener = listener(server, self.now);
    }

    /// Gives the server other options.
    pub(crate) fn set_server(&self, server: &ServerOptions) {
        let config = ServerConfig::new(server).unwrap();
        self.listener.lock().set_config(config, self.now).unwrap();
    }

    /// A new connection.
    pub(crate) fn pair(&self) -> Pair {
        self.pair_for(&self.name)
    }

    /// A new connection, for which the client asks for `name`.
    pub(crate) fn pair_for(&self, name: &ServerName) -> Pair {
        let client = Session::client(&self.client, name, self.now).unwrap();
        Pair::from_parts(client, self.listener.clone(), self.now)
    }

    /// A new connection, with data that goes both ways.
    pub(crate) fn connect(&self) -> Pair {
        let mut pair = self.pair();
        pair.connect();
        pair
    }

    /// Whether the next connection is resumed, on which both sides have to agree.
    pub(crate) fn resumes(&self) -> bool {
        let mut pair = self.connect();
        let resumed = pair.client.is_resumed();
        assert_eq!(pair.server().is_resumed(), resumed);
        resumed
    }
}

fn listener(options: &ServerOptions, now: Instant) -> Arc<Mutex<Listener>> {
    let config = ServerConfig::new(options).unwrap();
    Arc::new(Mutex::new(Listener::new(config, now).unwrap()))
}
