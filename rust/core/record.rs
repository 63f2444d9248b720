//! The headers of DTLS records and handshake messages, as far as they are needed to keep noise away from OpenSSL.
//!
//! RFC 6347, section 4.1: `type(1) version(2) epoch(2) sequence(6) length(2)`, then the fragment. Section 4.2.2, in a
//! handshake record: `type(1) length(3) message_seq(2) fragment_offset(3) fragment_length(3)`, then the body.

/// The bytes of a record's header.
pub(crate) const HEADER: usize = 13;

/// The bytes of a handshake message's header.
const MESSAGE_HEADER: usize = 12;

/// The longest fragment that RFC 6347 allows in a protected record: 2^14 + 2048.
const MAX_FRAGMENT: usize = 18_432;

/// The longest handshake message that is accepted: a Certificate message with a long chain. Strangers can make us hold
/// as much.
pub(crate) const MAX_MESSAGE: u32 = 16_384;

/// The content types that a record may have.
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION_DATA: u8 = 23;

/// The handshake message with which a client begins.
pub(crate) const CLIENT_HELLO: u8 = 1;

/// The handshake message with which a server asks for a cookie.
pub(crate) const HELLO_VERIFY_REQUEST: u8 = 3;

/// The handshake message in which a client names its pre-shared key.
pub(crate) const CLIENT_KEY_EXCHANGE: u8 = 16;

/// One record of a datagram. Its header is sound; whether its fragment is, depends on the cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) content_type: u8,
    pub(crate) epoch: u16,
    /// 48 bits.
    pub(crate) sequence: u64,
    pub(crate) fragment: &'a [u8],
    /// Header and fragment.
    pub(crate) bytes: &'a [u8],
}

/// The records of `datagram`, up to the first malformed one.
///
/// Ends with `Some(Err(Malformed))` if bytes are left over that are no record.
pub(crate) fn records(datagram: &[u8]) -> impl Iterator<Item = Result<Record<'_>, Malformed>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((record, behind)) = split_record(rest) else {
            rest = &[];
            return Some(Err(Malformed));
        };
        rest = behind;
        Some(Ok(record))
    })
}

/// Bytes that are no DTLS record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

fn split_record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (header, behind) = bytes.split_first_chunk::<HEADER>()?;
    let [content_type, major, _minor, e0, e1, s0, s1, s2, s3, s4, s5, l0, l1] = *header;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(&content_type) || major != 0xfe || length > MAX_FRAGMENT {
        return None;
    }
    let (fragment, rest) = behind.split_at_checked(length)?;
    let (whole, _) = bytes.split_at_checked(HEADER + length)?;
    let record = Record {
        content_type,
        epoch: u16::from_be_bytes([e0, e1]),
        sequence: u64::from_be_bytes([0, 0, s0, s1, s2, s3, s4, s5]),
        fragment,
        bytes: whole,
    };
    Some((record, rest))
}

/// One fragment of a handshake message in a plaintext record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    pub(crate) message_type: u8,
    pub(crate) message_seq: u16,
    pub(crate) fragment_offset: u32,
    pub(crate) body: &'a [u8],
}

/// The handshake messages in the fragment of a plaintext record. None: it holds anything else.
pub(crate) fn messages(fragment: &[u8]) -> Option<Vec<Message<'_>>> {
    let mut rest = fragment;
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let (message, behind) = split_message(rest)?;
        messages.push(message);
        rest = behind;
    }
    (!messages.is_empty()).then_some(messages)
}

/// The first handshake message in the fragment of a plaintext record.
pub(crate) fn first_message(fragment: &[u8]) -> Option<Message<'_>> {
    Some(split_message(fragment)?.0)
}

fn split_message(bytes: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let (header, behind) = bytes.split_first_chunk::<MESSAGE_HEADER>()?;
    let [message_type, l0, l1, l2, m0, m1, o0, o1, o2, f0, f1, f2] = *header;
    let length = u32::from_be_bytes([0, l0, l1, l2]);
    let fragment_offset = u32::from_be_bytes([0, o0, o1, o2]);
    let fragment_length = u32::from_be_bytes([0, f0, f1, f2]);
    if length > MAX_MESSAGE || fragment_offset + fragment_length > length {
        return None;
    }
    let (body, rest) = behind.split_at_checked(usize::try_from(fragment_length).ok()?)?;
    Some((
        Message {
            message_type,
            message_seq: u16::from_be_bytes([m0, m1]),
            fragment_offset,
            body,
        },
        rest,
    ))
}

