//! The properties and methods that choose how either side proves who it is.

use godot::classes::{CryptoKey, X509Certificate};
use godot::global::Error;
use godot::prelude::*;

use super::{TLSOptions, change};
use crate::core::{ConfigError, Identity, ServedHost};
use crate::godot::argument::Argument;
use crate::godot::class_enum::{EnumArgument, register_property};
use crate::godot::client_role::{ClientRole, Verification};
use crate::godot::credentials::{Authorities, Certificates, Credentials, Key, RevocationLists};
use crate::godot::guard::guard;
use crate::godot::options::Role;
use crate::godot::refusal::Refusal;
use crate::godot::server_role::{CertificateProof, Proof};
use crate::godot::verify_client::VerifyClient;

#[godot_api(secondary)]
impl TLSOptions {
    /// The certificate that a client shows to servers that ask for one, and its private key.
    ///
    /// `chain` holds the client's own certificate first, as in [method server]. Returns
    /// [constant ERR_INVALID_PARAMETER], and changes nothing, if the two are no pair that DTLS can use, or if these
    /// options are a server's, or those of [method client_psk], which need none.
    #[func]
    fn set_identity(&mut self, key: Argument<CryptoKey>, chain: Argument<X509Certificate>) -> Error {
        let credentials = Credentials::Given {
            key: key.cast().map(Key::Resource),
            certificate: chain.cast().map(Certificates::Resource),
        };
        change("set_identity()", || self.try_set_identity(&credentials))
    }

    /// The same from PEM texts. `passphrase` opens an encrypted key.
    #[func]
    fn set_identity_pem(
        &mut self,
        key_pem: GString,
        chain_pem: GString,
        #[opt(default = "")] passphrase: GString,
    ) -> Error {
        let credentials = from_pem(key_pem, chain_pem, passphrase);
        change("set_identity_pem()", || self.try_set_identity(&credentials))
    }

    /// The certificate that a server shows to clients which ask for `host` (SNI), and its private key, as in
    /// [method server_from_pem].
    ///
    /// `host` is a name, or [code]*.example.com[/code] for all names one level below. The one that was added first and
    /// fits counts, and for other names the certificate that the options were made with. The same `host` again replaces
    /// its certificate.
    ///
    /// Returns [constant ERR_INVALID_PARAMETER], and changes nothing, if one of the arguments cannot be used, or if
    /// these are no options of a server with a certificate.
    #[func]
    fn add_server_name(
        &mut self,
        host: GString,
        key_pem: GString,
        chain_pem: GString,
        #[opt(default = "")] passphrase: GString,
    ) -> Error {
        let credentials = from_pem(key_pem, chain_pem, passphrase);
        change("add_server_name()", || self.try_add_server_name(&host, &credentials))
    }

    /// The SHA-256 of the own certificate in 64 hexadecimal digits, for [method client_pinned]. Empty: there is none.
    #[func]
    fn get_fingerprint_sha256(&self) -> GString {
        self.describe("get_fingerprint_sha256()", |identity| {
            identity.fingerprint().map(|fingerprint| fingerprint.to_string())
        })
    }

    /// The own private key in PEM form, not encrypted: keep it where nobody else can read it. Empty: there is none.
    #[func]
    fn get_key_pem(&self) -> GString {
        self.describe("get_key_pem()", Identity::key_pem)
    }

    /// The own certificate and its intermediates in PEM form. Empty: there is none.
    #[func]
    fn get_certificate_pem(&self) -> GString {
        self.describe("get_certificate_pem()", Identity::chain_pem)
    }

    /// See [method set_verify_client].
    #[func]
    fn get_verify_client(&self) -> VerifyClient {
        self.certificate_proof()
            .map(|proof| proof.verify_client)
            .unwrap_or_default()
    }

    /// Whether a server asks its clients for certificates: [constant VERIFY_NONE] (the default),
    /// [constant VERIFY_OPTIONAL] or [constant VERIFY_REQUIRED]. The latter two need [member client_ca] or
    /// [member client_ca_pem]. Who a client is then tell [method PacketPeerDTLSOpenSSL.get_peer_subject] and
    /// [method PacketPeerDTLSOpenSSL.get_peer_certificate].
    #[func]
    fn set_verify_client(&mut self, verify: EnumArgument<VerifyClient>) -> Error {
        change("verify_client", || {
            let verify = verify.value().map_err(|number| {
                Refusal::value(&number, "VERIFY_NONE, VERIFY_OPTIONAL and VERIFY_REQUIRED are possible")
            })?;
            self.certificate_proof_mut()?.verify_client = verify;
            Ok(())
        })
    }

    /// See [method set_client_ca].
    #[func]
    fn get_client_ca(&self) -> Option<Gd<X509Certificate>> {
        guard(|| self.client_ca()?.source().resource()).flatten()
    }

    /// The certificates of the authorities whose clients a server takes: see [member verify_client]. Null: none.
    #[func]
    fn set_client_ca(&mut self, certificates: Argument<X509Certificate>) -> Error {
        change("client_ca", || {
            let cast = |object: Gd<Object>| {
                let refuse = |other: Gd<Object>| {
                    Refusal::value(&format_args!("{}", other.get_class()), "an X509Certificate is possible")
                };
                object.try_cast().map(Certificates::Resource).map_err(refuse)
            };
            self.try_set_client_ca(certificates.object().map(cast).transpose()?)
        })
    }

    /// See [method set_client_ca_pem].
    #[func]
    fn get_client_ca_pem(&self) -> GString {
        let text = guard(|| Some(self.client_ca()?.source().text())).flatten();
        text.map(|text| text.as_str().into()).unwrap_or_default()
    }

