//! Pre-shared keys (RFC 4279, with ECDHE: RFC 5489 and RFC 7905).

use std::collections::HashMap;
use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::ssl::{SslContextBuilder, SslRef};
use parking_lot::Mutex;

use super::attachment::Attachment;
use super::config_error::ConfigError;
use super::record::{self, CLIENT_KEY_EXCHANGE, HANDSHAKE, Record};
use super::secret::Secret;

/// What every implementation has to support (RFC 4279, section 5.3).
pub(crate) const MAX_IDENTITY: usize = 128;

/// Shorter keys could be found by trying (RFC 9257, section 6: 128 bits).
pub(crate) const MIN_KEY: usize = 16;
/// `PSK_MAX_PSK_LEN` of older OpenSSLs, which peers may have.
pub(crate) const MAX_KEY: usize = 256;

/// The name of a pre-shared key: 1 to 128 bytes of UTF-8 without NUL. It is sent in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PskIdentity(String);

impl PskIdentity {
    /// # Errors
    /// [`ConfigError::PskIdentityInvalid`].
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        if text.is_empty() || text.len() > MAX_IDENTITY || text.contains('\0') {
            return Err(ConfigError::PskIdentityInvalid);
        }
        Ok(PskIdentity(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_wire(bytes: &[u8]) -> Option<Self> {
        Self::new(std::str::from_utf8(bytes).ok()?).ok()
    }
}

/// A pre-shared key: 16 to 256 random bytes. A password is none: whoever has seen one handshake can try them all.
#[derive(Clone, PartialEq, Eq)]
pub struct PskKey(Secret);

impl PskKey {
    /// # Errors
    /// [`ConfigError::PskKeyLength`].
    pub fn new(bytes: &[u8]) -> Result<Self, ConfigError> {
        match bytes.len() {
            MIN_KEY..=MAX_KEY => Ok(PskKey(bytes.into())),
            length => Err(ConfigError::PskKeyLength(length)),
        }
    }

    fn random() -> Result<Self, ErrorStack> {
        Secret::random(32).map(PskKey)
    }

    /// Puts the key where OpenSSL wants it. Returns its length, or 0 if there is no room.
    fn write_to(&self, buffer: &mut [u8]) -> usize {
        let key = self.0.bytes();
        match buffer.get_mut(..key.len()) {
            Some(place) => {
                place.copy_from_slice(key);
                key.len()
            }
            None => 0,
        }
    }
}

/// A client's pre-shared key with its name.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientPsk {
    /// What the server looks the key up by.
    pub identity: PskIdentity,
    /// The key.
    pub key: PskKey,
}

/// The pre-shared keys of a server.
#[derive(Clone)]
pub enum PskKeys {
    /// All keys, by identity.
    Fixed(HashMap<PskIdentity, PskKey>),
    /// Each identity is asked for when a client sends it: see [`Session::psk_request`](super::Session::psk_request).
    Lookup,
}

/// What the caller says to [`Session::psk_request`](super::Session::psk_request).
#[derive(Clone)]
pub enum PskAnswer {
    /// The key of that identity.
    Key(PskKey),
    /// Nobody has that identity. The handshake goes on with a random key, so that the client cannot tell this from a
    /// wrong key.
    Unknown,
    /// The client is not served. It is told so.
    Refuse,
}

/// What a session with [`PskKeys::Lookup`] has been told, and of which identity, for OpenSSL's callback.
#[derive(Default)]
pub(crate) struct PskSlot(Mutex<Option<(Vec<u8>, PskAnswer)>>);

impl PskSlot {
    pub(crate) fn set(&self, identity: Vec<u8>, answer: PskAnswer) {
        *self.0.lock() = Some((identity, answer));
    }

    /// True if this is the identity that was answered for.
    pub(crate) fn knows(&self, identity: &[u8]) -> bool {
        self.0.lock().as_ref().is_some_and(|(known, _)| known == identity)
    }

    /// A client may name one identity in the open and another to OpenSSL: nobody has the second.
    fn get(&self, identity: &[u8]) -> PskAnswer {
        match &*self.0.lock() {
            Some((known, answer)) if known == identity => answer.clone(),
            _ => PskAnswer::Unknown,
        }
    }
}

/// Lets a client authenticate by `psk`.
pub(crate) fn use_on_client(context: &mut SslContextBuilder, psk: ClientPsk) {
    context.set_psk_client_callback(move |_, _hint, identity, key| {
        let text = psk.identity.as_str().as_bytes();
        // OpenSSL wants a NUL at the end.
        match identity.get_mut(..=text.len()) {
            Some(place) => place
                .iter_mut()
                .zip(text.iter().chain([&0]))
                .for_each(|(to, from)| *to = *from),
            None => return Ok(0),
        }
        Ok(psk.key.write_to(key))
    });
}

/// Lets a server authenticate clients by `keys`.
pub(crate) fn use_on_server(context: &mut SslContextBuilder, keys: Arc<PskKeys>) {
    context.set_psk_server_callback(move |ssl, identity, buffer| {
        let identity = identity.unwrap_or_default();
        let answer = match &*keys {
            PskKeys::Fixed(keys) => find(keys, identity),
            PskKeys::Lookup => told(ssl, identity),
        };
        Ok(match answer {
            PskAnswer::Key(key) => key.write_to(buffer),
            PskAnswer::Unknown => PskKey::random()?.write_to(buffer),
            // OpenSSL then sends the alert unknown_psk_identity.
            PskAnswer::Refuse => 0,
        })
    });
}

fn find(keys: &HashMap<PskIdentity, PskKey>, identity: &[u8]) -> PskAnswer {
    PskIdentity::from_wire(identity)
        .and_then(|identity| keys.get(&identity).cloned())
        .map_or(PskAnswer::Unknown, PskAnswer::Key)
}

fn told(ssl: &SslRef, identity: &[u8]) -> PskAnswer {
    Attachment::of(ssl).map_or(PskAnswer::Unknown, |attachment| attachment.psk().get(identity))
}

/// The identity in the ClientKeyExchange that `record` begins with (RFC 4279, section 2). Empty: it cannot be read, as
/// when it is cut in the middle. None: there is no ClientKeyExchange.
pub(crate) fn identity_in<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    if record.epoch != 0 || record.content_type != HANDSHAKE {
        return None;
    }
    let message = record::messages(record.fragment)?
        .into_iter()
        .find(|message| message.message_type == CLIENT_KEY_EXCHANGE && message.fragment_offset == 0)?;
    let identity = message.body.split_first_chunk::<2>().and_then(|(length, rest)| {
        let length = usize::from(u16::from_be_bytes(*length));
        rest.get(..length).filter(|_| length <= MAX_IDENTITY)
    });
    Some(identity.unwrap_or_default())
}
