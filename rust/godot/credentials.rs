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
use crate::core::{ConfigError, TrustStore, pem};

/// One certificate or several.
#[derive(Clone)]
pub(super) enum Certificates {
    Resource(Gd<X509Certificate>),
    Pem(GString),
}

impl Certificates {
    /// A server's own certificate and its intermediates.
    pub(super) fn chain(&self) -> Result<Vec<X509>, Refusal> {
        let mut chain =
            pem::certificates(&self.text()).map_err(|error| Refusal::argument("server_options, certificate", error))?;
        // What is left of a chain that could not be recovered is one certificate, several times.
        chain.dedup();
        Ok(chain)
    }

    /// The certificates to trust. An empty resource trusts nobody, as in the engine's class; that no connection can
    /// succeed so is said, and left to the handshake.
    pub(super) fn trust(&self) -> Result<TrustStore, Refusal> {
        let refuse = |error| Refusal::argument("client_options, trusted_chain", error);
        match (TrustStore::from_pem(&self.text()), self) {
            (Err(error @ ConfigError::CertificateMissing), Certificates::Resource(_)) => {
                refuse(error).report("PacketPeerDTLSOpenSSL.connect_to_peer");
                TrustStore::empty().map_err(refuse)
            }
            (store, _) => store.map_err(refuse),
        }
    }

    /// The certificates as the engine's class. None: the engine cannot read them.
    pub(super) fn resource(&self) -> Option<Gd<X509Certificate>> {
        match self {
            Certificates::Resource(certificate) => Some(certificate.clone()),
            Certificates::Pem(text) => {
                let mut certificate = X509Certificate::new_gd();
                (certificate.load_from_string(text) == Error::OK).then_some(certificate)
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Certificates::Resource(certificate) => resource_text(certificate.clone()),
            Certificates::Pem(text) => text.to_string(),
        }
    }
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
    /// The key itself.
    pub(super) fn private_key(&self) -> Result<PKey<Private>, Refusal> {
        let key = match self {
            Key::Resource(key) if key.is_public_only() => {
                return Err(Refusal::argument(
                    "server_options, key",
                    "the CryptoKey has no private part: load a private key, or make one with Crypto.generate_rsa()",
                ));
            }
            Key::Resource(key) => pem::private_key(&key.clone().save_to_string().to_string(), ""),
            Key::Pem { text, passphrase } => pem::private_key(&text.to_string(), &passphrase.to_string()),
        };
        key.map_err(|error| Refusal::argument("server_options, key", error))
    }

    /// The key as the engine's class. None: the engine cannot read it.
    pub(super) fn resource(&self) -> Option<Gd<CryptoKey>> {
        if let Key::Resource(key) = self {
            return Some(key.clone());
        }
        let text = String::from_utf8(self.private_key().ok()?.private_key_to_pem_pkcs8().ok()?).ok()?;
        let mut key = CryptoKey::new_gd();
        (key.load_from_string(&text) == Error::OK).then_some(key)
    }
}
