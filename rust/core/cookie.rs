//! The cookie of the HelloVerifyRequest: proof that a client receives at the address that it sends from.
//!
//! RFC 6347, section 4.2.1: `HMAC(secret, address, port, client random)`. The secret is random and replaced every
//! [`LIFETIME`]; the one before it is still accepted, so a cookie lives for one to two lifetimes. Servers behind one
//! address may share a secret instead.
//!
//! A cookie also says when it was made. A client that has restarted has a younger one than its past: so a ClientHello
//! of that past, which the network delivers late, is known for what it is.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::memcmp;
use openssl::rand::rand_bytes;

use super::ffi::hmac::Hmac;
use super::secret::Secret;
use super::settings::SharedSecret;

/// The bytes of a cookie: a HelloVerifyRequest stays smaller than the smallest ClientHello.
pub(crate) const LENGTH: usize = 32;

/// Its first bytes: the [`Stamp`]. The others are of the HMAC, 176 of its bits.
const STAMP: usize = ORIGIN + 6;
const ORIGIN: usize = 4;

/// How long a secret makes new cookies.
const LIFETIME: Duration = Duration::from_secs(60);

/// The secret that makes cookies, and the one before it.
pub(crate) struct CookieSecrets {
    current: Hmac,
    previous: Hmac,
    rotation: Instant,
    /// None: the secrets are random, and replaced when they are due.
    shared: Option<SharedSecret>,
    /// Tells the stamps of this server object from those of others with the same secret.
    origin: [u8; ORIGIN],
    start: Instant,
}

/// When a cookie was made: by which server object, and after how many microseconds of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp([u8; STAMP]);

impl Stamp {
    /// True if a cookie is known to be older than another. Of different server objects nothing is known.
    pub(crate) fn is_before(&self, other: &Stamp) -> bool {
        let (origin, time) = self.0.split_at(ORIGIN);
        let (other_origin, other_time) = other.0.split_at(ORIGIN);
        origin == other_origin && time < other_time
    }
}

/// The bytes of an IPv6 address, a port and a client random.
const BINDING: usize = 16 + 2 + 32;

/// What one cookie is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding([u8; BINDING]);

impl Binding {
    pub(crate) fn new(address: SocketAddr, client_random: &[u8; 32]) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let mut bytes = [0; BINDING];
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
            origin: [0; ORIGIN],
            start: now,
        };
        rand_bytes(&mut secrets.origin)?;
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
    pub(crate) fn make(&mut self, binding: &Binding, now: Instant) -> Result<[u8; LENGTH], ErrorStack> {
        let stamp = self.stamp(now);
        cookie(&mut self.current, binding, stamp)
    }

    fn stamp(&self, now: Instant) -> Stamp {
        let age = now.saturating_duration_since(self.start).as_micros() as u64;
        let [_, _, age @ ..] = age.to_be_bytes();
        let mut bytes = [0; STAMP];
        bytes
            .iter_mut()
            .zip(self.origin.into_iter().chain(age))
            .for_each(|(to, from)| *to = from);
        Stamp(bytes)
    }

    /// When `cookie` was made, if that was for this client and with a secret that still lives. Compares in constant time.
    pub(crate) fn verify(&mut self, binding: &Binding, given: &[u8]) -> Option<Stamp> {
        let stamp = Stamp(*given.first_chunk()?);
        let is_valid = given.len() == LENGTH
            && [&mut self.current, &mut self.previous].into_iter().any(|secret| {
                let expected = cookie(secret, binding, stamp);
                expected.is_ok_and(|expected| memcmp::eq(&expected, given))
            });
        is_valid.then_some(stamp)
    }
}

