//! What first contact has to know of a ClientHello (RFC 6347, section 4.2.1).

use super::record::{self, CLIENT_HELLO, HANDSHAKE};

/// The fields of a ClientHello that a cookie is bound to and that tell one handshake of a client from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientHello {
    /// The client's random value, the same before and after the HelloVerifyRequest.
    pub(crate) random: [u8; 32],
    /// The record's sequence number, which the ServerHello has to take over.
    pub(crate) sequence: u64,
    /// True if the client answers a HelloVerifyRequest.
    pub(crate) has_cookie: bool,
}

impl ClientHello {
    /// Reads the plaintext record at the start of `datagram`. None: it is no ClientHello, or not the start of one.
    pub(crate) fn parse(datagram: &[u8]) -> Option<ClientHello> {
        let record = record::records(datagram).next()?.ok()?;
        if record.content_type != HANDSHAKE || record.epoch != 0 {
            return None;
        }
        let messages = record::messages(record.fragment)?;
        let message = messages.first()?;
        if message.message_type != CLIENT_HELLO || message.fragment_offset != 0 {
            return None;
        }
        let (_version, behind) = message.body.split_first_chunk::<2>()?;
        let (random, behind) = behind.split_first_chunk::<32>()?;
        Some(ClientHello {
            random: *random,
            sequence: record.sequence,
            has_cookie: has_cookie(behind).unwrap_or(false),
        })
    }
}

/// `rest` begins with the session's number, and then the cookie, each with its length before it.
fn has_cookie(rest: &[u8]) -> Option<bool> {
    let (length, rest) = rest.split_first()?;
    let cookie_length = rest.get(usize::from(*length))?;
    Some(*cookie_length > 0)
}
