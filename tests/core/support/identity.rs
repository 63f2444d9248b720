//! Keys and certificates, made as a test needs them.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};
use openssl_dtls::core::{self, ServerConfig, TrustStore};

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

/// What a certificate says.
#[derive(Clone)]
pub(crate) struct Contents<'a> {
    pub(crate) common_name: &'a str,
    /// Further parts of the subject, in their order.
    pub(crate) organisations: &'a [&'a str],
    /// DNS names and IP addresses. Empty: the certificate has no alternative names at all.
    pub(crate) alternative_names: &'a [&'a str],
    pub(crate) is_authority: bool,
    /// Extended key usage: for clients, and so not for servers.
    pub(crate) for_clients_only: bool,
    /// Extended key usage: for servers, and so not for clients.
    pub(crate) for_servers_only: bool,
    /// When it is valid, in days from now.
    pub(crate) days: Range<i64>,
}

impl Default for Contents<'_> {
    fn default() -> Self {
        Contents {
            common_name: "",
            organisations: &[],
            alternative_names: &[],
            is_authority: false,
            for_clients_only: false,
            for_servers_only: false,
            days: -1..30,
        }
    }
}

pub(crate) fn ec_key(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub(crate) fn p256_key() -> PKey<Private> {
    ec_key(Nid::X9_62_PRIME256V1)
}

pub(crate) fn rsa_key(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

/// A certificate for `key`. Without an issuer it signs itself.
fn certificate(key: &PKey<Private>, contents: &Contents<'_>, issuer: Option<&Authority>) -> X509 {
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial_number()).unwrap();
    let subject = subject(contents);
    builder.set_subject_name(&subject).unwrap();
    let issuer_name = issuer.map_or(&*subject, |issuer| issuer.certificate.subject_name());
    builder.set_issuer_name(issuer_name).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&days_from_now(contents.days.start)).unwrap();
    builder.set_not_after(&days_from_now(contents.days.end)).unwrap();
    append_extensions(&mut builder, contents);
    let signing_key = issuer.map_or(key, |issuer| &issuer.key);
    builder.sign(signing_key, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn serial_number() -> Asn1Integer {
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
    Asn1Integer::from_bn(&serial).unwrap()
}

fn subject(contents: &Contents<'_>) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, contents.common_name).unwrap();
    for organisation in contents.organisations {
        name.append_entry_by_nid(Nid::ORGANIZATIONNAME, organisation).unwrap();
    }
    name.build()
}

pub(super) fn days_from_now(days: i64) -> Asn1Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    Asn1Time::from_unix(now + days * 86_400).unwrap()
}

fn append_extensions(builder: &mut X509Builder, contents: &Contents<'_>) {
    if contents.is_authority {
        let extension = BasicConstraints::new().critical().ca().build().unwrap();
        builder.append_extension(extension).unwrap();
    }
    if contents.for_clients_only {
        let extension = ExtendedKeyUsage::new().client_auth().build().unwrap();
        builder.append_extension(extension).unwrap();
    }
    if contents.for_servers_only {
        let extension = ExtendedKeyUsage::new().server_auth().build().unwrap();
        builder.append_extension(extension).unwrap();
    }
    if !contents.alternative_names.is_empty() {
        let mut names = SubjectAlternativeName::new();
        for name in contents.alternative_names {
            match name.parse::<IpAddr>() {
                Ok(_) => names.ip(name),
                Err(_) => names.dns(name),
            };
        }
        let extension = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(extension).unwrap();
    }
}

impl Identity {
    /// A self-signed P-256 certificate for `names`; the first is also its common name.
    pub(crate) fn self_signed(names: &[&str]) -> Self {
        let contents = Contents {
            common_name: names[0],
            alternative_names: names,
            ..Contents::default()
        };
        Self::self_signed_with(p256_key(), &contents)
    }

    /// The DER of the own certificate, with a zero in front of its serial number that DER forbids.
    pub(crate) fn padded_der(&self) -> Vec<u8> {
        /// The number of version 3, and behind it the tag of the serial number.
        const BEFORE: [u8; 6] = [0xa0, 3, 2, 1, 2, 2];
        let mut der = self.chain[0].to_der().unwrap();
        let at = der.windows(BEFORE.len()).position(|bytes| bytes == BEFORE).unwrap() + BEFORE.len() + 1;
        der[at..at + 2].copy_from_slice(&[0, 1]);
        der
    }

    /// A self-signed certificate for `key`.
    pub(crate) fn self_signed_with(key: PKey<Private>, contents: &Contents<'_>) -> Self {
        let chain = vec![certificate(&key, contents, None)];
        Identity { key, chain }
    }

    /// A chain of three RSA-4096 certificates for `server.test`: its Certificate message needs several datagrams.
    /// Made once, because such keys take seconds.
    pub(crate) fn large_chain() -> &'static Self {
        static CHAIN: OnceLock<Identity> = OnceLock::new();
        CHAIN.get_or_init(|| {
            let root = Authority::with_key(rsa_key(4096), "root", None);
            let intermediate = Authority::with_key(rsa_key(4096), "intermediate", Some(&root));
            let mut identity = intermediate.issue_with(
                rsa_key(4096),
                &Contents {
                    common_name: "server.test",
                    ..Contents::default()
                },
            );
            identity.chain.push(intermediate.certificate);
            identity.chain.push(root.certificate);
            identity
        })
    }

    pub(crate) fn server_config(&self) -> ServerConfig {
        ServerConfig::new(&self.server_options()).unwrap()
    }

    /// As sessions use it.
    pub(crate) fn checked(&self) -> core::Identity {
        core::Identity::new(self.key.clone(), self.chain.clone()).unwrap()
    }

    /// The identity with the certificate of an intermediate behind its own.
    pub(crate) fn with_intermediate(mut self, authority: &Authority) -> Self {
        self.chain.push(authority.certificate.clone());
        self
    }

    /// One's own certificate.
    pub(crate) fn leaf(&self) -> &X509 {
        &self.chain[0]
    }

    /// Trusts the last certificate of the chain.
    pub(crate) fn trust(&self) -> TrustStore {
        trust(self.chain.last().unwrap())
    }
}

