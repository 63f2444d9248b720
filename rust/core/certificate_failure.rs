use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult};

use super::ffi;

/// Numbers of `x509_vfy.h`.
const ISSUER_MISSING_ABOVE: i32 = 2;
pub(crate) const CRL_MISSING: i32 = 3;
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
pub(crate) const ISSUER_MISSING: i32 = 20;
const LEAF_SIGNATURE_UNVERIFIABLE: i32 = 21;
const REVOKED: i32 = 23;
const WRONG_PURPOSE: i32 = 26;
pub(crate) const PIN_MISMATCH: i32 = 50;
pub(crate) const HOSTNAME_MISMATCH: i32 = 62;
pub(crate) const ADDRESS_MISMATCH: i32 = 64;

/// Longer subjects are cut: the peer has written them.
const MAX_SUBJECT: usize = 256;

/// Why a peer's certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFailure {
    /// OpenSSL's `X509_V_ERR_` number, with its text.
    pub result: X509VerifyResult,
    /// Which certificate of the chain it is about: 0 is the peer's own.
    pub depth: u32,
    /// Whose certificate that is: see [`subject_text`]. At most 256 bytes.
    pub subject: String,
}

/// What is wrong with a certificate, as far as one can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// It leads to no authority that is trusted, or breaks a rule: a weak key, a forged signature.
    Untrusted,
    /// It is no longer valid.
    Expired,
    /// It is not valid yet. Often the clock of this side is wrong.
    NotYetValid,
    /// A revocation list names it.
    Revoked,
    /// It is not meant for this role: a client's certificate on a server or the reverse.
    Purpose,
    /// It is sound, but another server's.
    HostnameMismatch,
    /// The certificate of its issuer is missing: the peer should send its full chain, or its authority is unknown here.
    ChainIncomplete,
    /// Its fingerprint is none of those expected.
    PinMismatch,
}

impl CertificateFailure {
    pub(crate) fn new(result: X509VerifyResult, context: &X509StoreContextRef) -> Self {
        let mut subject = context.current_cert().map(subject_text).unwrap_or_default();
        let end = (0..=MAX_SUBJECT).rev().find(|end| subject.is_char_boundary(*end));
        subject.truncate(end.unwrap_or_default());
        CertificateFailure {
            result,
            depth: context.error_depth(),
            subject,
        }
    }

    /// Of a result whose circumstances are not known.
    pub(crate) fn of_result(result: X509VerifyResult) -> Self {
        CertificateFailure {
            result,
            depth: 0,
            subject: String::new(),
        }
    }

    /// The result in classes.
    pub fn problem(&self) -> CertificateProblem {
        match self.result.as_raw() {
            EXPIRED => CertificateProblem::Expired,
            NOT_YET_VALID => CertificateProblem::NotYetValid,
            REVOKED => CertificateProblem::Revoked,
            WRONG_PURPOSE => CertificateProblem::Purpose,
            HOSTNAME_MISMATCH | ADDRESS_MISMATCH => CertificateProblem::HostnameMismatch,
            ISSUER_MISSING_ABOVE | ISSUER_MISSING | LEAF_SIGNATURE_UNVERIFIABLE => CertificateProblem::ChainIncomplete,
            PIN_MISMATCH => CertificateProblem::PinMismatch,
            _ => CertificateProblem::Untrusted,
        }
    }
}

/// Whose certificate it is, as RFC 4514 writes it: `CN=player,O=guild`. Commas and the like within a value are escaped,
/// so two different subjects never look the same.
pub fn subject_text(certificate: &X509Ref) -> String {
    ffi::name_text(certificate.subject_name())
}
