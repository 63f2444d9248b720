//! What only a server's options have, and what `setup()` makes of them.

use super::credentials::{Authorities, Credentials, RevocationLists};
use super::options::{Options, Role};
use super::psk_keys::{PskKeys, PskLookup};
use super::refusal::Refusal;
use super::verify_client::VerifyClient;
use crate::core::settings::SharedSecret;
use crate::core::{
    Caps, ClientVerification, Identity, ServedHost, ServerConfig, ServerCredentials, ServerOptions, TrustStore,
};

const ARGUMENT: &str = "server_options";

/// A server's side of the options.
#[derive(Clone)]
pub(super) struct ServerRole {
    pub(super) proof: Proof,
    pub(super) ticket_key: Option<SharedSecret>,
    pub(super) cookie_secret: Option<SharedSecret>,
    pub(super) caps: Caps,
}

/// How the two sides prove who they are. What a script has given wrongly is refused when the options are used.
#[derive(Clone)]
pub(super) enum Proof {
    /// By certificates.
    Certificates(Box<CertificateProof>),
    /// By keys that both sides know.
    PreSharedKeys(Result<PskKeys, Refusal>),
}

/// What a server shows to clients, and asks of them.
#[derive(Clone)]
pub(super) struct CertificateProof {
    pub(super) own: Credentials,
    /// What it shows to clients that ask for one of these names.
    pub(super) hosts: Vec<(ServedHost, Identity)>,
    pub(super) verify_client: VerifyClient,
    pub(super) client_ca: Option<Authorities>,
    pub(super) revoked: Option<RevocationLists>,
}

impl ServerRole {
    pub(super) fn new(proof: Proof) -> Self {
        ServerRole {
            proof,
            ticket_key: None,
            cookie_secret: None,
            caps: Caps::default(),
        }
    }

    /// A server that shows its certificate to all clients and asks for none.
    pub(super) fn with_certificate(own: Credentials) -> Self {
        Self::new(Proof::Certificates(Box::new(CertificateProof {
            own,
            hosts: Vec::new(),
            verify_client: VerifyClient::None,
            client_ca: None,
            revoked: None,
        })))
    }
}

impl Proof {
    /// As core has it, and whom to ask for keys that are not known beforehand.
    fn credentials(self) -> Result<(ServerCredentials, Option<PskLookup>), Refusal> {
        match self {
            Proof::Certificates(proof) => Ok((proof.credentials()?, None)),
            Proof::PreSharedKeys(keys) => keys.map(PskKeys::into_credentials),
        }
    }
}

impl CertificateProof {
    fn credentials(&self) -> Result<ServerCredentials, Refusal> {
        Ok(ServerCredentials::Certificates {
            identity: self.own.identity()?,
            hosts: self.hosts.clone(),
            clients: self.clients()?,
        })
    }

    fn clients(&self) -> Result<ClientVerification, Refusal> {
        Ok(match self.verify_client {
            VerifyClient::None => ClientVerification::None,
            VerifyClient::Optional => ClientVerification::Optional(self.client_store()?),
            VerifyClient::Required => ClientVerification::Required(self.client_store()?),
        })
    }

    fn client_store(&self) -> Result<TrustStore, Refusal> {
        let authorities = self.client_ca.as_ref().ok_or_else(|| {
            Refusal::parameter(
                "verify_client asks clients for certificates: set client_ca or client_ca_pem to the authority that has \
                 issued them",
            )
        })?;
        RevocationLists::apply(self.revoked.as_ref(), authorities.store()).map_err(Refusal::parameter)
    }
}

/// What a server needs for new connections.
pub(super) struct ServerSetup {
    pub(super) config: ServerConfig,
    /// Whom to ask for pre-shared keys.
    pub(super) psk_lookup: Option<PskLookup>,
}

impl ServerSetup {
    /// Reads the argument of `setup`.
    pub(super) fn new(options: Options) -> Result<Self, Refusal> {
        let Role::Server(role) = options.role else {
            return Err(Refusal::argument(
                ARGUMENT,
                "these are a client's: use TLSOptions.server()",
            ));
        };
        let (credentials, psk_lookup) = role.proof.credentials().map_err(|refusal| refusal.within(ARGUMENT))?;
        let server = ServerOptions {
            credentials,
            settings: options.settings,
            ticket_key: role.ticket_key,
            cookie_secret: role.cookie_secret,
            caps: role.caps,
        };
        let config = ServerConfig::new(&server).map_err(|error| Refusal::argument(ARGUMENT, error))?;
        Ok(ServerSetup { config, psk_lookup })
    }
}
