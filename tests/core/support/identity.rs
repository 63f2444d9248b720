//! Keys and certificates, made as a test needs them.

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};
use openssl_dtls::core::{ServerConfig, TrustStore};

/// A private key with its certificate chain.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) key: PKey<Private>,
    pub(crate) chain: Vec<X509>,
}

/// A certificate authority.
pub(crate) struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

pub(crate) fn ec_key(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn name(common_name: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, common_name).unwrap();
    name.build()
}

fn builder(key: &PKey<Private>, subject: &str, issuer: &X509NameRef) -> X509Builder {
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
    builder
        .set_serial_number(&Asn1Integer::from_bn(&serial).unwrap())
        .unwrap();
    builder.set_subject_name(&name(subject)).unwrap();
    builder.set_issuer_name(issuer).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
    builder
}

fn alternative_names(builder: &mut X509Builder, issuer: Option<&X509>, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    let mut extension = SubjectAlternativeName::new();
    for name in names {
        if name.parse::<std::net::IpAddr>().is_ok() {
            extension.ip(name)
        } else {
            extension.dns(name)
        };
    }
    let extension = extension
        .build(&builder.x509v3_context(issuer.map(|x| &**x), None))
        .unwrap();
    builder.append_extension(extension).unwrap();
}

impl Identity {
    /// A self-signed P-256 certificate for `names`; the first is also its common name.
    pub(crate) fn self_signed(names: &[&str]) -> Self {
        Self::self_signed_with(ec_key(Nid::X9_62_PRIME256V1), names[0], names)
    }

    /// A self-signed certificate for `key`, with this common name and these alternative names.
    pub(crate) fn self_signed_with(key: PKey<Private>, common_name: &str, names: &[&str]) -> Self {
        let mut builder = builder(&key, common_name, &name(common_name));
        alternative_names(&mut builder, None, names);
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Identity {
            chain: vec![builder.build()],
            key,
        }
    }

    /// A chain of three RSA-4096 certificates: its Certificate message needs several datagrams.
    pub(crate) fn large_chain(names: &[&str]) -> Self {
        let root = Authority::new_rsa("root", 4096);
        let intermediate = root.intermediate_rsa("intermediate", 4096);
        let mut identity =
            intermediate.issue_with(PKey::from_rsa(Rsa::generate(4096).unwrap()).unwrap(), names[0], names);
        identity.chain.push(intermediate.certificate.clone());
        identity.chain.push(root.certificate);
        identity
    }

    pub(crate) fn server_config(&self) -> ServerConfig {
        ServerConfig::new(&self.key, &self.chain).unwrap()
    }

    /// Trusts the last certificate of the chain.
    pub(crate) fn trust(&self) -> TrustStore {
        trust(self.chain.last().unwrap())
    }
}

impl Authority {
    pub(crate) fn new(common_name: &str) -> Self {
        Self::root(ec_key(Nid::X9_62_PRIME256V1), common_name)
    }

    fn new_rsa(common_name: &str, bits: u32) -> Self {
        Self::root(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap(), common_name)
    }

    fn root(key: PKey<Private>, common_name: &str) -> Self {
        let mut builder = builder(&key, common_name, &name(common_name));
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Authority {
            certificate: builder.build(),
            key,
        }
    }

    pub(crate) fn intermediate(&self, common_name: &str) -> Self {
        self.intermediate_with(ec_key(Nid::X9_62_PRIME256V1), common_name)
    }

    fn intermediate_rsa(&self, common_name: &str, bits: u32) -> Self {
        self.intermediate_with(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap(), common_name)
    }

    fn intermediate_with(&self, key: PKey<Private>, common_name: &str) -> Self {
        let mut builder = builder(&key, common_name, self.certificate.subject_name());
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        Authority {
            certificate: builder.build(),
            key,
        }
    }

    /// A server certificate without its issuers.
    pub(crate) fn issue(&self, names: &[&str]) -> Identity {
        self.issue_with(ec_key(Nid::X9_62_PRIME256V1), names[0], names)
    }

    fn issue_with(&self, key: PKey<Private>, common_name: &str, names: &[&str]) -> Identity {
        let mut builder = builder(&key, common_name, self.certificate.subject_name());
        alternative_names(&mut builder, Some(&self.certificate), names);
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        Identity {
            chain: vec![builder.build()],
            key,
        }
    }

    pub(crate) fn certificate(&self) -> &X509 {
        &self.certificate
    }

    pub(crate) fn trust(&self) -> TrustStore {
        trust(&self.certificate)
    }
}

fn trust(certificate: &X509) -> TrustStore {
    TrustStore::from_pem(&String::from_utf8(certificate.to_pem().unwrap()).unwrap()).unwrap()
}
