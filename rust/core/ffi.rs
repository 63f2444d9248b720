//! The OpenSSL functions that the `openssl` crate lacks, behind safe signatures.
//!
//! Each takes a reference of the crate's own types, so the pointers are valid for the call; none keeps one.

#![allow(unsafe_code, reason = "calls into OpenSSL that the openssl crate does not wrap")]

use std::ffi::{c_char, c_int, c_long, c_void};
use std::net::IpAddr;
use std::ptr;
use std::time::Duration;

use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl::x509::X509VerifyResult;
use openssl::x509::store::X509Store;

#[repr(C)]
struct BioAddr {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn DTLSv1_listen(ssl: *mut openssl_sys::SSL, client: *mut BioAddr) -> c_int;
    fn DTLS_get_data_mtu(ssl: *const openssl_sys::SSL) -> usize;
    fn SSL_get_state(ssl: *const openssl_sys::SSL) -> c_int;
    fn X509_VERIFY_PARAM_set1_host_input_validation(
        parameters: *mut openssl_sys::X509_VERIFY_PARAM,
        is_valid: Option<unsafe extern "C" fn(name: *const c_char, length: usize) -> c_int>,
    );
    fn BIO_ADDR_new() -> *mut BioAddr;
    fn BIO_ADDR_free(address: *mut BioAddr);
}

const SSL_CTRL_SET_MAX_CERT_LIST: c_int = 51;
const DTLS_CTRL_GET_TIMEOUT: c_int = 73;
const DTLS_CTRL_HANDLE_TIMEOUT: c_int = 74;

/// Empties the thread's error queue, which OpenSSL reads to tell a failure from "try again".
pub(crate) fn clear_errors() {
    // SAFETY: touches only this thread's queue.
    unsafe { openssl_sys::ERR_clear_error() }
}

/// Answers one ClientHello without keeping state (`DTLSv1_listen`). True: its cookie is valid, and `ssl` goes on with it.
pub(crate) fn listen(ssl: &SslRef) -> bool {
    // SAFETY: `ssl` is valid; the address is OpenSSL's own, not null (it would be cleared unasked), and freed after.
    unsafe {
        let address = BIO_ADDR_new();
        if address.is_null() {
            return false;
        }
        let result = DTLSv1_listen(ssl.as_ptr(), address);
        BIO_ADDR_free(address);
        result == 1
    }
}

/// How long until the retransmission timer is due by OpenSSL's clock. None: it does not run.
pub(crate) fn retransmission_timeout(ssl: &SslRef) -> Option<Duration> {
    let mut left = libc::timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: `ssl` is valid and the command writes one timeval.
    let running = unsafe {
        openssl_sys::SSL_ctrl(
            ssl.as_ptr(),
            DTLS_CTRL_GET_TIMEOUT,
            0,
            ptr::from_mut(&mut left).cast::<c_void>(),
        )
    };
    (running == 1).then(|| {
        Duration::new(
            left.tv_sec.max(0) as u64,
            (left.tv_usec.max(0) as u32).saturating_mul(1000),
        )
    })
}

/// Retransmits the last flight if the timer is due. True: it did.
pub(crate) fn retransmit(ssl: &SslRef) -> bool {
    // SAFETY: `ssl` is valid; the command takes no argument.
    unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), DTLS_CTRL_HANDLE_TIMEOUT, 0, ptr::null_mut()) == 1 }
}

/// The payload, in bytes, that fits one datagram of the MTU with the negotiated cipher. 0 before there is one.
pub(crate) fn data_mtu(ssl: &SslRef) -> usize {
    // SAFETY: `ssl` is valid.
    unsafe { DTLS_get_data_mtu(ssl.as_ptr()) }
}

/// Where the handshake stands: a number that changes with each message that OpenSSL accepts or sends.
pub(crate) fn handshake_state(ssl: &SslRef) -> i32 {
    // SAFETY: `ssl` is valid.
    unsafe { SSL_get_state(ssl.as_ptr()) }
}

/// Lets any name be looked for in a certificate. OpenSSL 4 refuses some from the start, such as those of one letter or
/// with a dot at the end: no certificate has most of them, and then the verification says so.
pub(crate) fn allow_any_host(ssl: &SslRef) {
    unsafe extern "C" fn is_valid(_name: *const c_char, _length: usize) -> c_int {
        1
    }
    // SAFETY: `ssl` owns its parameters, which live as long as it; the function lives for ever and reads nothing.
    unsafe { X509_VERIFY_PARAM_set1_host_input_validation(openssl_sys::SSL_get0_param(ssl.as_ptr()), Some(is_valid)) }
}

/// Makes the certificate of the peer be checked against `address`.
pub(crate) fn verify_address(ssl: &SslRef, address: IpAddr) -> Result<(), ErrorStack> {
    let (bytes, length) = match address {
        IpAddr::V4(v4) => {
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(v4.octets()).for_each(|(to, from)| *to = from);
            (bytes, 4)
        }
        IpAddr::V6(v6) => (v6.octets(), 16),
    };
    // SAFETY: `ssl` owns its parameters, which live as long as it; `bytes` holds at least `length` bytes and is copied.
    let result = unsafe {
        openssl_sys::X509_VERIFY_PARAM_set1_ip(openssl_sys::SSL_get0_param(ssl.as_ptr()), bytes.as_ptr(), length)
    };
    if result == 1 { Ok(()) } else { Err(ErrorStack::get()) }
}

/// Makes peers' certificates be verified against `store`, which stays shared.
pub(crate) fn set_shared_verify_store(context: &mut SslContextBuilder, store: &X509Store) -> Result<(), ErrorStack> {
    const TAKE_A_REFERENCE: c_long = 1;
    // SAFETY: both are valid, and with that argument OpenSSL counts its own reference to the store.
    let result = unsafe {
        openssl_sys::SSL_CTX_ctrl(
            context.as_ptr(),
            openssl_sys::SSL_CTRL_SET_VERIFY_CERT_STORE,
            TAKE_A_REFERENCE,
            store.as_ptr().cast::<c_void>(),
        )
    };
    if result == 1 { Ok(()) } else { Err(ErrorStack::get()) }
}

/// Limits the certificate chain that a peer may send, in bytes: it is memory that strangers can make us hold.
pub(crate) fn set_max_certificate_list(context: &mut SslContextBuilder, bytes: u32) {
    // SAFETY: the context is valid; the command stores a number.
    unsafe {
        openssl_sys::SSL_CTX_ctrl(
            context.as_ptr(),
            SSL_CTRL_SET_MAX_CERT_LIST,
            c_long::from(bytes),
            ptr::null_mut(),
        );
    }
}

/// The verification result with this `X509_V_ERR_` number.
pub(crate) fn verify_result(number: i32) -> X509VerifyResult {
    // SAFETY: every number is allowed; an unknown one only has no text.
    unsafe { X509VerifyResult::from_raw(number) }
}
