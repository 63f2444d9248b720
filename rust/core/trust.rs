use std::path::Path;
use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::sha::{Sha256, sha256};
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::{X509, X509Crl, X509Name};

use super::config_error::ConfigError;
use super::recent::Recent;
use super::{ffi, pem};

/// The certificates that one side trusts. Cheap to clone: the clones share one store. Equal if the content is.
#[derive(Clone)]
pub struct TrustStore(Arc<Content>);

struct Content {
    store: X509Store,
    certificates: Vec<X509>,
    checks_revocation: bool,
    digest: [u8; 32],
}

impl TrustStore {
    /// Trusts the certificates in `text` and nothing else. Damaged ones among them are passed over. A store that was
    /// made from the same text lately is shared: scripts give it again with each connection.
    ///
    /// # Errors
    /// [`ConfigError::CertificateMissing`] if no certificate can be read.
    pub fn from_pem(text: &str) -> Result<Self, ConfigError> {
        static STORES: Recent<[u8; 32], TrustStore> = Recent::new();
        STORES.get_or_make(sha256(text.as_bytes()), |_| {
            let certificates = pem::readable_certificates(text);
            if certificates.is_empty() {
                return Err(ConfigError::CertificateMissing);
            }
            Ok(Self::new(certificates)?)
        })
    }

    /// Trusts nobody.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn empty() -> Result<Self, ConfigError> {
        Ok(Self::new(Vec::new())?)
    }

    /// The certificates that the system's files hold: those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, else those
    /// in the places where operating systems keep them. None: there are none.
    pub fn from_files() -> Option<Self> {
        let places = openssl_probe::probe();
        let from_file = places.cert_file.as_deref().map(read_certificates).unwrap_or_default();
        let certificates = if from_file.is_empty() {
            read_directories(&places.cert_dir)
        } else {
            from_file
        };
        if certificates.is_empty() {
            None
        } else {
            Self::new(certificates).ok()
        }
    }

    /// The same certificates, but none that the revocation lists in `text` name (RFC 5280, section 5). They take the place
    /// of those before.
    ///
    /// A peer's own certificate then needs a list of its issuer that has not expired. Those above it are checked where
    /// there is a list of theirs.
    ///
    /// # Errors
    /// [`ConfigError::CrlMissing`], [`ConfigError::CrlUnreadable`].
    pub fn with_crls(&self, text: &str) -> Result<Self, ConfigError> {
        let lists = pem::crls(text)?;
        Ok(Self::build(self.0.certificates.clone(), Some(&lists))?)
    }

    fn new(certificates: Vec<X509>) -> Result<Self, ErrorStack> {
        Self::build(certificates, None)
    }

    fn build(certificates: Vec<X509>, lists: Option<&[X509Crl]>) -> Result<Self, ErrorStack> {
        let mut builder = X509StoreBuilder::new()?;
        let mut digest = Sha256::new();
        for certificate in &certificates {
            digest.update(&certificate.digest(MessageDigest::sha256())?);
            builder.add_cert(certificate.clone())?;
        }
        for list in lists.unwrap_or_default() {
            digest.update(&sha256(&list.to_der()?));
            ffi::add_crl(&mut builder, list)?;
        }
        Ok(TrustStore(Arc::new(Content {
            store: builder.build(),
            certificates,
            checks_revocation: lists.is_some(),
            digest: digest.finish(),
        })))
    }

    pub(crate) fn store(&self) -> &X509Store {
        &self.0.store
    }

    pub(crate) fn checks_revocation(&self) -> bool {
        self.0.checks_revocation
    }

    /// The subjects of the certificates: what a server tells clients, so that they can choose one of theirs.
    pub(crate) fn names(&self) -> Result<Stack<X509Name>, ErrorStack> {
        let mut names = Stack::new()?;
        for certificate in &self.0.certificates {
            names.push(certificate.subject_name().to_owned()?)?;
        }
        Ok(names)
    }

    /// SHA-256 over all that is trusted and revoked.
    pub(crate) fn digest(&self) -> &[u8] {
        &self.0.digest
    }
}

impl PartialEq for TrustStore {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Eq for TrustStore {}

fn read_certificates(file: &Path) -> Vec<X509> {
    std::fs::read(file)
        .map(|bytes| pem::readable_certificates(&String::from_utf8_lossy(&bytes)))
        .unwrap_or_default()
}

fn read_directories(directories: &[std::path::PathBuf]) -> Vec<X509> {
    directories
        .iter()
        .filter_map(|directory| std::fs::read_dir(directory).ok())
        .flatten()
        .filter_map(Result::ok)
        .flat_map(|entry| read_certificates(&entry.path()))
        .collect()
}
