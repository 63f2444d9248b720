//! The header filter under inputs that `cargo xtask fuzz` makes. No part of the library.

#![allow(clippy::indexing_slicing)]

use super::filter::{self, Situation, Verdict};
use super::hello::{ClientHello, hello_verify_request};
use super::record::{self, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Record};
use super::{cookie, psk};

/// Takes the first byte of `input` for a situation and the rest for a datagram.
pub fn header_filter(input: &[u8]) {
    let Some((situation, datagram)) = input.split_first() else {
        return;
    };
    let situation = Situation {
        is_server: situation & 1 != 0,
        is_connected: situation & 2 != 0,
        is_answered: situation & 8 != 0,
        is_resuming: situation & 16 != 0,
        awaits_ticket: situation & 4 != 0,
    };
    check_whole(datagram);
    check_shift(datagram, u64::from(datagram.len() as u8));
    for record in record::records(datagram).filter_map(Result::ok) {
        check_record(&record, situation);
        let _ = psk::identity_in(&record);
        let _ = filter::is_server_hello(&record);
    }
    check_hello(datagram);
}

/// The records are the datagram, cut apart, up to what is none.
fn check_whole(datagram: &[u8]) {
    let mut place = 0;
    for record in record::records(datagram) {
        let Ok(record) = record else {
            assert!(place < datagram.len());
            return;
        };
        assert_eq!(record.bytes, &datagram[place..][..record.bytes.len()]);
        assert_eq!(record.fragment, &record.bytes[record::HEADER..]);
        assert!(record.sequence < 1 << 48);
        place += record.bytes.len();
    }
    assert_eq!(place, datagram.len());
}

fn check_record(record: &Record<'_>, situation: Situation) {
    let messages = record::messages(record.fragment);
    if let Some(messages) = &messages {
        let bytes: usize = messages.iter().map(|message| message.body.len() + 12).sum();
        assert_eq!(bytes, record.fragment.len());
    }
    match filter::judge(record, situation) {
        Verdict::Pass if record.epoch == 0 => {
            assert!(
                !situation.is_connected,
                "no plaintext is for a session that is connected"
            );
            let is_sound = match record.content_type {
                CHANGE_CIPHER_SPEC => record.fragment == [1],
                HANDSHAKE => messages.is_some(),
                _ => false,
            };
            assert!(is_sound, "plaintext of type {} passes", record.content_type);
        }
        Verdict::Pass => {
            assert_eq!(record.epoch, 1);
            assert!(record.fragment.len() >= 16 && record.content_type != CHANGE_CIPHER_SPEC);
        }
        Verdict::ClientHello => assert!(situation.is_server && messages.is_some()),
        Verdict::Alert(_) => assert!(!situation.is_connected),
        Verdict::Malformed => assert!(record.epoch != 0 || record.content_type != APPLICATION_DATA),
        Verdict::Unexpected => {}
    }
}

/// Only the numbers of plaintext change when they are shifted, and back again.
fn check_shift(datagram: &[u8], offset: u64) {
    let mut shifted = datagram.to_vec();
    record::shift_plaintext_sequence(&mut shifted, offset);
    for (before, after) in record::records(datagram).zip(record::records(&shifted)) {
        let (Ok(before), Ok(after)) = (before, after) else {
            continue;
        };
        let offset = if before.epoch == 0 { offset } else { 0 };
        assert_eq!(after.sequence, (before.sequence + offset) % (1 << 48));
        assert_eq!(
            (after.content_type, after.epoch, after.fragment),
            (before.content_type, before.epoch, before.fragment)
        );
    }
}

/// The answer to a ClientHello is one record of its number.
fn check_hello(datagram: &[u8]) {
    let Some(hello) = ClientHello::parse(datagram) else {
        return;
    };
    let reply = hello_verify_request(hello.sequence, &[7; cookie::LENGTH]);
    let records: Vec<_> = record::records(&reply).collect();
    assert!(matches!(&records[..], [Ok(record)] if record.sequence == hello.sequence));
    assert!(hello.cookie.len() < 256 && hello.sequence < 1 << 48);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_of_the_corpus_are_taken() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/header_filter");
        let inputs: Vec<_> = std::fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!inputs.is_empty());
        for input in inputs {
            header_filter(&std::fs::read(input).unwrap());
        }
    }
}
