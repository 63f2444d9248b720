//! The enum `TLSOptionsOpenSSL.VerifyClient`.

use super::class_enum::{self, ClassEnum};
use super::tls_options::TLSOptions;

/// What a server asks of its clients' certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum VerifyClient {
    /// Clients are not asked for a certificate. The default.
    #[default]
    None = 0,
    /// Clients are asked for a certificate, and refused if they show a wrong one.
    Optional = 1,
    /// Clients are asked for a certificate, and refused without a right one.
    Required = 2,
}

impl ClassEnum for VerifyClient {
    type Class = TLSOptions;
    const NAME: &'static str = "VerifyClient";
    const VALUES: &'static [(&'static str, Self)] = &[
        ("VERIFY_NONE", VerifyClient::None),
        ("VERIFY_OPTIONAL", VerifyClient::Optional),
        ("VERIFY_REQUIRED", VerifyClient::Required),
    ];

    fn number(self) -> i64 {
        self as i64
    }
}

class_enum::conversions!(VerifyClient);
