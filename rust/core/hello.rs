//! First contact on the wire: what has to be known of a ClientHello, and the HelloVerifyRequest that answers it (RFC
//! 6347, section 4.2.1).

use super::cookie;
use super::record::{self, CLIENT_HELLO, HANDSHAKE};

/// The fields of a ClientHello that a cookie is bound to and that tell one handshake of a client from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientHello<'a> {
    /// The client's random value, the same before and after the HelloVerifyRequest.
    pub(crate) random: [u8; 32],
    /// Empty: the client has not been asked yet.
    pub(crate) cookie: &'a [u8],
    /// The record's sequence number, which the answer has to take over.
    pub(crate) sequence: u64,
}

impl<'a> ClientHello<'a> {
    /// Reads the plaintext record at the start of `datagram`. None: it is no ClientHello, or not the start of one, or
    /// the cookie lies in a later fragment.
    pub(crate) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let record = record::records(datagram).next()?.ok()?;
        if record.content_type != HANDSHAKE || record.epoch != 0 {
            return None;
        }
        let message = record::first_message(record.fragment)?;
        if message.message_type != CLIENT_HELLO || message.fragment_offset != 0 {
            return None;
        }
        let (_version, behind) = message.body.split_first_chunk::<2>()?;
        let (random, behind) = behind.split_first_chunk::<32>()?;
        let (_session, behind) = split_prefixed(behind)?;
        let (cookie, _) = split_prefixed(behind)?;
        Some(ClientHello {
            random: *random,
            cookie,
            sequence: record.sequence,
        })
    }
}

/// Bytes with their number before them, and what follows.
fn split_prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, behind) = bytes.split_first()?;
    behind.split_at_checked(usize::from(*length))
}

/// The bytes of a HelloVerifyRequest datagram.
pub(crate) const HELLO_VERIFY_REQUEST: usize = 60;

/// Asks the client that has sent a ClientHello in a record of number `sequence` to send it again with `cookie`.
///
/// Both versions are DTLS 1.0 whatever will be spoken, so that every client understands it.
pub(crate) fn hello_verify_request(sequence: u64, cookie: &[u8; cookie::LENGTH]) -> [u8; HELLO_VERIFY_REQUEST] {
    #[rustfmt::skip]
    let header = [
        // Record: handshake, DTLS 1.0, epoch 0, sequence number (below), 47 bytes.
        22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 47,
        // Message: HelloVerifyRequest, 35 bytes, message 0, offset 0, 35 bytes here.
        3, 0, 0, 35, 0, 0, 0, 0, 0, 0, 0, 35,
        // DTLS 1.0, 32 bytes of cookie.
        0xfe, 0xff, 32,
    ];
    let mut datagram = [0; HELLO_VERIFY_REQUEST];
    datagram
        .iter_mut()
        .zip(header.into_iter().chain(*cookie))
        .for_each(|(to, from)| *to = from);
    record::set_sequence(&mut datagram, sequence);
    datagram
}
