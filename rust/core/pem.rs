//! Keys and certificates out of PEM text (RFC 7468), also out of the text that Godot makes of them.
//!
//! Godot's `X509Certificate.save_to_string()` appends a NUL or U+FFFD to each block, so only what stands between a
//! BEGIN and its END line is read. Of an empty resource it makes the two lines with nothing between: no block.

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::{X509, X509Crl};

use super::config_error::ConfigError;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The blocks of `text` whose label ends in `label`, each from its BEGIN to its END line.
fn blocks<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, from_begin) = rest.split_at_checked(rest.find(BEGIN)?)?;
            let (found, _) = from_begin.strip_prefix(BEGIN)?.split_once(DASHES)?;
            let end = format!("{END}{found}{DASHES}");
            let length = from_begin.find(&end)? + end.len();
            let (block, behind) = from_begin.split_at_checked(length)?;
            rest = behind;
            let is_empty = block.len() <= BEGIN.len() + found.len() + DASHES.len() + end.len() + "\r\n".len();
            if found.ends_with(label) && !is_empty {
                return Some(block);
            }
        }
    })
}

/// True if OpenSSL has refused a number with a superfluous zero in front (X.690, section 8.3.2). Other libraries take it.
pub(crate) fn is_padded_number(errors: &ErrorStack) -> bool {
    /// `ERR_LIB_ASN1` and `ASN1_R_ILLEGAL_PADDING`.
    const ILLEGAL_PADDING: (i32, i32) = (13, 221);
    let mut errors = errors.errors().iter();
    errors.any(|error| (error.library_code(), error.reason_code()) == ILLEGAL_PADDING)
}

/// The certificates in `text`, in its order: a server's own certificate first, then its intermediates.
///
/// # Errors
/// [`ConfigError::CertificateMissing`] if there is none, [`ConfigError::CertificateUnreadable`] if one is damaged,
/// [`ConfigError::CertificateNumberPadded`] if one is not DER in a way that Mbed TLS makes and takes: the serial numbers
/// that Godot draws at random begin with a zero too many once in 512 times.
pub fn certificates(text: &str) -> Result<Vec<X509>, ConfigError> {
    let unreadable = |errors| match is_padded_number(&errors) {
        true => ConfigError::CertificateNumberPadded,
        false => ConfigError::CertificateUnreadable(errors),
    };
    let certificates: Vec<X509> = blocks(text, "CERTIFICATE")
        .map(|block| X509::from_pem(block.as_bytes()).map_err(unreadable))
        .collect::<Result<_, _>>()?;
    if certificates.is_empty() {
        Err(ConfigError::CertificateMissing)
    } else {
        Ok(certificates)
    }
}

/// The certificates in `text` that can be read: a bundle of many authorities is useful without a damaged one.
pub(crate) fn readable_certificates(text: &str) -> Vec<X509> {
    blocks(text, "CERTIFICATE")
        .filter_map(|block| X509::from_pem(block.as_bytes()).ok())
        .collect()
}

/// The certificate revocation lists in `text`.
///
/// # Errors
/// [`ConfigError::CrlMissing`] if there is none, [`ConfigError::CrlUnreadable`] if one is damaged.
pub(crate) fn crls(text: &str) -> Result<Vec<X509Crl>, ConfigError> {
    let crls: Vec<X509Crl> = blocks(text, "X509 CRL")
        .map(|block| X509Crl::from_pem(block.as_bytes()).map_err(ConfigError::CrlUnreadable))
        .collect::<Result<_, _>>()?;
    if crls.is_empty() {
        Err(ConfigError::CrlMissing)
    } else {
        Ok(crls)
    }
}

/// True if `text` holds two or more certificates and all are the same.
///
/// That is what `X509Certificate.save_to_string()` makes of a chain: the first certificate, as often as the chain is
/// long. The others cannot be recovered from it.
pub fn is_repeated(text: &str) -> bool {
    let mut blocks = blocks(text, "CERTIFICATE");
    let Some(first) = blocks.next() else {
        return false;
    };
    let mut others = blocks.peekable();
    others.peek().is_some() && others.all(|other| other == first)
}

