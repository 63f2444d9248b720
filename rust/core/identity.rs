//! Who a side is: its private key and certificate.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey, EcKeyRef};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name, X509Ref};

use super::config_error::ConfigError;
use super::record::MAX_MESSAGE;
use super::settings::Groups;

/// The longest common name (X.520, `ub-common-name`).
const MAX_COMMON_NAME: usize = 64;

/// A clock that is a little behind takes a fresh certificate nevertheless.
const DAYS_BEFORE: u32 = 1;

/// A private key and the certificates that belong to it: one's own first, then the intermediates in their order.
///
/// It is known that the key is that of the first certificate, and of a kind that DTLS can use. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    key: PKey<Private>,
    leaf: X509,
    intermediates: Vec<X509>,
}

impl Identity {
    /// Checks that `key` and `chain` belong together.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn new(key: PKey<Private>, chain: Vec<X509>) -> Result<Self, ConfigError> {
        check_kind(&key)?;
        check_length(&chain)?;
        let mut chain = chain.into_iter();
        let leaf = chain.next().ok_or(ConfigError::CertificateMissing)?;
        if !leaf.public_key().is_ok_and(|public| public.public_eq(&key)) {
            return Err(ConfigError::KeyMismatch);
        }
        Ok(Identity {
            key,
            leaf,
            intermediates: chain.collect(),
        })
    }

    /// Makes a P-256 key and a certificate for it, signed with itself and valid for `days` from now.
    ///
    /// `alternative_names` are host names and IP addresses; without any, the common name is the one.
    ///
    /// # Errors
    /// [`ConfigError::CommonNameInvalid`] for one of the names, [`ConfigError::DaysOutOfRange`],
    /// [`ConfigError::OpenSsl`].
    pub fn self_signed(common_name: &str, alternative_names: &[&str], days: i64) -> Result<Self, ConfigError> {
        let days = match u32::try_from(days) {
            Ok(days @ 1..=36_500) => days,
            _ => return Err(ConfigError::DaysOutOfRange(days)),
        };
        if common_name.len() > MAX_COMMON_NAME {
            return Err(ConfigError::CommonNameInvalid);
        }
        let own_name = [common_name];
        let names = if alternative_names.is_empty() {
            &own_name
        } else {
            alternative_names
        };
        let is_invalid = |name: &str| name.is_empty() || name.contains('\0');
        if is_invalid(common_name) || names.iter().any(|name| is_invalid(name)) {
            return Err(ConfigError::CommonNameInvalid);
        }
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
        let certificate = sign_self(&key, common_name, names, days)?;
        Self::new(key, vec![certificate])
    }

    /// The fingerprint of one's own certificate.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn fingerprint(&self) -> Result<Fingerprint, ConfigError> {
        Ok(Fingerprint::of(&self.leaf)?)
    }

    /// The private key as PKCS#8 in PEM form, not encrypted.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn key_pem(&self) -> Result<String, ConfigError> {
        Ok(text(self.key.private_key_to_pem_pkcs8()?))
    }

    /// The certificates in PEM form, one's own first.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn chain_pem(&self) -> Result<String, ConfigError> {
        let mut pem = String::new();
        for certificate in self.chain() {
            pem += &text(certificate.to_pem()?);
        }
        Ok(pem)
    }

    pub(crate) fn key(&self) -> &PKey<Private> {
        &self.key
    }

    pub(crate) fn leaf(&self) -> &X509 {
        &self.leaf
    }

    pub(crate) fn intermediates(&self) -> &[X509] {
        &self.intermediates
    }

    fn chain(&self) -> impl Iterator<Item = &X509> {
        std::iter::once(&self.leaf).chain(&self.intermediates)
    }

    /// The peer, and OpenSSL on this side, refuse a key on a curve that is not among the groups.
    pub(crate) fn check_groups(&self, groups: &Groups) -> Result<(), ConfigError> {
        let Ok(key) = self.key.ec_key() else {
            return Ok(());
        };
        let (names, text) = match curve(&key) {
            Some(Nid::X9_62_PRIME256V1) => (["P-256", "prime256v1", "secp256r1"], "P-256"),
            Some(Nid::SECP384R1) => (["P-384", "secp384r1", "secp384r1"], "P-384"),
            Some(Nid::SECP521R1) => (["P-521", "secp521r1", "secp521r1"], "P-521"),
            _ => return Ok(()),
        };
        if groups.contains(&names) {
            Ok(())
        } else {
            Err(ConfigError::CurveNotAllowed(text))
        }
    }
}

