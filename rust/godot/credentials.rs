//! Certificates and keys as scripts hold them, and the way to their PEM text.

use std::sync::Once;

use godot::builtin::GString;
use godot::classes::{CryptoKey, FileAccess, X509Certificate};
use godot::global::Error;
use godot::obj::{Gd, NewGd};
use log::warn;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::refusal::Refusal;
use crate::core::{ConfigError, Identity, TrustStore, pem};

/// One certificate or several.
#[derive(Clone)]
pub(super) enum Certificates {
    Resource(Gd<X509Certificate>),
    Pem(GString),
}

impl Certificates {
    /// One's own certificate and its intermediates.
    pub(super) fn chain(&self) -> Result<Vec<X509>, ConfigError> {
        let mut chain = pem::certificates(&self.text())?;
        // What is left of a chain that could not be recovered is one certificate, several times.
        chain.dedup();
        Ok(chain)
    }

    /// The certificates to trust.
    pub(super) fn trust(&self) -> Result<TrustStore, ConfigError> {
        TrustStore::from_pem(&self.text())
    }

    /// The certificates as the engine's class. None: the engine cannot read them.
    pub(super) fn resource(&self) -> Option<Gd<X509Certificate>> {
        match self {
            Certificates::Resource(certificate) => Some(certificate.clone()),
            Certificates::Pem(text) => certificate_from_pem(&text.to_string()),
        }
    }

    /// Their PEM text, as far as it is known.
    pub(super) fn text(&self) -> String {
        match self {
            Certificates::Resource(certificate) => resource_text(certificate.clone()),
            Certificates::Pem(text) => text.to_string(),
        }
    }
}

/// The engine's class with the certificates in `pem`. None: the engine cannot read them.
pub(super) fn certificate_from_pem(pem: &str) -> Option<Gd<X509Certificate>> {
    let mut certificate = X509Certificate::new_gd();
    (certificate.load_from_string(pem) == Error::OK).then_some(certificate)
}

/// The PEM text of a certificate resource.
///
/// The engine saves a chain as its first certificate, repeated, and one that is too large for its buffer not at all. In
/// both cases the file that the resource was loaded from has the truth.
fn resource_text(mut certificate: Gd<X509Certificate>) -> String {
    let saved = certificate.save_to_string().to_string();
    if !saved.is_empty() && !pem::is_repeated(&saved) {
        return saved;
    }
    let path = certificate.get_path();
    if let Some(text) = read_file(&path).filter(|text| begins_like(text, &saved)) {
        return text;
    }
    if !saved.is_empty() {
        warn_of_lost_chain();
    }
    saved
}

fn read_file(path: &GString) -> Option<String> {
    (!path.is_empty() && FileAccess::file_exists(path)).then(|| FileAccess::get_file_as_string(path).to_string())
}

/// True if `file` still holds what the engine has loaded: its first certificate is that of `saved`, if that has one.
fn begins_like(file: &str, saved: &str) -> bool {
    let first = |text| pem::certificates(text).ok().and_then(|all| all.into_iter().next());
    match (first(file), first(saved)) {
        (Some(read), Some(loaded)) => read == loaded,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn warn_of_lost_chain() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        warn!(
            "An X509Certificate holds several certificates, of which Godot gives out the first one only. That one is \
             used. Load the file as a resource with load(\"res://...\"), or use TLSOptionsOpenSSL.server_from_pem() \
             or client_from_pem()."
        );
    });
}

/// A private key.
#[derive(Clone)]
pub(super) enum Key {
    Resource(Gd<CryptoKey>),
    Pem { text: GString, passphrase: GString },
}

impl Key {
    /// The key itself, which the script has given as `argument`.
    pub(super) fn private_key(&self, argument: &str) -> Result<PKey<Private>, Refusal> {
        let key = match self {
            Key::Resource(key) if key.is_public_only() => {
                return Err(Refusal::argument(
                    argument,
                    "the CryptoKey has no private part: load a private key, or make one with Crypto.generate_rsa()",
                ));
            }
            Key::Resource(key) => pem::private_key(&key.clone().save_to_string().to_string(), ""),
            Key::Pem { text, passphrase } => pem::private_key(&text.to_string(), &passphrase.to_string()),
        };
        key.map_err(|error| Refusal::argument(argument, error))
    }
}

