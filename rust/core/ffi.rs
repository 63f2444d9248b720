//! The OpenSSL functions that the `openssl` crate lacks, behind safe signatures.
//!
//! Each takes a reference of the crate's own types, so the pointers are valid for the call; none keeps one.

#![allow(unsafe_code, reason = "calls into OpenSSL that the openssl crate does not wrap")]

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::net::IpAddr;
use std::ptr;
use std::sync::OnceLock;
use std::time::Duration;

use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef, SslSession};
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::{X509Crl, X509NameRef, X509VerifyResult};

pub(crate) mod hmac;
mod tickets;
pub(crate) use tickets::use_ticket_keys;

#[repr(C)]
struct BioAddr {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn OPENSSL_cleanse(bytes: *mut c_void, length: usize);
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
    fn DTLSv1_listen(ssl: *mut openssl_sys::SSL, client: *mut BioAddr) -> c_int;
    fn DTLS_get_data_mtu(ssl: *const openssl_sys::SSL) -> usize;
    fn SSL_get_state(ssl: *const openssl_sys::SSL) -> c_int;
    fn X509_VERIFY_PARAM_set1_host_input_validation(
        parameters: *mut openssl_sys::X509_VERIFY_PARAM,
        is_valid: Option<unsafe extern "C" fn(name: *const c_char, length: usize) -> c_int>,
    );
    fn DTLS_set_timer_cb(
        ssl: *mut openssl_sys::SSL,
        timer: Option<unsafe extern "C" fn(ssl: *mut openssl_sys::SSL, microseconds: c_uint) -> c_uint>,
    );
    fn SSL_CTX_set_timeout(context: *mut openssl_sys::SSL_CTX, seconds: c_long) -> c_long;
    fn SSL_get_cipher_list(ssl: *const openssl_sys::SSL, priority: c_int) -> *const c_char;
    fn X509_STORE_add_crl(store: *mut openssl_sys::X509_STORE, list: *mut openssl_sys::X509_CRL) -> c_int;
    fn X509_NAME_print_ex(
        output: *mut openssl_sys::BIO,
        name: *const openssl_sys::X509_NAME,
        indent: c_int,
        flags: c_ulong,
    ) -> c_int;
    fn BIO_ADDR_new() -> *mut BioAddr;
    fn BIO_ADDR_free(address: *mut BioAddr);
}

const OPENSSL_INIT_NO_LOAD_CONFIG: u64 = 0x80;
const SSL_CTRL_SET_MTU: c_int = 17;
const SSL_CTRL_SET_MAX_CERT_LIST: c_int = 51;
const DTLS_CTRL_GET_TIMEOUT: c_int = 73;
const DTLS_CTRL_HANDLE_TIMEOUT: c_int = 74;

/// Takes the one chance that OpenSSL has in a process to read its configuration file.
pub(crate) fn ignore_configuration_files() {
    // SAFETY: it may be called at any time, by any thread; without settings.
    unsafe {
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, ptr::null());
    }
}

