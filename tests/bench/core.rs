//! What core alone costs, without Godot and without sockets: `cargo bench --no-default-features`.

#![allow(missing_docs, reason = "criterion's macros make functions without documentation")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../core/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests of core use more of it")]
mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use openssl_dtls::core::{ClientConfig, Contact, Listener, ServerName, Session};
use parking_lot::Mutex;
use support::{Contents, Identity, Pair, p256_key, rsa_key};

const CLIENT: &str = "192.0.2.1:4242";
const NAME: &str = "server.test";
const SIZES: [usize; 3] = [64, 480, 1200];

/// Both ends of a full handshake, with verification; the contexts are shared, as in a game.
fn handshake(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handshake");
    for (kind, key) in [("P-256", p256_key()), ("RSA-2048", rsa_key(2048))] {
        let contents = Contents {
            common_name: NAME,
            alternative_names: &[NAME],
            ..Contents::default()
        };
        let identity = Identity::self_signed_with(key, &contents);
        let mut client = identity.client_options();
        client.settings.resumption = false;
        let client = ClientConfig::new(&client).unwrap();
        let listener = Arc::new(Mutex::new(
            Listener::new(identity.server_config(), Instant::now()).unwrap(),
        ));
        let name = ServerName::Host(NAME.into());
        group.bench_function(kind, |bencher| {
            bencher.iter(|| {
                let now = Instant::now();
                let session = Session::client(&client, &name, now).unwrap();
                let mut pair = Pair::from_parts(session, listener.clone(), now);
                pair.deliver();
                assert!(pair.is_connected());
            });
        });
    }
    group.finish();
}

/// From the payload to the datagram.
fn send(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("send");
    for size in SIZES {
        let mut pair = Pair::new();
        pair.connect();
        let (payload, mut datagram) = (vec![7; size], Vec::new());
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| {
                pair.client.send(black_box(&payload)).unwrap();
                assert!(pair.client.poll_transmit(&mut datagram));
            });
        });
    }
    group.finish();
}

/// From the datagram to the payload.
fn receive(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receive");
    for size in SIZES {
        let mut pair = Pair::new();
        pair.connect();
        let (client, server, now) = (&mut pair.client, pair.server.as_mut().unwrap(), pair.now);
        let (payload, mut packet) = (vec![7; size], Vec::new());
        let mut next_datagram = || {
            let mut datagram = Vec::new();
            client.send(&payload).unwrap();
            client.poll_transmit(&mut datagram);
            datagram
        };
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched_ref(
                &mut next_datagram,
                |datagram| {
                    server.handle_datagram(datagram, now);
                    assert!(server.recv(&mut packet));
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// What a stranger's datagram costs a server: from the making of the session to the end of it.
fn first_contact(criterion: &mut Criterion) {
    let mut pair = Pair::new();
    let mut hello = Vec::new();
    assert!(pair.client.poll_transmit(&mut hello));
    let mut broken = hello.clone();
    broken[60..].fill(0xff);
    let (listener, now) = (&pair.listener, pair.now);
    let contact = |datagram: &[u8]| listener.lock().handle(CLIENT.parse().unwrap(), datagram, now);
    assert!(matches!(contact(&hello), Contact::Reply(_)));
    assert!(matches!(contact(&broken), Contact::Drop));

    let mut group = criterion.benchmark_group("first contact");
    for (kind, datagram) in [
        ("ClientHello without a cookie", hello),
        ("broken ClientHello", broken),
        ("noise", vec![7; 100]),
    ] {
        group.bench_function(kind, |bencher| {
            let mut answer = Vec::new();
            bencher.iter(|| {
                let mut session = Session::server(listener.clone(), now);
                session.set_peer_address(CLIENT.parse().unwrap());
                session.handle_datagram(black_box(&datagram), now);
                session.poll_transmit(&mut answer)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, handshake, send, receive, first_contact);
criterion_main!(benches);
