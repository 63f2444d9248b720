//! A server over hours, in fast motion.

use std::time::Duration;

use crate::allocator;
use crate::support::{Crowd, Identity, Peers, guest_address};

#[test]
fn ten_thousand_connections_an_hour_leave_nothing() {
    allocator::count_openssl();
    const CONNECTIONS: u32 = 10_000;
    let mut peers = Peers::new();
    let mut connect = |connections: u32| {
        for number in 0..connections {
            let mut pair = peers.connect();
            match number % 3 {
                0 => pair.client.close(),
                1 => pair.server().close(),
                // Gone without a word.
                _ => {}
            }
            pair.deliver();
            peers.now += Duration::from_secs(3600) / CONNECTIONS;
        }
    };
    connect(100);
    let (most, left) = allocator::watch(|| connect(CONNECTIONS));
    assert!(most < 512 * 1024, "{most} bytes at a time");
    assert!(left < 4096, "{left} bytes in an hour");
}

#[test]
fn clients_that_come_and_go_leave_nothing_at_an_endpoint() {
    allocator::count_openssl();
    const CONNECTIONS: usize = 3000;
    const SILENCE: Duration = Duration::from_secs(10);
    let identity = Identity::self_signed(&["server.test"]);
    let mut server = identity.server_options();
    server.settings.idle_timeout = Some(SILENCE);
    let mut crowd = Crowd::with(&identity.client_options(), &server);
    let mut connect = |connections: usize| {
        for number in 0..connections {
            crowd.invite(guest_address(number));
            crowd.run();
            let association = crowd.endpoint.take().unwrap();
            match number % 3 {
                0 => crowd.guests[0].session.close(),
                1 => drop(association.close(&crowd.sent, || crowd.now)),
                // Gone without a word.
                _ => {}
            }
            crowd.run();
            crowd.guests.clear();
            crowd.endpoint.news();
            crowd.pass(Duration::from_secs(1));
        }
        crowd.pass(SILENCE);
        crowd.endpoint.news();
    };
    connect(100);
    let (most, left) = allocator::watch(|| connect(CONNECTIONS));
    assert!(most < 1024 * 1024, "{most} bytes at a time");
    assert!(left < 4096, "{left} bytes of {CONNECTIONS} connections");
}