/// A private key and the certificates that belong to it.
#[derive(Clone)]
pub(super) enum Credentials {
    /// Read when they are needed, because the engine's resources can be loaded after the options were made.
    Given {
        key: Option<Key>,
        certificate: Option<Certificates>,
    },
    /// Checked, or found to be wrong when they were given.
    Known(Result<Identity, Refusal>),
}

impl Credentials {
    /// Reads and checks what the script has given.
    pub(super) fn identity(&self) -> Result<Identity, Refusal> {
        let (key, certificate) = match self {
            Credentials::Given { key, certificate } => (key, certificate),
            Credentials::Known(identity) => return identity.clone(),
        };
        let missing = |argument, class| Refusal::argument(argument, format_args!("null: {class} expected"));
        let key = key.as_ref().ok_or_else(|| missing("key", "CryptoKey"))?;
        let certificate = certificate.as_ref();
        let certificate = certificate.ok_or_else(|| missing("certificate", "X509Certificate"))?;
        let (key, chain) = (key.private_key("key")?, certificate.chain());
        let chain = chain.map_err(|error| Refusal::argument("certificate", error))?;
        Identity::new(key, chain).map_err(Refusal::parameter)
    }

    /// The key as the engine's class. None: there is none, or the engine cannot read it.
    pub(super) fn key_resource(&self) -> Option<Gd<CryptoKey>> {
        let pem = match self {
            Credentials::Given {
                key: Some(Key::Resource(key)),
                ..
            } => return Some(key.clone()),
            Credentials::Given { key: None, .. } | Credentials::Known(Err(_)) => return None,
            Credentials::Given { key: Some(key), .. } => {
                let key = key.private_key("key").ok()?;
                String::from_utf8(key.private_key_to_pem_pkcs8().ok()?).ok()?
            }
            Credentials::Known(Ok(identity)) => identity.key_pem().ok()?,
        };
        let mut key = CryptoKey::new_gd();
        (key.load_from_string(&pem) == Error::OK).then_some(key)
    }

    /// The certificates as the engine's class. None: there are none, or the engine cannot read them.
    pub(super) fn certificate_resource(&self) -> Option<Gd<X509Certificate>> {
        match self {
            Credentials::Given { certificate, .. } => certificate.as_ref()?.resource(),
            Credentials::Known(Ok(identity)) => certificate_from_pem(&identity.chain_pem().ok()?),
            Credentials::Known(Err(_)) => None,
        }
    }
}

/// Certificates to trust, known to be readable.
#[derive(Clone)]
pub(super) struct Authorities {
    source: Certificates,
    store: TrustStore,
}

impl Authorities {
    /// Reads them.
    pub(super) fn new(source: Certificates) -> Result<Self, ConfigError> {
        let store = source.trust()?;
        Ok(Authorities { source, store })
    }

    /// As the script has given them.
    pub(super) fn source(&self) -> &Certificates {
        &self.source
    }

    /// As OpenSSL has them.
    pub(super) fn store(&self) -> &TrustStore {
        &self.store
    }
}

/// Certificate revocation lists, known to be readable.
#[derive(Clone)]
pub(super) struct RevocationLists(GString);

impl RevocationLists {
    /// Reads them. An empty text has none.
    pub(super) fn read(pem: &GString) -> Result<Option<Self>, ConfigError> {
        if pem.is_empty() {
            return Ok(None);
        }
        TrustStore::empty()?.with_crls(&pem.to_string())?;
        Ok(Some(RevocationLists(pem.clone())))
    }

    /// As the script has given them.
    pub(super) fn text(&self) -> GString {
        self.0.clone()
    }

    /// `store` without what `lists` revoke.
    pub(super) fn apply(lists: Option<&Self>, store: &TrustStore) -> Result<TrustStore, ConfigError> {
        match lists {
            Some(lists) => store.with_crls(&lists.0.to_string()),
            None => Ok(store.clone()),
        }
    }
}
