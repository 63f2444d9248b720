//! What the options of either class ask for, as configurations of core.

use godot::builtin::{GString, StringName, Variant, VariantType};
use godot::classes::{Object, TlsOptions};
use godot::obj::Gd;

use super::credentials::{Certificates, Key};
use super::refusal::Refusal;
use super::tls_options::TLSOptions;
use super::trust;
use crate::core::{ClientConfig, ServerConfig, ServerName, TrustStore, Verification};

/// The content of the engine's `TLSOptions` or of our own.
#[derive(Clone)]
pub(super) enum Options {
    /// Verifies the chain and the name.
    Client {
        trusted: Option<Certificates>,
        common_name: GString,
    },
    /// Verifies the chain if there is something to trust, and nothing else.
    ClientUnsafe { trusted: Option<Certificates> },
    /// Has an identity.
    Server {
        key: Option<Key>,
        certificate: Option<Certificates>,
    },
}

impl Options {
    /// Reads an object of either class, given as `argument`.
    pub(super) fn read(object: Gd<Object>, argument: &str) -> Result<Self, Refusal> {
        let object = match object.try_cast::<TLSOptions>() {
            Ok(own) => return Ok(own.bind().options().clone()),
            Err(other) => other,
        };
        match object.try_cast::<TlsOptions>() {
            Ok(engine) => Ok(Self::read_engine(&engine)),
            Err(other) => Err(Refusal::argument(
                argument,
                format!("expected TLSOptions or TLSOptionsOpenSSL, got {}", other.get_class()),
            )),
        }
    }

    fn read_engine(options: &Gd<TlsOptions>) -> Self {
        let trusted = || options.get_trusted_ca_chain().map(Certificates::Resource);
        if options.is_server() {
            Options::Server {
                key: options.get_private_key().map(Key::Resource),
                certificate: options.get_own_certificate().map(Certificates::Resource),
            }
        } else if options.is_unsafe_client() {
            Options::ClientUnsafe { trusted: trusted() }
        } else {
            Options::Client {
                trusted: trusted(),
                common_name: options.get_common_name_override(),
            }
        }
    }

    /// The identity that `server_options` ask for.
    pub(super) fn server_config(&self) -> Result<ServerConfig, Refusal> {
        let Options::Server { key, certificate } = self else {
            return Err(Refusal::argument(
                "server_options",
                "these are a client's: use TLSOptions.server()",
            ));
        };
        let missing = |what| Refusal::argument("server_options", format!("the {what} is null"));
        let key = key.as_ref().ok_or_else(|| missing("key"))?.private_key()?;
        let chain = certificate.as_ref().ok_or_else(|| missing("certificate"))?.chain()?;
        ServerConfig::new(&key, &chain).map_err(|error| Refusal::argument("server_options", error))
    }
}

/// The argument `hostname`: a name, or the answer to "verify?" that stood in its place in Godot 3.
pub(super) enum Hostname {
    Name(String),
    Verify(bool),
}

impl Hostname {
    /// Reads the argument.
    pub(super) fn read(value: &Variant) -> Result<Self, Refusal> {
        match value.get_type() {
            VariantType::STRING => Ok(Hostname::Name(value.to::<GString>().to_string())),
            VariantType::STRING_NAME => Ok(Hostname::Name(value.to::<StringName>().to_string())),
            VariantType::BOOL => Ok(Hostname::Verify(value.to::<bool>())),
            other => Err(Refusal::argument(
                "hostname",
                format!("expected a String, or a bool that says whether to verify the server, got {other:?}"),
            )),
        }
    }
}

/// How a client verifies, and whom it expects.
pub(super) struct ClientSetup {
    pub(super) config: ClientConfig,
    pub(super) name: ServerName,
}

impl ClientSetup {
    /// Combines the arguments of `connect_to_peer`.
    ///
    /// Options decide whether to verify, and a bool only where there are none. Whoever verifies without having been
    /// given a name expects the IP address that the server's datagrams come from.
    pub(super) fn new(hostname: Hostname, options: Option<Options>) -> Result<Self, Refusal> {
        let (verification, common_name) = match (options, &hostname) {
            (None, Hostname::Verify(false)) => (Verification::None, GString::new()),
            (None, _) => (Verification::Full(trust::default_store()?), GString::new()),
            (Some(Options::Client { trusted, common_name }), _) => (Verification::Full(store(trusted)?), common_name),
            (Some(Options::ClientUnsafe { trusted: None }), _) => (Verification::None, GString::new()),
            (Some(Options::ClientUnsafe { trusted }), _) => (Verification::Chain(store(trusted)?), GString::new()),
            (Some(Options::Server { .. }), _) => {
                return Err(Refusal::argument(
                    "client_options",
                    "these are a server's: use TLSOptions.client()",
                ));
            }
        };
        let name = match hostname {
            _ if !common_name.is_empty() => ServerName::Host(common_name.to_string()),
            Hostname::Name(name) => ServerName::Host(name),
            Hostname::Verify(_) => ServerName::PeerAddress,
        };
        let config = ClientConfig::new(&verification).map_err(|error| Refusal::argument("client_options", error))?;
        Ok(ClientSetup { config, name })
    }
}

fn store(trusted: Option<Certificates>) -> Result<TrustStore, Refusal> {
    match trusted {
        Some(certificates) => certificates.trust(),
        None => trust::default_store(),
    }
}
