//! What the caller chooses before a session begins, checked once and then shared by many sessions.

use openssl::ec::EcKeyRef;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::ssl::{
    SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslSessionCacheMode, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use openssl::x509::verify::X509VerifyFlags;

use super::record::MAX_MESSAGE;
use super::{TrustStore, exchange, ffi};

/// AEAD suites with forward secrecy, AES-128-GCM first. With CBC one forged datagram would end a session.
const CIPHER_LIST: &str = "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20";

/// A certificate's curve has to be in the list, so it is longer than key exchange alone would want.
const GROUPS: &str = "X25519:P-256:P-384:P-521";

/// RSA from 2048 bits, SHA-2: 112 bits of security, as Mbed TLS asks for.
const SECURITY_LEVEL: u32 = 2;

/// What is wrong with what the caller gave.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No private key where one is needed.
    #[error("there is no private key: give a key in PEM form (BEGIN PRIVATE KEY)")]
    KeyMissing,
    /// The key is encrypted and there is no passphrase.
    #[error("the private key is encrypted: give its passphrase")]
    KeyEncrypted,
    /// The key is encrypted with another passphrase.
    #[error("the passphrase does not open the private key")]
    PassphraseWrong,
    /// The key is damaged.
    #[error("the private key cannot be read: {0}")]
    KeyUnreadable(#[source] ErrorStack),
    /// OpenSSL's DTLS cannot use keys of this kind.
    #[error("a private key of type {0} does not work with DTLS: use RSA (2048 bits or more) or EC P-256, P-384, P-521")]
    KeyUnsupported(&'static str),
    /// The RSA key is too short.
    #[error("a private key of {0} bits is too short: use RSA of 2048 bits or more")]
    KeyTooShort(u32),
    /// No certificate where one is needed.
    #[error("there is no certificate: give one in PEM form (BEGIN CERTIFICATE)")]
    CertificateMissing,
    /// A certificate is damaged.
    #[error("the certificate cannot be read: {0}")]
    CertificateUnreadable(#[source] ErrorStack),
    /// The chain is longer than any peer would take.
    #[error("the certificate chain has {0} bytes: clients refuse more than {MAX_MESSAGE}")]
    ChainTooLong(usize),
    /// The key and the certificate are not a pair.
    #[error("the private key does not belong to the certificate: the server's own certificate has to come first")]
    KeyMismatch,
    /// The name can neither be looked for in a certificate nor be sent.
    #[error("the hostname is not a name: 1 to 255 bytes without NUL")]
    HostnameInvalid,
    /// OpenSSL refuses.
    #[error("OpenSSL refuses: {0}")]
    OpenSsl(#[from] ErrorStack),
}

fn context(method: SslMethod) -> Result<SslContextBuilder, ErrorStack> {
    let mut context = SslContext::builder(method)?;
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_cipher_list(CIPHER_LIST)?;
    context.set_groups_list(GROUPS)?;
    context.set_security_level(SECURITY_LEVEL);
    // NO_QUERY_MTU: the MTU is what we set, for each flight and after DTLSv1_listen has cleared the rest.
    context.set_options(
        SslOptions::NO_QUERY_MTU
            | SslOptions::NO_RENEGOTIATION
            | SslOptions::NO_COMPRESSION
            | SslOptions::NO_TICKET
            | SslOptions::CIPHER_SERVER_PREFERENCE,
    );
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_mode(SslMode::RELEASE_BUFFERS);
    ffi::set_max_certificate_list(&mut context, MAX_MESSAGE);
    Ok(context)
}

/// A server's identity. Cheap to clone.
#[derive(Clone)]
pub struct ServerConfig {
    context: SslContext,
}

impl ServerConfig {
    /// Serves with `key` and `chain`: the server's own certificate first, then the intermediates in their order.
    ///
    /// # Errors
    /// See [`ConfigError`]: the key and the first certificate have to be a pair that DTLS can use.
    pub fn new(key: &PKey<Private>, chain: &[X509]) -> Result<Self, ConfigError> {
        let (leaf, intermediates) = chain.split_first().ok_or(ConfigError::CertificateMissing)?;
        check_key(key)?;
        if !leaf.public_key().is_ok_and(|public| public.public_eq(key)) {
            return Err(ConfigError::KeyMismatch);
        }
        check_length(chain)?;
        let mut context = context(SslMethod::dtls_server())?;
        context.set_certificate(leaf)?;
        context.set_private_key(key)?;
        for certificate in intermediates {
            context.add_extra_chain_cert(certificate.clone())?;
        }
        context.set_verify(SslVerifyMode::NONE);
        exchange::set_cookie_callbacks(&mut context);
        Ok(ServerConfig {
            context: context.build(),
        })
    }

    pub(crate) fn context(&self) -> &SslContext {
        &self.context
    }
}

/// What a Certificate message holds: each certificate with its length in three bytes (RFC 5246, section 7.4.2).
fn check_length(chain: &[X509]) -> Result<(), ConfigError> {
    let mut length = 3;
    for certificate in chain {
        length += 3 + certificate.to_der()?.len();
    }
    if length > MAX_MESSAGE as usize {
        Err(ConfigError::ChainTooLong(length))
    } else {
        Ok(())
    }
}

fn check_key(key: &PKey<Private>) -> Result<(), ConfigError> {
    match key.id() {
        Id::RSA | Id::RSA_PSS if key.bits() < 2048 => Err(ConfigError::KeyTooShort(key.bits())),
        Id::RSA | Id::RSA_PSS => Ok(()),
        Id::EC => check_curve(&*key.ec_key()?),
        Id::ED25519 => Err(ConfigError::KeyUnsupported("Ed25519")),
        Id::ED448 => Err(ConfigError::KeyUnsupported("Ed448")),
        _ => Err(ConfigError::KeyUnsupported("unknown")),
    }
}

fn check_curve(key: &EcKeyRef<Private>) -> Result<(), ConfigError> {
    match key.group().curve_name() {
        Some(Nid::X9_62_PRIME256V1 | Nid::SECP384R1 | Nid::SECP521R1) => Ok(()),
        Some(other) => Err(ConfigError::KeyUnsupported(other.short_name().unwrap_or("EC"))),
        None => Err(ConfigError::KeyUnsupported("EC with explicit parameters")),
    }
}

/// What a client asks of the server's certificate.
#[derive(Clone)]
pub enum Verification {
    /// A chain to a trusted certificate, and the server's name.
    Full(TrustStore),
    /// A chain to a trusted certificate, whatever the name. No name is sent.
    Chain(TrustStore),
    /// Nothing: whoever answers is believed. No name is sent.
    None,
}

/// How a client verifies. Cheap to clone.
#[derive(Clone)]
pub struct ClientConfig {
    context: SslContext,
    checks_name: bool,
}

impl ClientConfig {
    /// Verifies servers as `verification` says.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn new(verification: &Verification) -> Result<Self, ConfigError> {
        let mut context = context(SslMethod::dtls_client())?;
        match verification {
            Verification::Full(trust) | Verification::Chain(trust) => {
                context.set_verify(SslVerifyMode::PEER);
                ffi::set_shared_verify_store(&mut context, trust.store())?;
                // A trusted intermediate is enough, as it is for Mbed TLS.
                context.verify_param_mut().set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
            }
            Verification::None => context.set_verify(SslVerifyMode::NONE),
        }
        let checks_name = matches!(verification, Verification::Full(_));
        Ok(ClientConfig {
            context: context.build(),
            checks_name,
        })
    }

    pub(crate) fn context(&self) -> &SslContext {
        &self.context
    }

    pub(crate) fn checks_name(&self) -> bool {
        self.checks_name
    }

    pub(crate) fn checks_chain(&self) -> bool {
        self.context.verify_mode() != SslVerifyMode::NONE
    }
}
