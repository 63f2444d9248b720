//! A server over hours, in fast motion.

use std::time::Duration;

use crate::allocator;
use crate::support::Peers;

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
