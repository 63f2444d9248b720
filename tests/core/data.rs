//! Application data: what is sent as one packet is received as one packet.

use openssl_dtls::core::{MAX_PAYLOAD, SendError, Session, State};

use crate::support::{Direction, MTU, Pair, packets};

fn connected() -> Pair {
    let mut pair = Pair::new();
    pair.run();
    pair
}

/// The datagram that carries `payload`.
fn encrypt(session: &mut Session, payload: &[u8]) -> Vec<u8> {
    session.send(payload).unwrap();
    let mut datagram = Vec::new();
    assert!(session.poll_transmit(&mut datagram));
    assert!(!session.poll_transmit(&mut Vec::new()), "one packet is one datagram");
    datagram
}

/// `length` bytes that tell one place from another.
fn payload(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

#[test]
fn packets_keep_their_boundaries_and_their_order() {
    let mut pair = connected();
    let sent: Vec<_> = (1..=50).map(payload).collect();
    for packet in &sent {
        pair.client.send(packet).unwrap();
        pair.server().send(packet).unwrap();
    }
    pair.deliver();
    assert_eq!(packets(pair.server()), sent);
    assert_eq!(packets(&mut pair.client), sent);
}

#[test]
fn packets_of_all_sizes_arrive_whole() {
    let mut pair = connected();
    for length in [
        1, 2, 15, 16, 17, 255, 256, 1162, 1163, 1164, 1200, 1500, 4096, 9000, 16_383, 16_384,
    ] {
        pair.client.send(&payload(length)).unwrap();
        pair.deliver();
        assert_eq!(packets(pair.server()), [payload(length)], "{length} bytes");
    }
}

#[test]
fn a_small_packet_after_a_large_one_keeps_its_size() {
    let mut pair = connected();
    let mut packet = Vec::new();
    for length in [16_384, 1, 9000, 2] {
        pair.client.send(&payload(length)).unwrap();
        pair.deliver();
        assert!(pair.server().recv(&mut packet));
        assert_eq!(packet, payload(length));
    }
}

#[test]
fn a_payload_too_large_is_refused_and_the_session_lives() {
    let mut pair = connected();
    let refusal = pair.client.send(&payload(MAX_PAYLOAD + 1));
    assert_eq!(
        refusal,
        Err(SendError::TooLarge {
            size: 16_385,
            limit: MAX_PAYLOAD
        })
    );
    assert!(!pair.client.poll_transmit(&mut Vec::new()));
    pair.exchange();
}

#[test]
fn an_empty_payload_sends_nothing() {
    let mut pair = connected();
    pair.client.send(&[]).unwrap();
    assert!(!pair.client.poll_transmit(&mut Vec::new()));
    pair.exchange();
}

#[test]
fn data_before_the_handshake_is_done_is_refused() {
    for stage in 0..5 {
        let mut pair = Pair::at_stage(stage);
        assert_eq!(
            pair.client.send(b"early"),
            Err(SendError::NotConnected),
            "stage {stage}"
        );
        if stage < 4 && pair.server.is_some() {
            assert_eq!(
                pair.server().send(b"early"),
                Err(SendError::NotConnected),
                "stage {stage}"
            );
        }
    }
}

#[test]
fn the_max_packet_size_fills_one_datagram_of_the_mtu() {
    let mut pair = connected();
    let largest = pair.client.max_packet_size();
    assert_eq!(pair.server().max_packet_size(), largest);
    let datagram = encrypt(&mut pair.client, &payload(largest));
    assert_eq!(datagram.len(), MTU);
    assert_eq!(pair.client.statistics().oversize, 0);
}

#[test]
fn a_payload_above_the_max_packet_size_is_sent_and_counted() {
    let mut pair = connected();
    let oversize = payload(pair.client.max_packet_size() + 1);
    let datagram = encrypt(&mut pair.client, &oversize);
    assert_eq!(datagram.len(), MTU + 1);
    assert_eq!(pair.client.statistics().oversize, 1);
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(packets(pair.server()), [oversize]);
}

#[test]
fn the_max_packet_size_is_known_before_the_handshake() {
    let mut pair = Pair::new();
    let expected = pair.client.max_packet_size();
    pair.run();
    assert_eq!(pair.client.max_packet_size(), expected);
}

#[test]
fn records_that_share_a_datagram_are_packets_of_their_own() {
    let mut pair = connected();
    let sent: Vec<_> = [1, 300, 20].map(payload).to_vec();
    let datagram: Vec<_> = sent
        .iter()
        .flat_map(|packet| encrypt(&mut pair.client, packet))
        .collect();
    pair.arrive(Direction::ToServer, &datagram);
    assert_eq!(packets(pair.server()), sent);
}

#[test]
fn no_more_datagrams_are_wanted_while_256_packets_wait() {
    let mut pair = connected();
    for _ in 0..256 {
        assert!(pair.server().wants_datagrams());
        pair.client.send(b"x").unwrap();
        pair.deliver();
    }
    assert_eq!(pair.server().received(), 256);
    assert!(!pair.server().wants_datagrams());
    pair.server().recv(&mut Vec::new());
    assert!(pair.server().wants_datagrams());
}

#[test]
fn no_more_datagrams_are_wanted_while_64_kilobytes_wait() {
    let mut pair = connected();
    for _ in 0..4 {
        assert!(pair.server().wants_datagrams());
        pair.client.send(&payload(16_384)).unwrap();
        pair.deliver();
    }
    assert!(!pair.server().wants_datagrams());
    pair.server().recv(&mut Vec::new());
    assert!(pair.server().wants_datagrams());
}

#[test]
fn what_comes_though_it_is_not_wanted_is_kept() {
    let mut pair = connected();
    for _ in 0..300 {
        pair.client.send(b"x").unwrap();
    }
    pair.deliver();
    assert_eq!(pair.server().received(), 300);
}

#[test]
fn the_statistics_count_datagrams_and_bytes() {
    let mut pair = connected();
    let before = *pair.client.statistics();
    let datagram = encrypt(&mut pair.client, b"counted");
    pair.arrive(Direction::ToServer, &datagram);
    let (client, server) = (*pair.client.statistics(), *pair.server().statistics());
    assert_eq!(client.datagrams_out, before.datagrams_out + 1);
    assert_eq!(client.bytes_out, before.bytes_out + datagram.len() as u64);
    assert_eq!(
        (server.datagrams_in, server.bytes_in),
        (3, client.bytes_out - hello_bytes(&pair))
    );
}

/// The first ClientHello went to the session before.
fn hello_bytes(pair: &Pair) -> u64 {
    pair.sent[0].2.len() as u64
}

#[test]
fn data_goes_on_after_a_long_silence() {
    let mut pair = connected();
    pair.now += std::time::Duration::from_secs(1_000_000);
    pair.client.handle_timeout(pair.now);
    assert_eq!(pair.client.state(), State::Connected);
    pair.exchange();
}