impl PartialEq for Identity {
    /// The certificate says which key is meant.
    fn eq(&self, other: &Self) -> bool {
        self.leaf == other.leaf && self.intermediates == other.intermediates
    }
}

impl Eq for Identity {}

/// What OpenSSL writes as PEM is ASCII.
fn text(pem: Vec<u8>) -> String {
    String::from_utf8(pem).unwrap_or_default()
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

fn check_kind(key: &PKey<Private>) -> Result<(), ConfigError> {
    match key.id() {
        Id::RSA | Id::RSA_PSS if key.bits() < 2048 => Err(ConfigError::KeyTooShort(key.bits())),
        Id::RSA | Id::RSA_PSS => Ok(()),
        Id::EC => check_curve(&*key.ec_key()?),
        Id::ED25519 => Err(ConfigError::KeyUnsupported("Ed25519")),
        Id::ED448 => Err(ConfigError::KeyUnsupported("Ed448")),
        _ => Err(ConfigError::KeyUnsupported("unknown")),
    }
}

fn curve(key: &EcKeyRef<Private>) -> Option<Nid> {
    key.group().curve_name()
}

fn check_curve(key: &EcKeyRef<Private>) -> Result<(), ConfigError> {
    match curve(key) {
        Some(Nid::X9_62_PRIME256V1 | Nid::SECP384R1 | Nid::SECP521R1) => Ok(()),
        Some(other) => Err(ConfigError::KeyUnsupported(other.short_name().unwrap_or("EC"))),
        None => Err(ConfigError::KeyUnsupported("EC with explicit parameters")),
    }
}

fn sign_self(key: &PKey<Private>, common_name: &str, names: &[&str], days: u32) -> Result<X509, ErrorStack> {
    let mut subject = X509Name::builder()?;
    subject.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    let subject = subject.build();
    let mut serial = BigNum::new()?;
    serial.rand(159, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
    builder.set_subject_name(&subject)?;
    builder.set_issuer_name(&subject)?;
    builder.set_pubkey(key)?;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX / 2));
    let day = 86_400;
    builder.set_not_before(&*Asn1Time::from_unix(now - i64::from(DAYS_BEFORE) * day)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(now + i64::from(days) * day)?)?;
    append_extensions(&mut builder, names)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

fn append_extensions(builder: &mut X509Builder, names: &[&str]) -> Result<(), ErrorStack> {
    let mut alternative = SubjectAlternativeName::new();
    for name in names {
        match name.parse::<IpAddr>() {
            Ok(_) => alternative.ip(name),
            Err(_) => alternative.dns(name),
        };
    }
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().client_auth().build()?)?;
    let alternative = alternative.build(&builder.x509v3_context(None, None))?;
    builder.append_extension(alternative)
}

/// The SHA-256 of a certificate in DER form, as `openssl x509 -fingerprint -sha256` shows it.
///
/// Written as 64 lower-case hexadecimal digits; read in either case, with or without colons between the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `certificate`.
    ///
    /// # Errors
    /// When OpenSSL lacks memory.
    pub fn of(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        let digest = certificate.digest(MessageDigest::sha256())?;
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Ok(Fingerprint(bytes))
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        memcmp::eq(&self.0, &other.0)
    }
}

impl Eq for Fingerprint {}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 fingerprint has 64 hexadecimal digits")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|character| *character != ':')
            .map(|character| character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or(FingerprintError)?;
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(FingerprintError);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |value, digit| value << 4 | digit);
        }
        Ok(Fingerprint(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_openssl_and_we_write_it() {
        let plain = "0f".repeat(32);
        let fingerprint: Fingerprint = plain.parse().unwrap();
        assert_eq!(fingerprint.to_string(), plain);
        let with_colons = vec!["0F"; 32].join(":");
        assert_eq!(with_colons.parse(), Ok(fingerprint));
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        for text in ["", "0f", &"0f".repeat(31), &"0f".repeat(33), &"0g".repeat(32)] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }
}