/// Overwrites `bytes`, which a compiler does not leave out.
pub(crate) fn cleanse(bytes: &mut [u8]) {
    // SAFETY: so many bytes are written.
    unsafe { OPENSSL_cleanse(bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// Empties the thread's error queue, which OpenSSL reads to tell a failure from "try again".
pub(crate) fn clear_errors() {
    // SAFETY: both touch only this thread's queue.
    unsafe {
        // It is empty nearly always, and to empty it costs as much as to encrypt a packet.
        if openssl_sys::ERR_peek_last_error() != 0 {
            openssl_sys::ERR_clear_error();
        }
    }
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

/// True if the retransmission timer is due by OpenSSL's clock: it then acts in whatever call comes next.
pub(crate) fn retransmission_is_due(ssl: &SslRef) -> bool {
    retransmission_timeout(ssl) == Some(Duration::ZERO)
}

/// Sets the size of the largest datagram of the handshake, which is also what [`data_mtu`] goes by.
pub(crate) fn set_mtu(ssl: &SslRef, bytes: u32) {
    // SAFETY: `ssl` is valid; the command stores a number.
    unsafe {
        openssl_sys::SSL_ctrl(ssl.as_ptr(), SSL_CTRL_SET_MTU, c_long::from(bytes), ptr::null_mut());
    }
}

/// Offers the server to go on with `session`, which has to be of the same `SSL_CTX`.
pub(crate) fn resume(ssl: &mut Ssl, session: &SslSession) -> Result<(), ErrorStack> {
    // SAFETY: both are valid; the caller keeps the sessions of each context apart.
    unsafe { ssl.set_session(session) }
}

/// What came of [`retransmit`].
pub(crate) enum Retransmission {
    Sent,
    NotDue,
    /// OpenSSL has sent the flight twelve times and will not any more.
    GivenUp,
}

/// Retransmits the last flight if the timer is due.
pub(crate) fn retransmit(ssl: &SslRef) -> Retransmission {
    // SAFETY: `ssl` is valid; the command takes no argument.
    match unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), DTLS_CTRL_HANDLE_TIMEOUT, 0, ptr::null_mut()) } {
        1 => Retransmission::Sent,
        0 => Retransmission::NotDue,
        _ => Retransmission::GivenUp,
    }
}

/// True if a client is where a NewSessionTicket can come next: after its own last flight, or, when a session is resumed,
/// after the ServerHello. Before that OpenSSL would keep one aside, whoever has sent it, and use it in place of the real
/// one.
pub(crate) fn awaits_ticket(ssl: &SslRef) -> bool {
    // `OSSL_HANDSHAKE_STATE`: TLS_ST_CR_SRVR_HELLO, TLS_ST_CR_SESSION_TICKET to TLS_ST_CR_FINISHED, TLS_ST_CW_CERT to
    // TLS_ST_CW_FINISHED.
    match handshake_state(ssl) {
        3 => ssl.session_reused(),
        10..=12 | 14..=20 => true,
        _ => false,
    }
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

/// How long tickets are said to be good for.
pub(crate) fn set_session_lifetime(context: &mut SslContextBuilder, lifetime: Duration) {
    // SAFETY: the context is valid; the function stores a number.
    unsafe {
        SSL_CTX_set_timeout(
            context.as_ptr(),
            c_long::try_from(lifetime.as_secs()).unwrap_or(c_long::MAX),
        );
    }
}

/// OpenSSL's names of the cipher suites that `ssl` has, in the order of preference.
pub(crate) fn cipher_names(ssl: &SslRef) -> Vec<String> {
    let name = |priority| {
        // SAFETY: `ssl` is valid; the answer is null or a text that lives for ever.
        unsafe {
            let name = SSL_get_cipher_list(ssl.as_ptr(), priority);
            (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
        }
    };
    (0..).map_while(name).collect()
}

/// The name of the key exchange group, such as `x25519`. Empty: there was none.
pub(crate) fn group_name(ssl: &SslRef) -> &'static str {
    // SAFETY: `ssl` is valid; the answer is null or a text in a table of OpenSSL that lives for ever.
    unsafe {
        let name = openssl_sys::SSL_get0_group_name(ssl.as_ptr());
        if name.is_null() {
            return "";
        }
        CStr::from_ptr(name).to_str().unwrap_or("")
    }
}

/// Adds a revocation list to what certificates are verified against.
pub(crate) fn add_crl(store: &mut X509StoreBuilder, list: &X509Crl) -> Result<(), ErrorStack> {
    // SAFETY: both are valid; the store counts its own reference to the list.
    let result = unsafe { X509_STORE_add_crl(store.as_ptr(), list.as_ptr()) };
    if result == 1 { Ok(()) } else { Err(ErrorStack::get()) }
}

/// A distinguished name as RFC 4514 writes it, in UTF-8. Empty if OpenSSL cannot write it.
pub(crate) fn name_text(name: &X509NameRef) -> String {
    /// `XN_FLAG_RFC2253` without `ASN1_STRFLGS_ESC_MSB`, which would escape every letter that is not ASCII.
    const FLAGS: c_ulong = 0x0111_0317 & !4;
    // SAFETY: the BIO is made and freed here; its text is copied before that, in the length that OpenSSL gives.
    unsafe {
        let output = openssl_sys::BIO_new(openssl_sys::BIO_s_mem());
        if output.is_null() {
            return String::new();
        }
        X509_NAME_print_ex(output, name.as_ptr(), 0, FLAGS);
        let mut start = ptr::null_mut();
        let length = usize::try_from(openssl_sys::BIO_get_mem_data(output, &mut start)).unwrap_or(0);
        let text = if start.is_null() {
            String::new()
        } else {
            String::from_utf8_lossy(std::slice::from_raw_parts(start.cast::<u8>(), length)).into_owned()
        };
        openssl_sys::BIO_free_all(output);
        text
    }
}

/// How long flights wait for their answer.
#[derive(Clone, Copy)]
struct Waits {
    first: Duration,
    longest: Duration,
}

/// Where an `SSL` keeps how long its flights wait.
fn waits_index() -> Result<Index<Ssl, Waits>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, Waits>> = OnceLock::new();
    match INDEX.get() {
        Some(index) => Ok(*index),
        None => {
            let index = Ssl::new_ex_index()?;
            Ok(*INDEX.get_or_init(|| index))
        }
    }
}

/// Lets each flight wait so long for its answer before it is sent again for the first time; each further time doubles
/// it, up to `longest`.
pub(crate) fn set_retransmission_timeout(ssl: &mut Ssl, first: Duration, longest: Duration) -> Result<(), ErrorStack> {
    unsafe extern "C" fn timer(ssl: *mut openssl_sys::SSL, microseconds: c_uint) -> c_uint {
        const SECOND: c_uint = 1_000_000;
        // SAFETY: OpenSSL calls this for a valid `SSL`, which it lends for the call.
        let ssl = unsafe { SslRef::from_ptr(ssl) };
        let waits = waits_index().ok().and_then(|index| ssl.ex_data(index));
        let wait = waits.map(|waits| match microseconds {
            0 => waits.first,
            before => waits.longest.min(2 * Duration::from_micros(before.into())),
        });
        wait.and_then(|wait| c_uint::try_from(wait.as_micros()).ok())
            .unwrap_or(SECOND)
    }
    ssl.set_ex_data(waits_index()?, Waits { first, longest });
    // SAFETY: `ssl` is valid; the function lives for ever.
    unsafe { DTLS_set_timer_cb(ssl.as_ptr(), Some(timer)) }
    Ok(())
}
