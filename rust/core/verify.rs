//! Whether a certificate is that of the peer that was meant.
//!
//! The rules for names are those of Mbed TLS, which Godot's own classes follow: the subject alternative names decide;
//! the common name counts only in a certificate that has none at all. OpenSSL alone would also take the common name when
//! the alternative names hold an IP address only.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use openssl::nid::Nid;
use openssl::ssl::{Ssl, SslVerifyMode};
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult};

use super::certificate_failure::{
    ADDRESS_MISMATCH, CRL_MISSING, CertificateFailure, HOSTNAME_MISMATCH, ISSUER_MISSING, PIN_MISMATCH,
};
use super::config::{ClientConfig, Verification};
use super::config_error::ConfigError;
use super::ffi;
use super::identity::Fingerprint;

/// The longest name that can be sent (RFC 6066, section 3, as OpenSSL limits it).
const MAX_HOSTNAME: usize = 255;

/// Which server a client means to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerName {
    /// A DNS name, sent to the server (SNI) and looked for in its certificate, or an IP address, only looked for.
    /// No certificate has the empty name.
    Host(String),
    /// The IP address that the server's datagrams come from, told by `Session::set_peer_address`.
    PeerAddress,
}

/// The address to look for in the certificate; for [`ServerName::PeerAddress`] it is only known later.
pub(crate) type AddressSlot = Arc<OnceLock<IpAddr>>;

/// Why the peer's certificate was refused, written by the verification while OpenSSL runs it.
pub(crate) type Refusal = Arc<OnceLock<CertificateFailure>>;

#[derive(Clone)]
enum Expected {
    Anything,
    Nothing,
    Host,
    Address(AddressSlot),
    /// Whatever else it says, a certificate with one of these fingerprints.
    Fingerprint(Arc<[Fingerprint]>),
}

/// What has to be known of the verification that an `SSL` will do.
#[derive(Default)]
pub(crate) struct Checks {
    /// Some: the address to verify is still to be told.
    pub(crate) awaited_address: Option<AddressSlot>,
    pub(crate) refusal: Refusal,
}

/// Makes the client `ssl` verify as `config` says, for the server `name`.
pub(crate) fn configure_client(ssl: &mut Ssl, config: &ClientConfig, name: &ServerName) -> Result<Checks, ConfigError> {
    let mut checks = Checks::default();
    let expected = match (config.verification(), name) {
        (Verification::None | Verification::PreSharedKey(_), _) => return Ok(checks),
        (Verification::Chain(_), _) => Expected::Anything,
        (Verification::Pinned(fingerprints), name) => {
            if let ServerName::Host(host) = name {
                send_name(ssl, host)?;
            }
            Expected::Fingerprint(fingerprints.as_slice().into())
        }
        (Verification::Full(_), ServerName::PeerAddress) => {
            let slot = AddressSlot::default();
            checks.awaited_address = Some(slot.clone());
            Expected::Address(slot)
        }
        (Verification::Full(_), ServerName::Host(host)) => expect_host(ssl, host)?,
    };
    set_callback(ssl, SslVerifyMode::PEER, expected, &checks.refusal);
    Ok(checks)
}

/// Makes the server `ssl` verify its client as `mode` says.
pub(crate) fn configure_server(ssl: &mut Ssl, mode: SslVerifyMode) -> Refusal {
    let refusal = Refusal::default();
    if mode != SslVerifyMode::NONE {
        set_callback(ssl, mode, Expected::Anything, &refusal);
    }
    refusal
}

fn set_callback(ssl: &mut Ssl, mode: SslVerifyMode, expected: Expected, refusal: &Refusal) {
    let refusal = refusal.clone();
    ssl.set_verify_callback(mode, move |ok, context| judge(ok, context, &expected, &refusal));
}

fn check_name(host: &str) -> Result<(), ConfigError> {
    if host.len() > MAX_HOSTNAME || host.contains('\0') {
        Err(ConfigError::HostnameInvalid)
    } else {
        Ok(())
    }
}

/// Sends `host` (SNI), unless it is an IP address (RFC 6066, section 3).
fn send_name(ssl: &mut Ssl, host: &str) -> Result<(), ConfigError> {
    check_name(host)?;
    if !host.is_empty() && host.parse::<IpAddr>().is_err() {
        ssl.set_hostname(host)?;
    }
    Ok(())
}

