//! The cookie of the HelloVerifyRequest: proof that a client receives at the address that it sends from.
//!
//! RFC 6347, section 4.2.1: `HMAC(secret, address, port, client random)`. The secret is random and replaced every
//! [`LIFETIME`]; the one before it is still accepted, so a cookie lives for one to two lifetimes. Servers behind one
//! address may share a secret instead.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::memcmp;

use super::ffi::hmac::{self, Hmac};
use super::secret::Secret;
use super::settings::SharedSecret;

/// The bytes of a cookie: a HelloVerifyRequest stays smaller than the smallest ClientHello.
pub(crate) const LENGTH: usize = hmac::LENGTH;

/// How long a secret makes new cookies.
const LIFETIME: Duration = Duration::from_secs(60);

/// The secret that makes cookies, and the one before it.
pub(crate) struct CookieSecrets {
    current: Hmac,
    previous: Hmac,
    rotation: Instant,
    /// None: the secrets are random, and replaced when they are due.
    shared: Option<SharedSecret>,
}

/// What one cookie is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding([u8; 50]);

impl Binding {
    pub(crate) fn new(address: SocketAddr, client_random: &[u8; 32]) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let mut bytes = [0; 50];
        let source = ip
            .octets()
            .into_iter()
            .chain(address.port().to_be_bytes())
            .chain(*client_random);
        bytes.iter_mut().zip(source).for_each(|(to, from)| *to = from);
        Binding(bytes)
    }
}

fn random_secret() -> Result<Hmac, ErrorStack> {
    Hmac::new(Secret::random(32)?.bytes())
}

impl CookieSecrets {
    /// Both secrets are random from the start, unless one is shared: no cookie made with a guessable one is ever
    /// accepted.
    pub(crate) fn new(shared: Option<&SharedSecret>, now: Instant) -> Result<Self, ErrorStack> {
        let mut secrets = CookieSecrets {
            current: random_secret()?,
            previous: random_secret()?,
            rotation: now + LIFETIME,
            shared: None,
        };
        secrets.share(shared, now)?;
        Ok(secrets)
    }

    /// Goes over to another shared secret, or back to random ones. Cookies of the one before stay valid.
    pub(crate) fn share(&mut self, shared: Option<&SharedSecret>, now: Instant) -> Result<(), ErrorStack> {
        if shared == self.shared.as_ref() {
            return Ok(());
        }
        let next = match shared {
            Some(secret) => Hmac::new(secret.bytes())?,
            None => random_secret()?,
        };
        self.replace(next);
        self.shared = shared.cloned();
        self.rotation = now + LIFETIME;
        Ok(())
    }

    fn replace(&mut self, next: Hmac) {
        self.previous = std::mem::replace(&mut self.current, next);
    }

    /// Replaces the random secrets that are due by `now`. Shared ones are replaced by whoever gave them.
    pub(crate) fn rotate(&mut self, now: Instant) -> Result<(), ErrorStack> {
        if self.shared.is_some() {
            return Ok(());
        }
        // Whatever the time that passed, after two rotations every old cookie is invalid.
        for _ in 0..2 {
            if now < self.rotation {
                return Ok(());
            }
            self.replace(random_secret()?);
            self.rotation += LIFETIME;
        }
        self.rotation = self.rotation.max(now + LIFETIME);
        Ok(())
    }

    /// The cookie to send to this client.
    pub(crate) fn make(&mut self, binding: &Binding) -> Result<[u8; LENGTH], ErrorStack> {
        self.current.sign(&binding.0)
    }

    /// True if `cookie` was made for this client with a secret that still lives. Compares in constant time.
    pub(crate) fn verify(&mut self, binding: &Binding, cookie: &[u8]) -> bool {
        cookie.len() == LENGTH
            && [&mut self.current, &mut self.previous].into_iter().any(|secret| {
                let expected = secret.sign(&binding.0);
                expected.is_ok_and(|expected| memcmp::eq(&expected, cookie))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(address: &str, random: u8) -> Binding {
        Binding::new(address.parse().unwrap(), &[random; 32])
    }

    #[test]
    fn a_cookie_is_bound_to_address_port_and_client_random() {
        let mut secrets = CookieSecrets::new(None, Instant::now()).unwrap();
        let client = binding("192.0.2.1:4000", 7);
        let cookie = secrets.make(&client).unwrap();
        assert!(secrets.verify(&client, &cookie));
        for other in [
            binding("192.0.2.2:4000", 7),
            binding("192.0.2.1:4001", 7),
            binding("192.0.2.1:4000", 8),
        ] {
            assert!(!secrets.verify(&other, &cookie));
        }
        assert!(!secrets.verify(&client, &cookie[..31]));
        assert!(!secrets.verify(&client, &[]));
    }

    #[test]
    fn no_cookie_of_a_guessable_secret_is_taken() {
        let mut secrets = CookieSecrets::new(None, Instant::now()).unwrap();
        let client = binding("192.0.2.1:4000", 7);
        // An empty secret gives the same cookies as one of zeros.
        let cookie = Hmac::new(&[0; 32]).unwrap().sign(&client.0).unwrap();
        assert!(!secrets.verify(&client, &cookie));
    }

    #[test]
    fn an_ipv4_client_of_a_dual_stack_socket_is_the_same_client() {
        let mut secrets = CookieSecrets::new(None, Instant::now()).unwrap();
        let cookie = secrets.make(&binding("192.0.2.1:4000", 7)).unwrap();
        assert!(secrets.verify(&binding("[::ffff:192.0.2.1]:4000", 7), &cookie));
    }

    #[test]
    fn a_cookie_outlives_one_rotation_and_not_two() {
        let start = Instant::now();
        let client = binding("192.0.2.1:4000", 7);
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let cookie = secrets.make(&client).unwrap();
        secrets.rotate(start + LIFETIME).unwrap();
        assert!(secrets.verify(&client, &cookie));
        secrets.rotate(start + 2 * LIFETIME).unwrap();
        assert!(!secrets.verify(&client, &cookie));
    }

    #[test]
    fn no_cookie_survives_a_long_silence() {
        let start = Instant::now();
        let client = binding("192.0.2.1:4000", 7);
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let cookie = secrets.make(&client).unwrap();
        secrets.rotate(start + 100 * LIFETIME).unwrap();
        assert!(!secrets.verify(&client, &cookie));
        let fresh = secrets.make(&client).unwrap();
        secrets.rotate(start + 101 * LIFETIME).unwrap();
        assert!(secrets.verify(&client, &fresh));
    }

    #[test]
    fn servers_that_share_a_secret_take_each_others_cookies() {
        let start = Instant::now();
        let secret = |byte| SharedSecret::new(&[byte; 32]).unwrap();
        let client = binding("192.0.2.1:4000", 7);
        let mut first = CookieSecrets::new(Some(&secret(1)), start).unwrap();
        let mut second = CookieSecrets::new(Some(&secret(1)), start).unwrap();
        let cookie = first.make(&client).unwrap();
        second.rotate(start + 100 * LIFETIME).unwrap();
        assert!(second.verify(&client, &cookie));
        second.share(Some(&secret(2)), start).unwrap();
        assert!(second.verify(&client, &cookie), "the one before is still accepted");
        second.share(Some(&secret(3)), start).unwrap();
        assert!(!second.verify(&client, &cookie));
    }
}
