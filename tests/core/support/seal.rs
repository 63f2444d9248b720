//! A peer that has the keys and does not keep to the protocol: records that decrypt, with anything in them.
//!
//! RFC 5246, sections 5 and 6.3, and RFC 5288, for the suites with AES-128-GCM and SHA-256.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, encrypt_aead};

use super::{Direction, wire};

const KEY: usize = 16;
const SALT: usize = 4;

/// What the records that go in one direction are protected with.
pub(crate) struct Keys {
    key: [u8; KEY],
    salt: [u8; SALT],
}

impl Keys {
    /// From a line of a key log and the random of the ServerHello. None: the line is none of DTLS 1.2.
    pub(crate) fn new(line: &str, server_random: &[u8], direction: Direction) -> Option<Self> {
        let (client_random, master) = line.strip_prefix("CLIENT_RANDOM ")?.split_once(' ')?;
        let seed = [b"key expansion", server_random, &hexadecimal(client_random)].concat();
        let block = pseudorandom(&hexadecimal(master), &seed, 2 * KEY + 2 * SALT);
        // The client's key, the server's key, the client's salt, the server's salt.
        let side = usize::from(direction == Direction::ToClient);
        Some(Keys {
            key: block[KEY * side..][..KEY].try_into().unwrap(),
            salt: block[2 * KEY + SALT * side..][..SALT].try_into().unwrap(),
        })
    }

    /// A record of epoch 1.
    pub(crate) fn seal(&self, content_type: u8, sequence: u64, payload: &[u8]) -> Vec<u8> {
        let number = (1 << 48 | sequence).to_be_bytes();
        let version = &wire::record(content_type, 1, sequence, &[])[..3];
        let length = (payload.len() as u16).to_be_bytes();
        let associated = [&number[..], version, &length].concat();
        let nonce = [&self.salt[..], &number].concat();
        let mut tag = [0; 16];
        let sealed = encrypt_aead(
            Cipher::aes_128_gcm(),
            &self.key,
            Some(&nonce),
            &associated,
            payload,
            &mut tag,
        );
        wire::record(
            content_type,
            1,
            sequence,
            &[&number[..], &sealed.unwrap(), &tag].concat(),
        )
    }
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// So many bytes of `P_SHA256(secret, seed)`.
fn pseudorandom(secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let key = PKey::hmac(secret).unwrap();
    let hmac = |bytes: &[u8]| {
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        signer.sign_oneshot_to_vec(bytes).unwrap()
    };
    let mut state = seed.to_vec();
    let mut bytes = Vec::new();
    while bytes.len() < length {
        state = hmac(&state);
        bytes.extend(hmac(&[&state, seed].concat()));
    }
    bytes
}