fn expect_host(ssl: &mut Ssl, host: &str) -> Result<Expected, ConfigError> {
    check_name(host)?;
    // To OpenSSL a name that begins with a dot means every name below it.
    if host.is_empty() || host.starts_with('.') {
        return Ok(Expected::Nothing);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        ssl.param_mut().set_ip(address)?;
        return Ok(Expected::Address(Arc::new(OnceLock::from(address))));
    }
    send_name(ssl, host)?;
    ffi::allow_any_host(ssl);
    let parameters = ssl.param_mut();
    parameters.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
    parameters.set_host(host)?;
    Ok(Expected::Host)
}

/// OpenSSL asks this for each certificate of the chain, from the trusted one (`ok` is its own verdict) to the peer's.
fn judge(ok: bool, context: &mut X509StoreContextRef, expected: &Expected, refusal: &Refusal) -> bool {
    match verdict(ok, context, expected) {
        Ok(()) => {
            context.set_error(X509VerifyResult::OK);
            true
        }
        Err(error) => {
            context.set_error(error);
            let _ = refusal.set(CertificateFailure::new(error, context));
            false
        }
    }
}

fn verdict(ok: bool, context: &X509StoreContextRef, expected: &Expected) -> Result<(), X509VerifyResult> {
    let is_leaf = context.error_depth() == 0;
    if let Expected::Fingerprint(fingerprints) = expected {
        return match context.current_cert() {
            Some(leaf) if is_leaf => judge_fingerprint(leaf, fingerprints),
            _ => Ok(()),
        };
    }
    if !is_leaf {
        // Whoever gives a revocation list of the authority that signs servers need not have one of each above it.
        let is_sound = ok || context.error().as_raw() == CRL_MISSING;
        return if is_sound { Ok(()) } else { Err(context.error()) };
    }
    match context.current_cert() {
        Some(leaf) if ok => judge_accepted(leaf, context, expected),
        Some(leaf) => judge_refused(leaf, context, expected),
        None => Err(context.error()),
    }
}

fn judge_fingerprint(leaf: &X509Ref, fingerprints: &[Fingerprint]) -> Result<(), X509VerifyResult> {
    match Fingerprint::of(leaf) {
        Ok(found) if fingerprints.contains(&found) => Ok(()),
        _ => Err(ffi::verify_result(PIN_MISMATCH)),
    }
}

/// True if the certificate vouches for itself, whatever else it may sign.
fn is_self_signed(certificate: &X509Ref) -> bool {
    let names_itself = certificate
        .subject_name()
        .try_cmp(certificate.issuer_name())
        .is_ok_and(Ordering::is_eq);
    let own_key = certificate.public_key();
    names_itself && own_key.is_ok_and(|key| certificate.verify(&key).unwrap_or(false))
}

fn judge_accepted(leaf: &X509Ref, context: &X509StoreContextRef, expected: &Expected) -> Result<(), X509VerifyResult> {
    // PARTIAL_CHAIN would also take an issued certificate that is itself in the store as its own proof.
    let alone = context.chain().is_some_and(|chain| chain.len() == 1);
    if alone && !is_self_signed(leaf) {
        return Err(ffi::verify_result(ISSUER_MISSING));
    }
    match expected {
        Expected::Anything | Expected::Fingerprint(_) => Ok(()),
        Expected::Nothing => Err(ffi::verify_result(HOSTNAME_MISMATCH)),
        Expected::Host => match leaf.subject_alt_names() {
            Some(names) if !names.iter().any(|name| name.dnsname().is_some()) => {
                Err(ffi::verify_result(HOSTNAME_MISMATCH))
            }
            _ => Ok(()),
        },
        Expected::Address(slot) if slot.get().is_none() => Err(ffi::verify_result(ADDRESS_MISMATCH)),
        Expected::Address(_) => Ok(()),
    }
}

/// An IP address as the common name of a certificate without alternative names is all that OpenSSL refuses too much.
fn judge_refused(leaf: &X509Ref, context: &X509StoreContextRef, expected: &Expected) -> Result<(), X509VerifyResult> {
    let error = context.error();
    let Expected::Address(slot) = expected else {
        return Err(error);
    };
    let Some(address) = slot.get().filter(|_| error.as_raw() == ADDRESS_MISMATCH) else {
        return Err(error);
    };
    let is_common_name = leaf
        .subject_name()
        .entries_by_nid(Nid::COMMONNAME)
        .any(|entry| entry.data().to_string().is_ok_and(|text| text == address.to_string()));
    if leaf.subject_alt_names().is_none() && is_common_name {
        Ok(())
    } else {
        Err(error)
    }
}