/// Adds `offset` to the sequence number of each record of epoch 0 in a datagram that we send.
pub(crate) fn shift_plaintext_sequence(datagram: &mut [u8], offset: u64) {
    let mut rest = datagram;
    while let Some((record, _)) = split_record(rest) {
        let (epoch, sequence, length) = (record.epoch, record.sequence, record.bytes.len());
        let Some((this, behind)) = rest.split_at_mut_checked(length) else {
            return;
        };
        if epoch == 0 {
            set_sequence(this, sequence + offset);
        }
        rest = behind;
    }
}

/// A plaintext record with a fatal alert of this number.
pub(crate) fn fatal_alert(sequence: u64, number: u8) -> [u8; HEADER + 2] {
    let mut bytes = [ALERT, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, number];
    set_sequence(&mut bytes, sequence);
    bytes
}

/// Writes the lower 48 bits of `sequence` into the header of the record that `bytes` begins with.
pub(crate) fn set_sequence(bytes: &mut [u8], sequence: u64) {
    const PLACE: usize = 5;
    let [_, _, digits @ ..] = sequence.to_be_bytes();
    bytes
        .iter_mut()
        .skip(PLACE)
        .zip(digits)
        .for_each(|(to, from)| *to = from);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(content_type: u8, epoch: u8, sequence: u8, fragment: &[u8]) -> Vec<u8> {
        let mut bytes = vec![content_type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, sequence];
        bytes.extend_from_slice(&(fragment.len() as u16).to_be_bytes());
        bytes.extend_from_slice(fragment);
        bytes
    }

    #[test]
    fn a_datagram_may_hold_several_records() {
        let datagram = [record(HANDSHAKE, 0, 7, b"hello"), record(ALERT, 1, 0, b"")].concat();
        let found: Vec<_> = records(&datagram).map(Result::unwrap).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].content_type, found[0].epoch, found[0].sequence),
            (HANDSHAKE, 0, 7)
        );
        assert_eq!(found[0].fragment, b"hello");
        assert_eq!(
            (found[1].content_type, found[1].epoch, found[1].fragment),
            (ALERT, 1, &b""[..])
        );
    }

    #[test]
    fn reading_stops_at_the_first_malformed_record() {
        let sound = record(HANDSHAKE, 0, 0, b"x");
        for bad in [
            vec![22; 12],
            record(19, 0, 0, b"x"),
            record(24, 0, 0, b"x"),
            [22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec(),
            [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff].to_vec(),
        ] {
            let datagram = [sound.clone(), bad, sound.clone()].concat();
            let found: Vec<_> = records(&datagram).collect();
            assert_eq!(found.len(), 2);
            assert_eq!(found[1], Err(Malformed));
        }
        assert_eq!(records(&[]).count(), 0);
    }

    #[test]
    fn handshake_messages_are_told_from_other_bytes() {
        let whole = [11, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9];
        assert_eq!(messages(&whole).unwrap()[0].body, &[9, 9]);
        assert_eq!(messages(&[whole, whole].concat()).unwrap().len(), 2);
        let past_the_end = [11, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 9];
        assert_eq!(messages(&past_the_end), None);
        let too_long = [11, 0, 0x40, 1, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9];
        assert_eq!(messages(&too_long), None);
        assert_eq!(messages(&whole[..13]), None);
        assert_eq!(messages(&[]), None);
    }

    #[test]
    fn only_plaintext_sequence_numbers_are_shifted() {
        let mut datagram = [record(HANDSHAKE, 0, 1, b"a"), record(HANDSHAKE, 1, 1, b"b")].concat();
        shift_plaintext_sequence(&mut datagram, 300);
        let found: Vec<_> = records(&datagram).map(Result::unwrap).collect();
        assert_eq!((found[0].sequence, found[1].sequence), (301, 1));
    }
}
