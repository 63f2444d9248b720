//! What does not belong to a session is dropped, in every state, and costs nothing but the counting.

use std::time::Duration;

use openssl_dtls::core::settings::CipherList;
use openssl_dtls::core::{Failure, Session, State, Statistics};

use crate::support::wire::{self, ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, NEW_SESSION_TICKET};
use crate::support::{Direction, Identity, Pair, events, packets};

/// The datagrams of a handshake, and so the stages between them.
const DATAGRAMS: usize = 6;

/// What a session has dropped.
fn dropped(session: &Session) -> u64 {
    let Statistics {
        dropped_malformed,
        dropped_unexpected,
        ..
    } = session.statistics();
    dropped_malformed + dropped_unexpected
}

/// Gives each of `noise` to both sides at each stage of a handshake. Neither side may answer, change its state or lose
/// time. `check` sees each datagram, and how many records of it were counted as dropped.
fn give_at_each_stage(noise: &[Vec<u8>], check: impl Fn(&[u8], u64)) {
    for stage in 0..=DATAGRAMS {
        let mut pair = Pair::at_stage(stage);
        for datagram in noise {
            for session in [Some(&mut pair.client), pair.server.as_mut()].into_iter().flatten() {
                let (state, dropped_before) = (session.state(), dropped(session));
                session.handle_datagram(datagram, pair.now);
                assert_eq!(session.state(), state, "at stage {stage}: {datagram:x?}");
                assert!(
                    !session.poll_transmit(&mut Vec::new()),
                    "an answer at stage {stage} to {datagram:x?}"
                );
                check(datagram, dropped(session) - dropped_before);
            }
        }
        pair.connect();
        assert_undisturbed(&pair);
    }
}

/// No time was lost, and the handshake that has connected is the first one.
fn assert_undisturbed(pair: &Pair) {
    assert_eq!(pair.elapsed(), Duration::ZERO);
    assert_eq!(pair.server_failures, [Failure::CookieExchange]);
}

fn assert_harmless(noise: &[Vec<u8>]) {
    give_at_each_stage(noise, |_, _| ());
}

/// Harmless, and each counted.
fn assert_dropped(noise: &[Vec<u8>]) {
    give_at_each_stage(noise, |datagram, dropped| assert_eq!(dropped, 1, "{datagram:x?}"));
}

#[test]
fn an_empty_datagram_is_passed_over() {
    assert_harmless(&[vec![]]);
}

#[test]
fn runts_are_dropped() {
    let mut noise = Vec::new();
    for first in [0, CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, 0xff] {
        noise.extend((1..wire::RECORD_HEADER).map(|length| vec![first; length]));
    }
    assert_dropped(&noise);
}

#[test]
fn records_cut_short_are_dropped() {
    let whole = wire::record(APPLICATION_DATA, 1, 7, &[0x5a; 27]);
    let noise: Vec<_> = (1..whole.len()).map(|length| whole[..length].to_vec()).collect();
    assert_eq!(noise.len(), 39);
    assert_dropped(&noise);
}

#[test]
fn other_protocols_are_dropped() {
    let noise = [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0; 1200],
        vec![0xff; 1200],
        (0..=255).collect(),
    ];
    assert_dropped(&noise);
}

#[test]
fn plaintext_records_that_are_no_handshake_are_dropped() {
    let fragments: [&[u8]; 6] = [&[], &[0], &[2], &[1, 1], &[1, 90], &[0; 40]];
    let mut noise: Vec<_> = fragments
        .iter()
        .map(|bytes| wire::record(APPLICATION_DATA, 0, 7, bytes))
        .collect();
    noise.extend(
        fragments
            .iter()
            .map(|bytes| wire::record(CHANGE_CIPHER_SPEC, 0, 7, bytes)),
    );
    noise.extend(fragments.iter().map(|bytes| wire::record(ALERT, 0, 7, bytes)));
    noise.extend(
        (0..20)
            .chain(24..=255)
            .map(|unknown| wire::record(unknown, 0, 7, &[0; 40])),
    );
    assert_dropped(&noise);
}

#[test]
fn plaintext_handshake_messages_out_of_place_are_dropped() {
    // HelloRequest, HelloRetryRequest, and Finished, which is never sent in plaintext; a message that is longer than
    // its record, a fragment that is longer than its message.
    let mut noise: Vec<_> = [0, 6, 20, 24, 255]
        .iter()
        .map(|message| wire::record(HANDSHAKE, 0, 7, &wire::message(*message, 0, &[0; 8])))
        .collect();
    for message_type in [1, 2, 11, 16] {
        let message = wire::message(message_type, 0, &[0; 8]);
        noise.push(wire::record(HANDSHAKE, 0, 7, &message[..message.len() - 1]));
        let mut beyond = message.clone();
        beyond[3] = 7;
        noise.push(wire::record(HANDSHAKE, 0, 7, &beyond));
    }
    assert_dropped(&noise);
}

