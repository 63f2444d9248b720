//! What only a client's options have, and what `connect_to_peer()` makes of them.

use godot::builtin::{GString, StringName, Variant, VariantType};

use super::credentials::{Authorities, Certificates, RevocationLists};
use super::options::{Options, Role};
use super::refusal::Refusal;
use super::trust;
use crate::core::{
    self, ClientConfig, ClientConfigs, ClientOptions, ClientPsk, ConfigError, Fingerprint, Identity, ServerName,
    TrustStore,
};

const ARGUMENT: &str = "client_options";

/// A client's side of the options.
#[derive(Clone)]
pub(super) struct ClientRole {
    pub(super) verification: Verification,
    /// What the client shows to a server that asks for a certificate.
    pub(super) identity: Option<Identity>,
    /// Only where a chain is verified.
    pub(super) revoked: Option<RevocationLists>,
}

/// How a client makes sure of the server. What a script has given wrongly is refused when the options are used.
#[derive(Clone)]
pub(super) enum Verification {
    /// By the chain and the name. Without `trusted` the default store is trusted.
    Full {
        trusted: Option<Trusted>,
        common_name: GString,
    },
    /// By the chain if there is something to trust, and by nothing else.
    Unsafe { trusted: Option<Trusted> },
    /// By the fingerprint.
    Pinned(Result<Vec<Fingerprint>, Refusal>),
    /// By a key that both sides know.
    PreSharedKey(Result<ClientPsk, Refusal>),
}

/// The certificates that a client was told to trust.
#[derive(Clone)]
pub(super) enum Trusted {
    Read(Authorities),
    /// To be read with each connection.
    Unread(Certificates),
}

impl Trusted {
    /// Reads them now, so that it is not done with each connection. A resource that is still empty may be loaded later, and
    /// what is wrong is refused when it is used.
    pub(super) fn read(certificates: Certificates) -> Self {
        match Authorities::new(certificates.clone()) {
            Ok(authorities) => Trusted::Read(authorities),
            Err(_) => Trusted::Unread(certificates),
        }
    }

    /// As the script has given them.
    pub(super) fn source(&self) -> &Certificates {
        match self {
            Trusted::Read(authorities) => authorities.source(),
            Trusted::Unread(certificates) => certificates,
        }
    }

    fn store(&self) -> Result<TrustStore, Refusal> {
        match self {
            Trusted::Read(authorities) => Ok(authorities.store().clone()),
            Trusted::Unread(certificates) => read_trusted(certificates),
        }
    }
}

impl Verification {
    /// True if revocation lists have something to say.
    pub(super) fn checks_chain(&self) -> bool {
        matches!(
            self,
            Verification::Full { .. } | Verification::Unsafe { trusted: Some(_) }
        )
    }
}

impl ClientRole {
    pub(super) fn new(verification: Verification) -> Self {
        ClientRole {
            verification,
            identity: None,
            revoked: None,
        }
    }

    fn verification(&self) -> Result<core::Verification, Refusal> {
        Ok(match &self.verification {
            Verification::Full { trusted, .. } => core::Verification::Full(self.store(trusted.as_ref())?),
            Verification::Unsafe { trusted: None } => core::Verification::None,
            Verification::Unsafe { trusted } => core::Verification::Chain(self.store(trusted.as_ref())?),
            Verification::Pinned(fingerprints) => core::Verification::Pinned(fingerprints.clone()?),
            Verification::PreSharedKey(psk) => core::Verification::PreSharedKey(psk.clone()?),
        })
    }

    fn store(&self, trusted: Option<&Trusted>) -> Result<TrustStore, Refusal> {
        let store = match trusted {
            Some(trusted) => trusted.store()?,
            None => trust::default_store()?,
        };
        RevocationLists::apply(self.revoked.as_ref(), &store).map_err(Refusal::parameter)
    }

    /// The name to expect in place of the hostname.
    pub(super) fn common_name(&self) -> Option<&GString> {
        match &self.verification {
            Verification::Full { common_name, .. } => Some(common_name).filter(|name| !name.is_empty()),
            _ => None,
        }
    }
}

/// The certificates to trust. An empty resource trusts nobody, as in the engine's class; that no connection can succeed
/// so is said, and left to the handshake.
fn read_trusted(certificates: &Certificates) -> Result<TrustStore, Refusal> {
    let refuse = |error| Refusal::argument("trusted_chain", error);
    match (certificates.trust(), certificates) {
        (Err(error @ ConfigError::CertificateMissing), Certificates::Resource(_)) => {
            refuse(error)
                .within(ARGUMENT)
                .report("PacketPeerDTLSOpenSSL.connect_to_peer()");
            TrustStore::empty().map_err(refuse)
        }
        (store, _) => store.map_err(refuse),
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
                format_args!("expected a String, or a bool that says whether to verify the server, got {other:?}"),
            )),
        }
    }
}

/// How a client connects, and whom it expects.
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
        static CONFIGS: ClientConfigs = ClientConfigs::new();
        let options = match options {
            Some(options) => options,
            None => Options::new(Role::Client(ClientRole::new(default_verification(&hostname)))),
        };
        let Role::Client(role) = options.role else {
            return Err(Refusal::argument(
                ARGUMENT,
                "these are a server's: use TLSOptions.client()",
            ));
        };
        let client = ClientOptions {
            verification: role.verification().map_err(|refusal| refusal.within(ARGUMENT))?,
            identity: role.identity.clone(),
            settings: options.settings,
        };
        let config = CONFIGS
            .get(&client)
            .map_err(|error| Refusal::argument(ARGUMENT, error))?;
        let name = match (role.common_name(), hostname) {
            (Some(name), _) => ServerName::Host(name.to_string()),
            (None, Hostname::Name(name)) => ServerName::Host(name),
            (None, Hostname::Verify(_)) => ServerName::PeerAddress,
        };
        Ok(ClientSetup { config, name })
    }
}

fn default_verification(hostname: &Hostname) -> Verification {
    match hostname {
        Hostname::Verify(false) => Verification::Unsafe { trusted: None },
        _ => Verification::Full {
            trusted: None,
            common_name: GString::new(),
        },
    }
}
