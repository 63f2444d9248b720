use std::path::Path;
use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};

use super::config::ConfigError;
use super::pem;

/// The certificates that a client trusts. Cheap to clone: the clones share one store.
#[derive(Clone)]
pub struct TrustStore(Arc<X509Store>);

impl TrustStore {
    /// Trusts the certificates in `text` and nothing else. Damaged ones among them are passed over.
    ///
    /// # Errors
    /// [`ConfigError::CertificateMissing`] if no certificate can be read.
    pub fn from_pem(text: &str) -> Result<Self, ConfigError> {
        let certificates = pem::readable_certificates(text);
        if certificates.is_empty() {
            return Err(ConfigError::CertificateMissing);
        }
        Ok(Self::new(certificates)?)
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

    fn new(certificates: Vec<X509>) -> Result<Self, ErrorStack> {
        let mut builder = X509StoreBuilder::new()?;
        for certificate in certificates {
            builder.add_cert(certificate)?;
        }
        Ok(TrustStore(Arc::new(builder.build())))
    }

    pub(crate) fn store(&self) -> &X509Store {
        &self.0
    }
}

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