#[test]
fn records_of_foreign_epochs_are_dropped() {
    let types = [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA];
    let noise: Vec<_> = [2, 3, 255, 0xffff]
        .into_iter()
        .flat_map(|epoch| types.map(|content_type| wire::record(content_type, epoch, 0, &[0x5a; 40])))
        .collect();
    assert_dropped(&noise);
}

#[test]
fn short_records_of_the_protected_epoch_are_dropped() {
    let types = [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA];
    let noise: Vec<_> = (0..16)
        .flat_map(|length| types.map(|content_type| wire::record(content_type, 1, 7, &vec![0x5a; length])))
        .collect();
    assert_dropped(&noise);
}

#[test]
fn forged_records_of_the_protected_epoch_change_nothing() {
    // Longer ones only OpenSSL can tell from real ones.
    let types = [ALERT, HANDSHAKE, APPLICATION_DATA];
    let noise: Vec<_> = (16..=40)
        .chain([1000, 16_384])
        .flat_map(|length| types.map(|content_type| wire::record(content_type, 1, 7, &vec![0x5a; length])))
        .collect();
    assert_harmless(&noise);
}

#[test]
fn forged_records_of_any_length_change_nothing_whatever_the_cipher() {
    for cipher in [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE+CHACHA20",
    ] {
        let identity = Identity::self_signed(&["server.test"]);
        let mut client = identity.client_options();
        client.settings.cipher_list = Some(CipherList::new(cipher).unwrap());
        let mut pair = Pair::between(&client, &identity.server_options());
        pair.connect();
        for length in 0..=40 {
            for content_type in [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA] {
                let forged = wire::record(content_type, 1, 100 + length, &vec![0x5a; length as usize]);
                pair.arrive(Direction::ToServer, &forged);
                pair.arrive(Direction::ToClient, &forged);
            }
        }
        pair.deliver();
        pair.exchange();
    }
}

#[test]
fn the_largest_datagrams_change_nothing() {
    const LARGEST: usize = 65_507;
    let filled = |part: &[u8]| {
        let mut datagram = part.repeat(LARGEST / part.len() + 1);
        datagram.truncate(LARGEST);
        datagram
    };
    assert_harmless(&[
        filled(&[0]),
        filled(&[HANDSHAKE]),
        filled(&wire::record(APPLICATION_DATA, 1, 9, &[0; 16_384])),
        filled(&wire::record(APPLICATION_DATA, 1, 9, &[0; 24])),
        filled(&wire::record(ALERT, 0, 9, &[1, 90])),
        filled(&wire::record(HANDSHAKE, 0, 9, &wire::message(11, 9, &[0; 1000]))),
    ]);
}

#[test]
fn forged_plaintext_that_comes_too_early_changes_nothing() {
    // All that OpenSSL has to see, because it could be real: a ChangeCipherSpec, and the messages of the peer.
    let mut noise = vec![wire::record(CHANGE_CIPHER_SPEC, 0, 40, &[1])];
    for (number, message_type) in [2, 3, 4, 11, 12, 13, 14, 15, 16, 22].into_iter().enumerate() {
        for message_seq in [9, 50, 0xffff] {
            let message = wire::message(message_type, message_seq, &[0; 8]);
            noise.push(wire::record(HANDSHAKE, 0, 41 + number as u64, &message));
        }
    }
    assert_harmless(&noise);
}

#[test]
fn messages_that_claim_to_be_too_long_are_dropped() {
    let mut noise = Vec::new();
    for message_type in [2, 3, 4, 11, 12, 13, 14, 15, 16, 22] {
        for message_seq in [1, 2, 9] {
            let mut message = wire::message(message_type, message_seq, &[0; 8]);
            message[1] = 0xff;
            noise.push(wire::record(HANDSHAKE, 0, 40, &message));
        }
    }
    assert_dropped(&noise);
}

#[test]
fn a_forged_record_does_not_take_the_place_of_a_real_one() {
    // Nor does one from far ahead shut the real ones out of the replay window.
    for content in [
        (CHANGE_CIPHER_SPEC, vec![1]),
        (HANDSHAKE, wire::message(11, 9, &[0; 8])),
    ] {
        let numbers = [0, 1, 2, 3, 4, 1000, 0xffff_ffff_ffff];
        let noise: Vec<_> = numbers
            .iter()
            .map(|number| wire::record(content.0, 0, *number, &content.1))
            .collect();
        assert_harmless(&noise);
    }
}

