//! OpenSSL's callback for the keys of session tickets.

use std::ffi::{c_int, c_uchar};
use std::ptr;

use foreign_types::ForeignTypeRef;
use openssl::ssl::{SslContextBuilder, SslRef};

use super::hmac;
use crate::core::attachment::Attachment;
use crate::core::tickets::NAME;

/// The bytes of an initialisation vector of AES-CBC.
const IV: c_int = 16;

/// What the callback answers (`SSL_CTX_set_tlsext_ticket_key_evp_cb`).
const FAILED: c_int = -1;
const UNKNOWN: c_int = 0;
const READY: c_int = 1;
const READY_AND_RENEW: c_int = 2;

type Callback = unsafe extern "C" fn(
    ssl: *mut openssl_sys::SSL,
    name: *mut c_uchar,
    iv: *mut c_uchar,
    cipher: *mut openssl_sys::EVP_CIPHER_CTX,
    mac: *mut openssl_sys::EVP_MAC_CTX,
    encrypts: c_int,
) -> c_int;

unsafe extern "C" {
    fn SSL_CTX_set_tlsext_ticket_key_evp_cb(context: *mut openssl_sys::SSL_CTX, callback: Option<Callback>) -> c_int;
}

/// Lets tickets be made and opened with the keys of the attachment that each `SSL` has.
pub(crate) fn use_ticket_keys(context: &mut SslContextBuilder) {
    // SAFETY: the context is valid; the function lives for ever.
    unsafe {
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context.as_ptr(), Some(ticket_key));
    }
}

/// # Safety
/// OpenSSL passes valid pointers: 16 bytes each for the name and the initialisation vector, to be written if it
/// `encrypts` and to be read if not.
unsafe extern "C" fn ticket_key(
    ssl: *mut openssl_sys::SSL,
    name: *mut c_uchar,
    iv: *mut c_uchar,
    cipher: *mut openssl_sys::EVP_CIPHER_CTX,
    mac: *mut openssl_sys::EVP_MAC_CTX,
    encrypts: c_int,
) -> c_int {
    // SAFETY: `ssl` is valid during the call.
    let Some(attachment) = Attachment::of(unsafe { SslRef::from_ptr(ssl) }) else {
        return FAILED;
    };
    if encrypts == 1 {
        let key = attachment.ticket_key();
        // SAFETY: there are 16 bytes to write for each; key and contexts are valid.
        unsafe {
            ptr::copy_nonoverlapping(key.name.as_ptr(), name, NAME);
            if openssl_sys::RAND_bytes(iv, IV) != 1 {
                return FAILED;
            }
            let started = openssl_sys::EVP_EncryptInit_ex(
                cipher,
                openssl_sys::EVP_aes_256_cbc(),
                ptr::null_mut(),
                key.cipher.bytes().as_ptr(),
                iv,
            );
            if started == 1 && hmac::start(mac, key.mac.bytes()) == 1 {
                READY
            } else {
                FAILED
            }
        }
    } else {
        // SAFETY: there are 16 bytes to read for each; key and contexts are valid.
        unsafe {
            let Some((key, renew)) = attachment.find_ticket_key(std::slice::from_raw_parts(name, NAME)) else {
                return UNKNOWN;
            };
            let started = openssl_sys::EVP_DecryptInit_ex(
                cipher,
                openssl_sys::EVP_aes_256_cbc(),
                ptr::null_mut(),
                key.cipher.bytes().as_ptr(),
                iv,
            );
            match started == 1 && hmac::start(mac, key.mac.bytes()) == 1 {
                true if renew => READY_AND_RENEW,
                true => READY,
                false => FAILED,
            }
        }
    }
}