fn cookie(secret: &mut Hmac, binding: &Binding, stamp: Stamp) -> Result<[u8; LENGTH], ErrorStack> {
    let mut signed = [0; BINDING + STAMP];
    signed
        .iter_mut()
        .zip(binding.0.into_iter().chain(stamp.0))
        .for_each(|(to, from)| *to = from);
    let tag = secret.sign(&signed)?;
    let mut cookie = [0; LENGTH];
    cookie
        .iter_mut()
        .zip(stamp.0.into_iter().chain(tag))
        .for_each(|(to, from)| *to = from);
    Ok(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(address: &str, random: u8) -> Binding {
        Binding::new(address.parse().unwrap(), &[random; 32])
    }

    #[test]
    fn a_cookie_is_bound_to_address_port_and_client_random() {
        let start = Instant::now();
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let client = binding("192.0.2.1:4000", 7);
        let cookie = secrets.make(&client, start).unwrap();
        assert!(secrets.verify(&client, &cookie).is_some());
        for other in [
            binding("192.0.2.2:4000", 7),
            binding("192.0.2.1:4001", 7),
            binding("192.0.2.1:4000", 8),
        ] {
            assert_eq!(secrets.verify(&other, &cookie), None);
        }
        assert_eq!(secrets.verify(&client, &cookie[..31]), None);
        assert_eq!(secrets.verify(&client, &[]), None);
    }

    #[test]
    fn a_cookie_says_which_was_made_before() {
        let start = Instant::now();
        let client = binding("192.0.2.1:4000", 7);
        let stamp = |secrets: &mut CookieSecrets, seconds| {
            let cookie = secrets.make(&client, start + Duration::from_secs(seconds)).unwrap();
            secrets.verify(&client, &cookie).unwrap()
        };
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let stamps = [0, 1, 1000].map(|seconds| stamp(&mut secrets, seconds));
        assert!(stamps.is_sorted_by(Stamp::is_before));
        assert!(!stamps[1].is_before(&stamps[0]) && !stamps[0].is_before(&stamps[0]));
        let mut others = CookieSecrets::new(None, start).unwrap();
        assert!(
            !stamps[0].is_before(&stamp(&mut others, 1)),
            "of others nothing is known"
        );
    }

    #[test]
    fn a_cookie_with_another_time_is_not_valid() {
        let start = Instant::now();
        let client = binding("192.0.2.1:4000", 7);
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let mut cookie = secrets.make(&client, start).unwrap();
        cookie[STAMP - 1] ^= 1;
        assert_eq!(secrets.verify(&client, &cookie), None);
    }

    #[test]
    fn no_cookie_of_a_guessable_secret_is_taken() {
        let mut secrets = CookieSecrets::new(None, Instant::now()).unwrap();
        let client = binding("192.0.2.1:4000", 7);
        // An empty secret gives the same cookies as one of zeros.
        let guessed = cookie(&mut Hmac::new(&[0; 32]).unwrap(), &client, Stamp([0; STAMP])).unwrap();
        assert_eq!(secrets.verify(&client, &guessed), None);
    }

    #[test]
    fn an_ipv4_client_of_a_dual_stack_socket_is_the_same_client() {
        let start = Instant::now();
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let cookie = secrets.make(&binding("192.0.2.1:4000", 7), start).unwrap();
        let mapped = binding("[::ffff:192.0.2.1]:4000", 7);
        assert!(secrets.verify(&mapped, &cookie).is_some());
    }

    #[test]
    fn a_cookie_outlives_one_rotation_and_not_two() {
        let start = Instant::now();
        let client = binding("192.0.2.1:4000", 7);
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let cookie = secrets.make(&client, start).unwrap();
        secrets.rotate(start + LIFETIME).unwrap();
        assert!(secrets.verify(&client, &cookie).is_some());
        secrets.rotate(start + 2 * LIFETIME).unwrap();
        assert_eq!(secrets.verify(&client, &cookie), None);
    }

    #[test]
    fn no_cookie_survives_a_long_silence() {
        let start = Instant::now();
        let client = binding("192.0.2.1:4000", 7);
        let mut secrets = CookieSecrets::new(None, start).unwrap();
        let cookie = secrets.make(&client, start).unwrap();
        secrets.rotate(start + 100 * LIFETIME).unwrap();
        assert_eq!(secrets.verify(&client, &cookie), None);
        let fresh = secrets.make(&client, start).unwrap();
        secrets.rotate(start + 101 * LIFETIME).unwrap();
        assert!(secrets.verify(&client, &fresh).is_some());
    }

    #[test]
    fn servers_that_share_a_secret_take_each_others_cookies() {
        let start = Instant::now();
        let secret = |byte| SharedSecret::new(&[byte; 32]).unwrap();
        let client = binding("192.0.2.1:4000", 7);
        let mut first = CookieSecrets::new(Some(&secret(1)), start).unwrap();
        let mut second = CookieSecrets::new(Some(&secret(1)), start).unwrap();
        let cookie = first.make(&client, start).unwrap();
        second.rotate(start + 100 * LIFETIME).unwrap();
        assert!(second.verify(&client, &cookie).is_some());
        second.share(Some(&secret(2)), start).unwrap();
        assert!(
            second.verify(&client, &cookie).is_some(),
            "the one before is still accepted"
        );
        second.share(Some(&secret(3)), start).unwrap();
        assert_eq!(second.verify(&client, &cookie), None);
    }
}
