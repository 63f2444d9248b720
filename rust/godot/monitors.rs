//! What all connections of the process have counted, for the editor's debugger: its tab Monitors shows it while the game
//! runs.

use std::sync::atomic::{AtomicU64, Ordering};

use godot::builtin::{Callable, Variant};
use godot::classes::Performance;
use godot::obj::Singleton;

use crate::core::{ServerStatistics, Session, State, Statistics};

/// A number that the debugger plots.
struct Monitor {
    name: &'static str,
    value: AtomicU64,
}

/// Handshakes that were completed, by either side.
static HANDSHAKES: Monitor = Monitor::new("openssl_dtls/handshakes");
/// Connections there are now.
static CONNECTED_PEERS: Monitor = Monitor::new("openssl_dtls/connected_peers");
/// Datagrams that came or were sent.
static DATAGRAMS: Monitor = Monitor::new("openssl_dtls/datagrams");
/// Records that came and were worth nothing.
static DROPS: Monitor = Monitor::new("openssl_dtls/drops");
/// Flights of handshakes that were sent again.
static RETRANSMISSIONS: Monitor = Monitor::new("openssl_dtls/retransmissions");

static ALL: [&Monitor; 5] = [&HANDSHAKES, &CONNECTED_PEERS, &DATAGRAMS, &DROPS, &RETRANSMISSIONS];

impl Monitor {
    const fn new(name: &'static str) -> Self {
        Monitor {
            name,
            value: AtomicU64::new(0),
        }
    }

    fn get(&self) -> i64 {
        i64::try_from(self.value.load(Ordering::Relaxed)).unwrap_or(i64::MAX)
    }

    /// Replaces one connection's share of the value.
    fn replace(&self, share: &mut u64, new: u64) {
        if *share != new {
            self.value.fetch_add(new.wrapping_sub(*share), Ordering::Relaxed);
            *share = new;
        }
    }
}

/// Shows the monitors. Call it once the engine's singletons are there.
pub(super) fn install() {
    let mut performance = Performance::singleton();
    for monitor in ALL {
        let read = |_: &[&Variant]| monitor.get();
        performance.add_custom_monitor(monitor.name, &Callable::from_sync_fn(monitor.name, read));
    }
}

/// Takes them away, before the code that they call is unloaded.
pub(super) fn remove() {
    let mut performance = Performance::singleton();
    for monitor in ALL {
        // A script may have done so.
        if performance.has_custom_monitor(monitor.name) {
            performance.remove_custom_monitor(monitor.name);
        }
    }
}

/// One connection's share of the monitors.
///
/// It is brought up to date once a poll, not once a packet. When it is dropped there is one connected peer fewer.
#[derive(Default)]
pub(super) struct Share {
    handshakes: u64,
    connected_peers: u64,
    datagrams: u64,
    drops: u64,
    retransmissions: u64,
}

impl Share {
    /// Makes it what `session` has counted so far.
    pub(super) fn update(&mut self, session: &Session) {
        let handshakes = u64::from(session.handshake_time().is_some());
        HANDSHAKES.replace(&mut self.handshakes, handshakes);
        self.set_connected(session.state() == State::Connected);
        self.update_counters(session.statistics());
    }

    /// The share of a server whose socket is just opened. What it has counted before is no part of it.
    pub(super) fn of_server(before: &ServerStatistics) -> Self {
        Share {
            handshakes: before.accepted,
            connected_peers: 0,
            datagrams: datagrams(&before.sessions),
            drops: drops(&before.sessions),
            retransmissions: before.sessions.retransmissions,
        }
    }

    /// Makes it what a server that owns its socket has counted so far, on the whole. Its peers have to
    /// [say](Self::set_connected) themselves whether they are connected.
    pub(super) fn update_server(&mut self, statistics: &ServerStatistics) {
        HANDSHAKES.replace(&mut self.handshakes, statistics.accepted);
        self.update_counters(&statistics.sessions);
    }

    /// Counts the connection among the connected ones, or does not.
    pub(super) fn set_connected(&mut self, is_connected: bool) {
        CONNECTED_PEERS.replace(&mut self.connected_peers, u64::from(is_connected));
    }

    fn update_counters(&mut self, counted: &Statistics) {
        DATAGRAMS.replace(&mut self.datagrams, datagrams(counted));
        DROPS.replace(&mut self.drops, drops(counted));
        RETRANSMISSIONS.replace(&mut self.retransmissions, counted.retransmissions);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        CONNECTED_PEERS.replace(&mut self.connected_peers, 0);
    }
}

fn datagrams(counted: &Statistics) -> u64 {
    counted.datagrams_in + counted.datagrams_out
}

fn drops(counted: &Statistics) -> u64 {
    counted.dropped_malformed + counted.dropped_unexpected + counted.dropped_invalid
}
