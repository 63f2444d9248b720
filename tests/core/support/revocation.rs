//! Certificate revocation lists, made as a test needs them (RFC 5280, section 5).

use std::ops::Range;

use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::x509::extension::{AuthorityKeyIdentifier, CrlNumber};
use openssl::x509::{X509, X509CrlBuilder, X509Ref, X509Revoked, X509RevokedBuilder};

use super::Authority;
use super::identity::days_from_now;

impl Authority {
    /// A list, in PEM form, that revokes these certificates of this authority.
    pub(crate) fn revokes(&self, certificates: &[&X509Ref]) -> String {
        self.revokes_during(-1..7, certificates)
    }

    /// The same, valid in these days from now.
    pub(crate) fn revokes_during(&self, days: Range<i64>, certificates: &[&X509Ref]) -> String {
        let mut builder = X509CrlBuilder::new().unwrap();
        builder.set_issuer_name(self.certificate().subject_name()).unwrap();
        builder.set_last_update(&days_from_now(days.start)).unwrap();
        builder.set_next_update(&days_from_now(days.end)).unwrap();
        let context = X509::builder().unwrap();
        let context = context.x509v3_context(Some(self.certificate()), None);
        let issuer = AuthorityKeyIdentifier::new().issuer(true).build(&context).unwrap();
        builder.append_extension(issuer).unwrap();
        let number = CrlNumber::new(BigNum::from_u32(1).unwrap()).unwrap();
        builder.append_extension(number.build().unwrap()).unwrap();
        for certificate in certificates {
            builder.add_revoked(revoked(certificate, days.start)).unwrap();
        }
        builder.sign(self.key(), MessageDigest::sha256()).unwrap();
        String::from_utf8(builder.build().unwrap().to_pem().unwrap()).unwrap()
    }
}

fn revoked(certificate: &X509Ref, day: i64) -> X509Revoked {
    let mut revoked = X509RevokedBuilder::new().unwrap();
    revoked.set_serial_number(certificate.serial_number()).unwrap();
    revoked.set_revocation_date(&days_from_now(day)).unwrap();
    revoked.build()
}
