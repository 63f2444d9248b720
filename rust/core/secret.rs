use openssl::error::ErrorStack;
use openssl::memcmp;
use openssl::rand::rand_bytes;

use super::ffi;

/// Bytes that nobody else may learn: overwritten when they are dropped, compared in constant time, and not to be printed.
#[derive(Clone)]
pub(crate) struct Secret(Box<[u8]>);

impl Secret {
    pub(crate) fn random(length: usize) -> Result<Self, ErrorStack> {
        let mut secret = Secret(vec![0; length].into());
        rand_bytes(&mut secret.0)?;
        Ok(secret)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Secret(bytes.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && memcmp::eq(&self.0, &other.0)
    }
}

impl Eq for Secret {}

impl Drop for Secret {
    fn drop(&mut self) {
        ffi::cleanse(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_equal_if_their_bytes_are() {
        let secret = Secret::from([1, 2, 3].as_slice());
        assert!(secret == secret.clone());
        assert!(secret != Secret::from([1, 2, 4].as_slice()));
        assert!(secret != Secret::from([1, 2].as_slice()));
    }

    #[test]
    fn random_secrets_differ() {
        assert!(Secret::random(32).unwrap() != Secret::random(32).unwrap());
    }
    #[cfg(target_os = "linux")]
    #[test]
    fn secrets_are_overwritten_when_they_are_dropped() {
        use std::os::unix::fs::FileExt;

        // Read from outside, as a debugger would: after the drop the memory is no longer ours.
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        // Long enough that what the allocator writes into free memory does not hide it.
        let secret = Secret::from([0x5a; 512].as_slice());
        let address = secret.bytes().as_ptr().addr() as u64;
        let mut found = [0; 512];
        memory.read_exact_at(&mut found, address).unwrap();
        assert_eq!(found, [0x5a; 512]);
        drop(secret);
        memory.read_exact_at(&mut found, address).unwrap();
        assert!(!found.windows(8).any(|bytes| bytes == [0x5a; 8]));
    }
}
