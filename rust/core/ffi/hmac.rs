//! HMAC-SHA256 with one key for many messages.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};

use openssl::error::ErrorStack;

unsafe extern "C" {
    fn OSSL_PARAM_construct_utf8_string(
        key: *const c_char,
        text: *mut c_char,
        length: usize,
    ) -> openssl_sys::OSSL_PARAM;
}

/// The bytes of a code.
pub(crate) const LENGTH: usize = 32;

/// Computes authentication codes with one key. OpenSSL looks up the algorithm and digests the key only once, which takes
/// far longer than the code of a short message. The key is overwritten when this is dropped.
pub(crate) struct Hmac(NonNull<openssl_sys::EVP_MAC_CTX>);

// SAFETY: OpenSSL's contexts belong to no thread; every use takes `&mut self`.
unsafe impl Send for Hmac {}

impl Hmac {
    /// Takes a copy of the key.
    pub(crate) fn new(key: &[u8]) -> Result<Self, ErrorStack> {
        // SAFETY: the name is NUL-terminated, the algorithm is there, and a context keeps its own reference to it.
        unsafe {
            let algorithm = openssl_sys::EVP_MAC_fetch(ptr::null_mut(), c"HMAC".as_ptr(), ptr::null());
            if algorithm.is_null() {
                return Err(ErrorStack::get());
            }
            let context = openssl_sys::EVP_MAC_CTX_new(algorithm);
            openssl_sys::EVP_MAC_free(algorithm);
            let hmac = Hmac(NonNull::new(context).ok_or_else(ErrorStack::get)?);
            succeeded(start(hmac.0.as_ptr(), key)).map(|()| hmac)
        }
    }

    /// The code of `message`.
    pub(crate) fn sign(&mut self, message: &[u8]) -> Result<[u8; LENGTH], ErrorStack> {
        let context = self.0.as_ptr();
        let (mut code, mut length) = ([0; LENGTH], 0);
        // SAFETY: the context has its key, with which an initialisation without one begins anew. `message` is read and
        // at most `LENGTH` bytes of `code` are written during the calls.
        unsafe {
            succeeded(openssl_sys::EVP_MAC_init(context, ptr::null(), 0, ptr::null()))?;
            succeeded(openssl_sys::EVP_MAC_update(context, message.as_ptr(), message.len()))?;
            succeeded(openssl_sys::EVP_MAC_final(
                context,
                code.as_mut_ptr(),
                &mut length,
                LENGTH,
            ))?;
        }
        Ok(code)
    }
}

impl Drop for Hmac {
    fn drop(&mut self) {
        // SAFETY: the context is ours alone.
        unsafe { openssl_sys::EVP_MAC_CTX_free(self.0.as_ptr()) }
    }
}

/// Gives `context` the key for HMAC-SHA256. Returns 1 if that has succeeded.
///
/// # Safety
/// `context` is a valid one of HMAC.
pub(super) unsafe fn start(context: *mut openssl_sys::EVP_MAC_CTX, key: &[u8]) -> c_int {
    const DIGEST: &CStr = c"digest";
    const SHA256: &CStr = c"SHA256";
    // SAFETY: the parameters point at constants, and OpenSSL copies both them and the key.
    unsafe {
        let parameters = [
            OSSL_PARAM_construct_utf8_string(DIGEST.as_ptr(), SHA256.as_ptr().cast::<c_char>().cast_mut(), 0),
            openssl_sys::OSSL_PARAM_construct_end(),
        ];
        openssl_sys::EVP_MAC_init(context, key.as_ptr(), key.len(), parameters.as_ptr())
    }
}

fn succeeded(returned: c_int) -> Result<(), ErrorStack> {
    if returned == 1 { Ok(()) } else { Err(ErrorStack::get()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_4231() {
        let mut hmac = Hmac::new(b"Jefe").unwrap();
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        for _ in 0..2 {
            let code = hmac.sign(b"what do ya want for nothing?").unwrap();
            assert_eq!(code.map(|byte| format!("{byte:02x}")).concat(), expected);
        }
    }
}
