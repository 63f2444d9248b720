//! What one handshake can be made to hold.

use openssl_dtls::core::{Caps, State};

use crate::allocator;
use crate::support::wire::{self, ALERT, APPLICATION_DATA, CERTIFICATE, HANDSHAKE};
use crate::support::{Direction, Identity, Pair};

const CLIENT_KEY_EXCHANGE: u8 = 16;

const KIB: isize = 1024;

/// The two sides while plaintext is taken, with a message that each could get.
const SIDES: [(usize, Direction, u8); 2] = [
    (3, Direction::ToServer, CLIENT_KEY_EXCHANGE),
    (3, Direction::ToClient, CERTIFICATE),
];

/// What these datagrams, given to one side during the handshake, make it hold at the most.
fn most_held(stage: usize, direction: Direction, datagrams: impl Iterator<Item = Vec<u8>>) -> isize {
    let mut pair = Pair::at_stage(stage);
    let datagrams: Vec<_> = datagrams.collect();
    let (most, _) = allocator::watch(|| {
        for datagram in &datagrams {
            pair.arrive(direction, datagram);
        }
    });
    most
}

#[test]
fn fragments_of_messages_that_never_come_whole_hold_little() {
    allocator::count_openssl();
    for (stage, direction, message_type) in SIDES {
        // A byte of each message that comes later, said to be as long as is believed, and longer.
        for length in [16_384, 200_000] {
            let body = vec![0; length];
            let bombs = (3..200).map(|message_seq| {
                let fragment = wire::fragment(message_type, message_seq, &body, 4000, 1);
                wire::record(HANDSHAKE, 0, 9, &fragment)
            });
            let most = most_held(stage, direction, bombs);
            assert!(most < 256 * KIB, "{direction:?}, {length}: {most} bytes");
        }
    }
}

#[test]
fn records_of_the_next_epoch_hold_little() {
    allocator::count_openssl();
    for (stage, direction, _) in SIDES {
        for content_type in [ALERT, HANDSHAKE, APPLICATION_DATA] {
            let records = (0..10_000).map(|number| wire::record(content_type, 1, number, &[0x5a; 1000]));
            let most = most_held(stage, direction, records);
            assert!(most < 64 * KIB, "{direction:?}, {content_type}: {most} bytes");
        }
    }
}

#[test]
fn the_largest_datagrams_hold_no_more_than_one_of_them() {
    allocator::count_openssl();
    const LARGEST: usize = 65_507;
    for (stage, direction, message_type) in SIDES {
        let whole = wire::record(APPLICATION_DATA, 1, 9, &[0; 16_384]);
        let small = wire::record(HANDSHAKE, 0, 9, &wire::message(message_type, 9, &[0; 100]));
        let filled = |part: &[u8]| {
            let mut datagram = part.repeat(LARGEST / part.len() + 1);
            datagram.truncate(LARGEST);
            datagram
        };
        let datagrams = [filled(&whole), filled(&small), filled(&[22]), vec![0; LARGEST]];
        let most = most_held(stage, direction, (0..40).map(|number| datagrams[number % 4].clone()));
        assert!(most < 6 * LARGEST as isize, "{direction:?}: {most} bytes");
    }
}

#[test]
fn a_connected_session_holds_no_more_after_the_largest_datagrams() {
    allocator::count_openssl();
    let mut pair = Pair::new();
    pair.connect();
    let record = wire::record(APPLICATION_DATA, 1, 99, &[0; 16_384]);
    let mut give = || {
        for direction in [Direction::ToServer, Direction::ToClient] {
            pair.arrive(direction, &record.repeat(4)[..65_507]);
        }
    };
    give();
    let (_, left) = allocator::watch(|| (0..100).for_each(|_| give()));
    assert!(left <= 0, "{left} bytes");
    pair.exchange();
}

#[test]
fn those_who_begin_a_handshake_and_fall_silent_hold_what_the_caps_allow() {
    allocator::count_openssl();
    const CAPS: Caps = Caps {
        half_open: 32,
        half_open_per_address: 32,
    };
    let identity = Identity::self_signed(&["server.test"]);
    let mut options = identity.server_options();
    options.caps = CAPS;
    let mut slow = Vec::new();
    let first = Pair::between(&identity.client_options(), &options);
    let (listener, now) = (first.listener.clone(), first.now);
    let held = allocator::held();
    for _ in 0..10 * CAPS.half_open {
        let mut pair = Pair::from_parts(crate::support::client(now), listener.clone(), now);
        while pair.server.as_ref().is_none_or(|server| server.is_first_contact()) && pair.deliver_one() {}
        slow.extend(pair.server.take());
        // What was evicted is given up at once.
        slow.iter_mut().for_each(|session| session.handle_timeout(now));
        slow.retain(|session| session.state() == State::Handshaking);
    }
    assert!(slow.len() <= CAPS.half_open);
    let each = (allocator::held() - held) / slow.len() as isize;
    assert!(each < 110 * KIB, "{each} bytes each");
    let mut pair = first;
    pair.connect();
}
