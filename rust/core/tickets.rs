//! The keys with which a server protects session tickets (RFC 5077), so that it need not keep sessions itself.

use std::time::{Duration, Instant};

use openssl::error::ErrorStack;

use super::ffi::{self, hmac::Hmac};
use super::secret::Secret;
use super::settings::SharedSecret;

/// How long a key makes new tickets. Whoever learns it can read the sessions of that time, so it is short.
pub(crate) const LIFETIME: Duration = Duration::from_secs(3600);

/// The length of a key's name, by which a ticket tells which key it needs.
pub(crate) const NAME: usize = 16;

/// One key: its name, and the parts for AES-256-CBC and HMAC-SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TicketKey {
    pub(crate) name: [u8; NAME],
    pub(crate) cipher: Secret,
    pub(crate) mac: Secret,
}

impl TicketKey {
    fn random() -> Result<Self, ErrorStack> {
        Self::derive(Secret::random(32)?.bytes())
    }

    /// The parts from one secret, each as `HMAC-SHA-256(secret, what it is for)`.
    fn derive(secret: &[u8]) -> Result<Self, ErrorStack> {
        let mut hmac = Hmac::new(secret)?;
        let mut part = |purpose: &[u8]| -> Result<Secret, ErrorStack> {
            let mut code = hmac.sign(purpose)?;
            let part = Secret::from(code.as_slice());
            ffi::cleanse(&mut code);
            Ok(part)
        };
        let mut name = [0; NAME];
        name.iter_mut()
            .zip(part(b"session ticket name")?.bytes())
            .for_each(|(to, from)| *to = *from);
        Ok(TicketKey {
            name,
            cipher: part(b"session ticket cipher")?,
            mac: part(b"session ticket mac")?,
        })
    }
}

/// The key that makes tickets, and the one before it.
pub(crate) struct TicketKeys {
    current: TicketKey,
    previous: TicketKey,
    /// None: the key is shared with other servers, and replaced by whoever gave it.
    rotation: Option<Instant>,
}

impl TicketKeys {
    /// Random keys, replaced every [`LIFETIME`], or the shared one.
    pub(crate) fn new(shared: Option<&SharedSecret>, now: Instant) -> Result<Self, ErrorStack> {
        let mut keys = TicketKeys {
            current: TicketKey::random()?,
            previous: TicketKey::random()?,
            rotation: Some(now + LIFETIME),
        };
        keys.share(shared, now)?;
        Ok(keys)
    }

    /// Goes over to another shared key, or back to random ones. Tickets of the key before stay valid.
    pub(crate) fn share(&mut self, shared: Option<&SharedSecret>, now: Instant) -> Result<(), ErrorStack> {
        let (next, rotation) = match (shared, self.rotation) {
            (Some(secret), _) => (TicketKey::derive(secret.bytes())?, None),
            (None, Some(_)) => return Ok(()),
            (None, None) => (TicketKey::random()?, Some(now + LIFETIME)),
        };
        if next != self.current {
            self.previous = std::mem::replace(&mut self.current, next);
        }
        self.rotation = rotation;
        Ok(())
    }

    /// Replaces random keys that are due by `now`.
    pub(crate) fn rotate(&mut self, now: Instant) -> Result<(), ErrorStack> {
        // Whatever the time that passed, after two rotations every old key is gone.
        for _ in 0..2 {
            let Some(due) = self.rotation.filter(|due| *due <= now) else {
                return Ok(());
            };
            self.previous = std::mem::replace(&mut self.current, TicketKey::random()?);
            self.rotation = Some(due + LIFETIME);
        }
        self.rotation = self.rotation.map(|due| due.max(now + LIFETIME));
        Ok(())
    }

    /// The key for a new ticket.
    pub(crate) fn current(&self) -> TicketKey {
        self.current.clone()
    }

    /// The key with this name, and whether the client should be given a new ticket.
    pub(crate) fn find(&self, name: &[u8]) -> Option<(TicketKey, bool)> {
        if self.current.name == name {
            Some((self.current.clone(), false))
        } else {
            Some(&self.previous)
                .filter(|key| key.name == name)
                .map(|key| (key.clone(), true))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> SharedSecret {
        SharedSecret::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn a_random_key_outlives_one_rotation_and_not_two() {
        let start = Instant::now();
        let mut keys = TicketKeys::new(None, start).unwrap();
        let name = keys.current().name;
        assert!(!keys.find(&name).unwrap().1);
        keys.rotate(start + LIFETIME).unwrap();
        assert!(
            keys.find(&name).unwrap().1,
            "a client with an old ticket gets a new one"
        );
        keys.rotate(start + 2 * LIFETIME).unwrap();
        assert!(keys.find(&name).is_none());
    }

    #[test]
    fn no_random_key_survives_a_long_silence() {
        let start = Instant::now();
        let mut keys = TicketKeys::new(None, start).unwrap();
        let name = keys.current().name;
        keys.rotate(start + 100 * LIFETIME).unwrap();
        assert!(keys.find(&name).is_none());
    }

    #[test]
    fn servers_with_one_secret_have_one_key_and_never_rotate_it() {
        let start = Instant::now();
        let mut first = TicketKeys::new(Some(&secret(1)), start).unwrap();
        let second = TicketKeys::new(Some(&secret(1)), start).unwrap();
        first.rotate(start + 100 * LIFETIME).unwrap();
        assert!(first.current() == second.current());
    }

    #[test]
    fn the_shared_key_before_stays_valid_until_the_next_change() {
        let now = Instant::now();
        let mut keys = TicketKeys::new(Some(&secret(1)), now).unwrap();
        let name = keys.current().name;
        keys.share(Some(&secret(2)), now).unwrap();
        keys.share(Some(&secret(2)), now).unwrap();
        assert!(keys.find(&name).is_some(), "the same key again is no change");
        keys.share(Some(&secret(3)), now).unwrap();
        assert!(keys.find(&name).is_none());
    }

    #[test]
    fn random_keys_stay_when_no_shared_one_is_given() {
        let now = Instant::now();
        let mut keys = TicketKeys::new(None, now).unwrap();
        let name = keys.current().name;
        keys.share(None, now).unwrap();
        assert!(!keys.find(&name).unwrap().1);
    }
}