/// The first private key in `text`: PKCS#8, PKCS#1 or SEC1. `passphrase` is `""` for none; there is never a prompt.
///
/// # Errors
/// [`ConfigError::KeyMissing`], [`ConfigError::KeyEncrypted`] without a passphrase,
/// [`ConfigError::PassphraseWrong`], [`ConfigError::KeyUnreadable`].
pub fn private_key(text: &str, passphrase: &str) -> Result<PKey<Private>, ConfigError> {
    let block = blocks(text, "PRIVATE KEY").next().ok_or(ConfigError::KeyMissing)?;
    let encrypted = block.contains("ENCRYPTED");
    if encrypted && passphrase.is_empty() {
        return Err(ConfigError::KeyEncrypted);
    }
    // To OpenSSL a passphrase ends at a NUL, so none has one.
    if passphrase.contains('\0') {
        return Err(ConfigError::PassphraseWrong);
    }
    PKey::private_key_from_pem_passphrase(block.as_bytes(), passphrase.as_bytes()).map_err(|errors| {
        if encrypted {
            ConfigError::PassphraseWrong
        } else {
            ConfigError::KeyUnreadable(errors)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const TWO: &str = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";

    #[test]
    fn noise_around_the_blocks_is_passed_over() {
        let text = format!("subject=x\n{ONE}\u{fffd}{TWO}\0\u{fffd}");
        let found: Vec<_> = blocks(&text, "CERTIFICATE").collect();
        assert_eq!(found, [ONE.trim_end(), TWO.trim_end()]);
    }

    #[test]
    fn a_block_without_an_end_is_none() {
        assert_eq!(blocks("-----BEGIN CERTIFICATE-----\nAAAA\n", "CERTIFICATE").count(), 0);
        assert_eq!(blocks("-----BEGIN CERTIFICATE", "CERTIFICATE").count(), 0);
    }

    #[test]
    fn a_block_without_content_is_none() {
        let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
        assert!(matches!(certificates(empty), Err(ConfigError::CertificateMissing)));
    }

    #[test]
    fn parameters_before_a_key_are_passed_over() {
        let text = "-----BEGIN EC PARAMETERS-----\nAA\n-----END EC PARAMETERS-----\n\
                    -----BEGIN EC PRIVATE KEY-----\nBB\n-----END EC PRIVATE KEY-----\n";
        assert!(blocks(text, "PRIVATE KEY").next().unwrap().contains("BB"));
    }

    #[test]
    fn a_repeated_certificate_is_recognised() {
        assert!(is_repeated(&format!("{ONE}{ONE}{ONE}")));
        assert!(!is_repeated(&format!("{ONE}{TWO}{ONE}")));
        assert!(!is_repeated(ONE));
        assert!(!is_repeated(""));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(matches!(certificates(""), Err(ConfigError::CertificateMissing)));
        assert!(matches!(certificates(ONE), Err(ConfigError::CertificateUnreadable(_))));
        assert!(matches!(private_key(ONE, ""), Err(ConfigError::KeyMissing)));
        let damaged = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(matches!(private_key(damaged, ""), Err(ConfigError::KeyUnreadable(_))));
    }

    #[test]
    fn an_encrypted_key_needs_its_passphrase() {
        let key = PKey::from_rsa(openssl::rsa::Rsa::generate(2048).unwrap()).unwrap();
        let cipher = openssl::symm::Cipher::aes_128_cbc();
        let pem = key.private_key_to_pem_pkcs8_passphrase(cipher, b"secret").unwrap();
        let pem = String::from_utf8(pem).unwrap();
        assert!(matches!(private_key(&pem, ""), Err(ConfigError::KeyEncrypted)));
        assert!(matches!(private_key(&pem, "guess"), Err(ConfigError::PassphraseWrong)));
        assert!(private_key(&pem, "secret").is_ok());
        let with_nul = private_key(&pem, "secret\0");
        assert!(matches!(with_nul, Err(ConfigError::PassphraseWrong)));
    }
}