#[test]
fn a_forged_ticket_does_not_take_the_place_of_the_real_one() {
    // OpenSSL would keep it until its number comes, behind those of the server's first flight.
    let ticket = [&[0, 0, 14, 16, 0, 32][..], &[0x5a; 32]].concat();
    let forged = wire::record(HANDSHAKE, 0, 9, &wire::message(NEW_SESSION_TICKET, 5, &ticket));
    let mut pair = Pair::at_stage(3);
    pair.arrive(Direction::ToClient, &forged);
    pair.connect();
    assert_undisturbed(&pair);
}

#[test]
fn noise_behind_a_record_does_not_take_the_record_away() {
    let mut pair = Pair::new();
    pair.run();
    pair.client.send(b"sound").unwrap();
    let mut datagram = Vec::new();
    pair.client.poll_transmit(&mut datagram);
    datagram.extend([0xff; 20]);
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(packets(pair.server()), [b"sound"]);
    assert_eq!(pair.server().statistics().dropped_malformed, 1);
}

#[test]
fn forgery_before_a_record_does_not_take_the_record_away() {
    let mut pair = Pair::new();
    pair.run();
    pair.client.send(b"sound").unwrap();
    let mut sound = Vec::new();
    pair.client.poll_transmit(&mut sound);
    let forged = [
        wire::record(ALERT, 0, 0, &[2, 40]),
        wire::record(APPLICATION_DATA, 1, 90, &[0; 40]),
    ]
    .concat();
    pair.arrive(Direction::ToServer, &[forged, sound].concat());
    assert_eq!(packets(pair.server()), [b"sound"]);
}

#[test]
fn a_protected_datagram_with_any_bit_turned_is_dropped() {
    let mut pair = Pair::new();
    pair.run();
    events(pair.server());
    pair.client.send(b"sound").unwrap();
    let mut datagram = Vec::new();
    pair.client.poll_transmit(&mut datagram);
    for bit in 0..datagram.len() * 8 {
        pair.arrive(Direction::ToServer, &wire::flip_bit(&datagram, bit));
        assert_eq!(
            (pair.server().received(), events(pair.server())),
            (0, vec![]),
            "bit {bit}"
        );
    }
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(packets(pair.server()), [b"sound"]);
    pair.exchange();
}

#[test]
fn a_finished_with_any_bit_turned_is_dropped() {
    for (delivered, direction) in [(4, Direction::ToServer), (5, Direction::ToClient)] {
        let mut pair = Pair::at_stage(delivered);
        let flight = pair.last_sent();
        let finished = *wire::records(&flight).last().unwrap();
        assert_eq!(wire::epoch(finished), 1);
        for bit in 0..finished.len() * 8 {
            pair.arrive(direction, &wire::flip_bit(finished, bit));
        }
        pair.connect();
        assert_undisturbed(&pair);
    }
}

#[test]
fn a_handshake_damaged_anywhere_ends_one_way_or_the_other() {
    // Plaintext is not protected: what it leads to may be a failure, but then it is one that says so.
    for number in 0..DATAGRAMS {
        for byte in (0..).step_by(3) {
            let mut pair = Pair::at_stage(number);
            let (_, direction, datagram) = pair.sent[number].clone();
            if byte >= datagram.len() {
                break;
            }
            pair.replace_on_the_way(direction, wire::flip_bit(&datagram, byte * 8 + byte % 8));
            pair.run();
            assert!(
                pair.is_connected() || pair.client.failure().is_some(),
                "byte {byte} of datagram {number}"
            );
            for failure in pair.client.failure().into_iter().chain(&pair.server_failures) {
                assert!(
                    !matches!(failure, Failure::Internal(_)),
                    "byte {byte} of datagram {number}: {failure}"
                );
            }
        }
    }
}

#[test]
fn an_ended_session_counts_datagrams_and_does_nothing() {
    let mut pair = Pair::new();
    pair.connect();
    pair.client.close();
    pair.deliver();
    let before = pair.client.statistics().datagrams_in;
    pair.arrive(Direction::ToClient, &wire::record(APPLICATION_DATA, 1, 9, &[0; 40]));
    assert_eq!(pair.client.statistics().datagrams_in, before + 1);
    assert_eq!(pair.client.state(), State::Closed);
}
