use openssl::error::ErrorStack;

use super::psk::{MAX_IDENTITY, MAX_KEY, MIN_KEY};
use super::record::MAX_MESSAGE;

/// What is wrong with the keys, certificates and names that the caller gave.
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
    /// The certificate's curve is not among the groups that the settings allow, so no handshake could succeed.
    #[error("the certificate's key is on {0}, which has to be among the groups")]
    CurveNotAllowed(&'static str),
    /// No certificate where one is needed.
    #[error("there is no certificate: give one in PEM form (BEGIN CERTIFICATE)")]
    CertificateMissing,
    /// A number in a certificate begins with a zero that DER does not allow: see [`pem::certificates`](super::pem::certificates).
    #[error(
        "the certificate breaks the rules of DER: a number in it, most likely its serial number, begins with a superfluous \
         zero, as in one of 512 that Crypto.generate_self_signed_certificate() makes. Make another one"
    )]
    CertificateNumberPadded,
    /// A certificate is damaged.
    #[error("the certificate cannot be read: {0}")]
    CertificateUnreadable(#[source] ErrorStack),
    /// The chain is longer than any peer would take.
    #[error("the certificate chain has {0} bytes: peers refuse more than {MAX_MESSAGE}")]
    ChainTooLong(usize),
    /// The key and the certificate are not a pair.
    #[error("the private key does not belong to the certificate: one's own certificate has to come first")]
    KeyMismatch,
    /// No certificate revocation list where one is needed.
    #[error("there is no revocation list: give one in PEM form (BEGIN X509 CRL)")]
    CrlMissing,
    /// A certificate revocation list is damaged.
    #[error("the revocation list cannot be read: {0}")]
    CrlUnreadable(#[source] ErrorStack),
    /// The name can neither be looked for in a certificate nor be sent.
    #[error("the hostname is not a name: 1 to 255 bytes without NUL")]
    HostnameInvalid,
    /// The certificate cannot hold the name.
    #[error("the name does not fit a certificate: 1 to 64 bytes without NUL")]
    CommonNameInvalid,
    /// A certificate would be valid for no time, or for longer than dates can say.
    #[error("a certificate cannot be valid for {0} days: 1 to 36500")]
    DaysOutOfRange(i64),
    /// The identity of a pre-shared key cannot be sent.
    #[error("the identity of a pre-shared key has 1 to {MAX_IDENTITY} bytes of UTF-8 without NUL")]
    PskIdentityInvalid,
    /// The pre-shared key is too short to be safe, or longer than OpenSSL takes.
    #[error("a pre-shared key of {0} bytes cannot be used: {MIN_KEY} to {MAX_KEY}")]
    PskKeyLength(usize),
    /// Pre-shared keys, and a cipher list without a suite for them.
    #[error("the cipher list has no suite for pre-shared keys: ECDHE-PSK-CHACHA20-POLY1305 is the one")]
    CiphersWithoutPsk,
    /// OpenSSL refuses.
    #[error("OpenSSL refuses: {0}")]
    OpenSsl(#[from] ErrorStack),
}