    /// [member client_ca] as a PEM text.
    #[func]
    fn set_client_ca_pem(&mut self, pem: GString) -> Error {
        change("client_ca_pem", || {
            let certificates = Some(pem).filter(|pem| !pem.is_empty());
            self.try_set_client_ca(certificates.map(Certificates::Pem))
        })
    }

    /// See [method set_crl_pem].
    #[func]
    fn get_crl_pem(&self) -> GString {
        let lists = match &self.options.role {
            Role::Client(role) => role.revoked.as_ref(),
            Role::Server(_) => self.certificate_proof().and_then(|proof| proof.revoked.as_ref()),
        };
        lists.map(RevocationLists::text).unwrap_or_default()
    }

    /// Revocation lists (CRLs) in PEM form: certificates of the other side that they name are refused with
    /// [constant PacketPeerDTLSOpenSSL.FAILURE_CERTIFICATE_REVOKED].
    ///
    /// There has to be a list of the authority that has issued the other side's certificate, and it must not have
    /// expired: without one, nobody is trusted. Empty, the default: revocation is not checked. A server's options use
    /// them for clients, with [member verify_client].
    #[func]
    fn set_crl_pem(&mut self, pem: GString) -> Error {
        change("crl_pem", || {
            let revoked = self.revoked_mut()?;
            *revoked = RevocationLists::read(&pem).map_err(|error| Refusal::pem(&pem, error))?;
            Ok(())
        })
    }
}

impl TLSOptions {
    fn try_set_identity(&mut self, credentials: &Credentials) -> Result<(), Refusal> {
        let role = self.client_with_certificate()?;
        role.identity = Some(credentials.identity()?);
        Ok(())
    }

    fn try_add_server_name(&mut self, host: &GString, credentials: &Credentials) -> Result<(), Refusal> {
        let hosts = &mut self.certificate_proof_mut()?.hosts;
        let name = ServedHost::new(&host.to_string()).map_err(|error| Refusal::value(host, error).within("host"))?;
        let identity = credentials.identity()?;
        match hosts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, replaced)) => *replaced = identity,
            None => hosts.push((name, identity)),
        }
        Ok(())
    }

    fn try_set_client_ca(&mut self, certificates: Option<Certificates>) -> Result<(), Refusal> {
        let proof = self.certificate_proof_mut()?;
        let read = |certificates: Certificates| {
            Authorities::new(certificates.clone()).map_err(|error| match &certificates {
                Certificates::Pem(pem) => Refusal::pem(pem, error),
                Certificates::Resource(_) => Refusal::parameter(error),
            })
        };
        proof.client_ca = certificates.map(read).transpose()?;
        Ok(())
    }

    /// Asks the own key and certificate, if there are any. That they cannot be used is told in a line.
    fn describe(&self, method: &str, question: impl FnOnce(&Identity) -> Result<String, ConfigError>) -> GString {
        let mut answer = GString::new();
        change(method, || {
            if let Some(credentials) = self.credentials() {
                let text = question(&credentials.identity()?).map_err(Refusal::parameter)?;
                answer = text.as_str().into();
            }
            Ok(())
        });
        answer
    }

    fn client_with_certificate(&mut self) -> Result<&mut ClientRole, Refusal> {
        match &mut self.options.role {
            Role::Server(_) => Err(Refusal::parameter(
                "this is a client's: a server's certificate is given to TLSOptionsOpenSSL.server_from_pem()",
            )),
            Role::Client(role) if matches!(role.verification, Verification::PreSharedKey(_)) => Err(
                Refusal::parameter("these are options of client_psk(), whose key tells the server who the client is"),
            ),
            Role::Client(role) => Ok(role),
        }
    }

    fn certificate_proof(&self) -> Option<&CertificateProof> {
        match &self.options.role {
            Role::Server(role) => match &role.proof {
                Proof::Certificates(proof) => Some(proof),
                Proof::PreSharedKeys(_) => None,
            },
            Role::Client(_) => None,
        }
    }

    fn certificate_proof_mut(&mut self) -> Result<&mut CertificateProof, Refusal> {
        match &mut self.server_role_mut()?.proof {
            Proof::Certificates(proof) => Ok(proof),
            Proof::PreSharedKeys(_) => Err(Refusal::parameter(
                "these are options of server_psk(), whose keys tell who is who",
            )),
        }
    }

    fn client_ca(&self) -> Option<&Authorities> {
        self.certificate_proof()?.client_ca.as_ref()
    }

    fn revoked_mut(&mut self) -> Result<&mut Option<RevocationLists>, Refusal> {
        if let Role::Server(_) = self.options.role {
            return Ok(&mut self.certificate_proof_mut()?.revoked);
        }
        match &mut self.options.role {
            Role::Client(role) if role.verification.checks_chain() => Ok(&mut role.revoked),
            _ => Err(Refusal::parameter(
                "these options do not verify who has issued the server's certificate, so it cannot be revoked",
            )),
        }
    }
}

fn from_pem(key_pem: GString, chain_pem: GString, passphrase: GString) -> Credentials {
    Credentials::Given {
        key: Some(Key::Pem {
            text: key_pem,
            passphrase,
        }),
        certificate: Some(Certificates::Pem(chain_pem)),
    }
}

pub(super) fn register_properties() {
    register_property::<TLSOptions, EnumArgument<VerifyClient>>("verify_client");
    register_property::<TLSOptions, Option<Gd<X509Certificate>>>("client_ca");
    register_property::<TLSOptions, GString>("client_ca_pem");
    register_property::<TLSOptions, GString>("crl_pem");
}
