//! ClientHellos from addresses that nobody answers from.

use std::net::SocketAddr;
use std::time::Duration;

use openssl_dtls::core::{Session, State};

use crate::allocator;
use crate::support::wire::CLIENT_RANDOM;
use crate::support::{Crowd, Pair, client, guest_address};

const STRANGERS: u32 = 100_000;

/// Between two datagrams of the client that is none of them.
const AT_A_TIME: u32 = STRANGERS / 10;

/// So many come in a second.
const RATE: u32 = 60_000;

/// The address of a stranger, whose random is put into `hello`.
fn make_stranger(number: u32, hello: &mut [u8]) -> SocketAddr {
    let [_, a, b, c] = number.to_be_bytes();
    hello[CLIENT_RANDOM][..4].copy_from_slice(&number.to_be_bytes());
    SocketAddr::from(([10, a, b, c], 1024 + number as u16 % 60_000))
}

/// Lets so many strangers come, each from an address of its own and with a random of its own, as `take_connection` would
/// take them.
fn flood(pair: &Pair, hello: &mut [u8], strangers: std::ops::Range<u32>) {
    let mut reply = Vec::new();
    for number in strangers {
        let address = make_stranger(number, hello);
        let mut session = Session::server(pair.listener.clone(), pair.now);
        session.set_peer_address(address);
        session.handle_datagram(hello, pair.now);
        let mut bytes = 0;
        while session.poll_transmit(&mut reply) {
            bytes += reply.len();
        }
        assert!((1..=hello.len()).contains(&bytes), "{bytes} bytes for {}", hello.len());
    }
}

#[test]
fn a_hundred_thousand_strangers_leave_nothing_and_a_client_connects_meanwhile() {
    allocator::count_openssl();
    let mut pair = Pair::new();
    let mut hello = Vec::new();
    client(pair.now).poll_transmit(&mut hello);
    let mut number = 0;
    while !pair.is_connected() || number < STRANGERS {
        // What the thread keeps for the next packets, whoever's, is there after a few.
        flood(&pair, &mut hello, number..number + 100);
        let (most, left) = allocator::watch(|| flood(&pair, &mut hello, number..number + AT_A_TIME));
        assert!(most < 4096, "{most} bytes");
        assert!(left <= 0, "{left} bytes");
        number += AT_A_TIME;
        pair.now += Duration::from_secs(1) * AT_A_TIME / RATE;
        pair.deliver_one();
        assert!(number <= STRANGERS, "not connected");
    }
    let time = pair.client.handshake_time().unwrap();
    assert!(time <= Duration::from_secs(2), "{time:?}");
    assert_eq!(pair.listener.lock().statistics().half_open, 0);
}

/// Lets so many strangers come to an endpoint.
fn flood_endpoint(crowd: &mut Crowd, hello: &mut [u8], strangers: std::ops::Range<u32>) {
    for number in strangers {
        let address = make_stranger(number, hello);
        crowd.arrive(address, hello);
        let answers = crowd.take_sent();
        assert!(answers.iter().all(|(to, _)| *to == address));
        let bytes: usize = answers.iter().map(|(_, answer)| answer.len()).sum();
        assert!((1..=hello.len()).contains(&bytes), "{bytes} bytes for {}", hello.len());
    }
}

#[test]
fn a_hundred_thousand_strangers_leave_nothing_at_an_endpoint_and_a_client_connects_meanwhile() {
    allocator::count_openssl();
    let mut crowd = Crowd::new();
    let mut hello = Vec::new();
    client(crowd.now).poll_transmit(&mut hello);
    crowd.invite(guest_address(0));
    for number in (0..STRANGERS).step_by(AT_A_TIME as usize) {
        flood_endpoint(&mut crowd, &mut hello, number..number + 100);
        let (most, left) = allocator::watch(|| flood_endpoint(&mut crowd, &mut hello, number..number + AT_A_TIME));
        assert!(most < 4096, "{most} bytes");
        assert!(left <= 0, "{left} bytes");
        crowd.now += Duration::from_secs(1) * AT_A_TIME / RATE;
        crowd.deliver_once();
    }
    let session = &crowd.guests[0].session;
    assert_eq!(session.state(), State::Connected);
    let time = session.handshake_time().unwrap();
    assert!(time <= Duration::from_secs(2), "{time:?}");
    assert_eq!(crowd.take_all().len(), 1);
    assert_eq!(crowd.endpoint.statistics().half_open, 0);
    assert_eq!(crowd.endpoint.next_timeout(), None);
}
