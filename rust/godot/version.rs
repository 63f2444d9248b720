//! The enum `TLSOptionsOpenSSL.Version`.

use super::class_enum::{self, ClassEnum};
use super::tls_options::TLSOptions;
use crate::core::settings;

/// A limit of the protocol version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    /// No limit but what is safe.
    Any = 0,
    /// DTLS 1.2 (RFC 6347).
    Dtls12 = 1,
}

impl Version {
    /// As core's settings have it.
    pub(super) fn limit(self) -> Option<settings::Version> {
        match self {
            Version::Any => None,
            Version::Dtls12 => Some(settings::Version::Dtls12),
        }
    }
}

impl From<Option<settings::Version>> for Version {
    fn from(limit: Option<settings::Version>) -> Self {
        match limit {
            None => Version::Any,
            Some(settings::Version::Dtls12) => Version::Dtls12,
        }
    }
}

impl ClassEnum for Version {
    type Class = TLSOptions;
    const NAME: &'static str = "Version";
    const VALUES: &'static [(&'static str, Self)] =
        &[("VERSION_ANY", Version::Any), ("VERSION_DTLS_1_2", Version::Dtls12)];

    fn number(self) -> i64 {
        self as i64
    }
}

class_enum::conversions!(Version);