impl Authority {
    pub(crate) fn new(common_name: &str) -> Self {
        Self::with_key(p256_key(), common_name, None)
    }

    /// An authority that this one answers for.
    pub(crate) fn intermediate(&self, common_name: &str) -> Self {
        Self::with_key(p256_key(), common_name, Some(self))
    }

    /// An authority that this one answers for in these days from now.
    pub(crate) fn intermediate_during(&self, common_name: &str, days: Range<i64>) -> Self {
        let contents = Contents {
            common_name,
            is_authority: true,
            days,
            ..Contents::default()
        };
        let key = p256_key();
        let certificate = certificate(&key, &contents, Some(self));
        Authority { key, certificate }
    }

    pub(crate) fn with_key(key: PKey<Private>, common_name: &str, issuer: Option<&Authority>) -> Self {
        let contents = Contents {
            common_name,
            is_authority: true,
            ..Contents::default()
        };
        let certificate = certificate(&key, &contents, issuer);
        Authority { key, certificate }
    }

    /// A server's certificate for `names`, without its issuers; the first name is also the common name.
    pub(crate) fn issue(&self, names: &[&str]) -> Identity {
        let contents = Contents {
            common_name: names[0],
            alternative_names: names,
            ..Contents::default()
        };
        self.issue_with(p256_key(), &contents)
    }

    /// A certificate for `key`, without its issuers.
    pub(crate) fn issue_with(&self, key: PKey<Private>, contents: &Contents<'_>) -> Identity {
        let chain = vec![certificate(&key, contents, Some(self))];
        Identity { key, chain }
    }

    /// A player's certificate, without its issuers.
    pub(crate) fn issue_player(&self, common_name: &str) -> Identity {
        let contents = Contents {
            common_name,
            for_clients_only: true,
            ..Contents::default()
        };
        self.issue_with(p256_key(), &contents)
    }

    pub(super) fn key(&self) -> &PKey<Private> {
        &self.key
    }

    pub(crate) fn certificate(&self) -> &X509 {
        &self.certificate
    }

    pub(crate) fn trust(&self) -> TrustStore {
        trust(&self.certificate)
    }
}

/// Trusts `certificate` and nothing else.
pub(crate) fn trust(certificate: &X509) -> TrustStore {
    TrustStore::from_pem(&String::from_utf8(certificate.to_pem().unwrap()).unwrap()).unwrap()
}
