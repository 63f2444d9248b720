//! Whether a certificate is that of the server that the client meant.
//!
//! The rules are those of Mbed TLS, which Godot's own classes follow: the subject alternative names decide; the common
//! name counts only in a certificate that has none at all. OpenSSL alone would also take the common name when the
//! alternative names hold an IP address only.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use openssl::nid::Nid;
use openssl::ssl::{Ssl, SslVerifyMode};
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult};

use super::config::{ClientConfig, ConfigError};
use super::ffi;

/// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY`.
const ISSUER_MISSING: i32 = 20;
/// `X509_V_ERR_HOSTNAME_MISMATCH`.
const HOSTNAME_MISMATCH: i32 = 62;
/// `X509_V_ERR_IP_ADDRESS_MISMATCH`.
const ADDRESS_MISMATCH: i32 = 64;

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

#[derive(Clone)]
enum Expected {
    Anything,
    Nothing,
    Host,
    Address(AddressSlot),
}

/// True if a verification failed over the name alone.
pub(crate) fn is_mismatch(result: X509VerifyResult) -> bool {
    matches!(result.as_raw(), HOSTNAME_MISMATCH | ADDRESS_MISMATCH)
}

/// Makes `ssl` verify as `config` says, for the server `name`. Some: the address to verify is still to be told.
pub(crate) fn configure(
    ssl: &mut Ssl,
    config: &ClientConfig,
    name: &ServerName,
) -> Result<Option<AddressSlot>, ConfigError> {
    let expected = match name {
        _ if !config.checks_name() => Expected::Anything,
        ServerName::PeerAddress => Expected::Address(AddressSlot::default()),
        ServerName::Host(host) => expect_host(ssl, host)?,
    };
    let awaited = match (&expected, name) {
        (Expected::Address(slot), ServerName::PeerAddress) => Some(slot.clone()),
        _ => None,
    };
    if config.checks_chain() {
        ssl.set_verify_callback(SslVerifyMode::PEER, move |ok, context| judge(ok, context, &expected));
    }
    Ok(awaited)
}

fn expect_host(ssl: &mut Ssl, host: &str) -> Result<Expected, ConfigError> {
    if host.len() > MAX_HOSTNAME || host.contains('\0') {
        return Err(ConfigError::HostnameInvalid);
    }
    // To OpenSSL a name that begins with a dot means every name below it.
    if host.is_empty() || host.starts_with('.') {
        return Ok(Expected::Nothing);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        ssl.param_mut().set_ip(address)?;
        return Ok(Expected::Address(Arc::new(OnceLock::from(address))));
    }
    ssl.set_hostname(host)?;
    ffi::allow_any_host(ssl);
    let parameters = ssl.param_mut();
    parameters.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
    parameters.set_host(host)?;
    Ok(Expected::Host)
}

/// OpenSSL asks this for each certificate of the chain, from the trusted one (`ok` is its own verdict) to the server's.
fn judge(ok: bool, context: &mut X509StoreContextRef, expected: &Expected) -> bool {
    if context.error_depth() != 0 {
        return ok;
    }
    let verdict = match context.current_cert() {
        Some(leaf) if ok => judge_accepted(leaf, context, expected),
        Some(leaf) => judge_refused(leaf, context, expected),
        None => return false,
    };
    match verdict {
        Ok(()) => {
            context.set_error(X509VerifyResult::OK);
            true
        }
        Err(error) => {
            context.set_error(error);
            false
        }
    }
}

fn judge_accepted(leaf: &X509Ref, context: &X509StoreContextRef, expected: &Expected) -> Result<(), X509VerifyResult> {
    // PARTIAL_CHAIN would also take an issued certificate that is itself in the store as its own proof.
    let alone = context.chain().is_some_and(|chain| chain.len() == 1);
    if alone && leaf.issued(leaf) != X509VerifyResult::OK {
        return Err(ffi::verify_result(ISSUER_MISSING));
    }
    match expected {
        Expected::Anything => Ok(()),
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
