//! The connections that a server has handed out, for [`DTLSServer::poll_all`](super::dtls_server::DTLSServer).
//!
//! A poll of each peer object costs a call through Godot. Nearly all peers of a server are idle nearly always, so the
//! roster looks at what makes one worth the call: datagrams in its socket, or a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use godot::classes::PacketPeerUdp;
use godot::obj::Gd;
use parking_lot::Mutex;

use super::packet_peer_dtls::PacketPeerDTLS;
use super::weak_peer::WeakPeer;

/// The peers of one server, none of which it keeps alive.
#[derive(Clone)]
pub(super) struct Roster(Arc<Shared>);

struct Shared {
    start: Instant,
    entries: Mutex<Vec<Entry>>,
}

struct Entry {
    peer: WeakPeer,
    socket: Gd<PacketPeerUdp>,
    due: Arc<AtomicU64>,
}

/// There is nothing to do until a datagram comes.
const NEVER: u64 = u64::MAX;

impl Roster {
    /// Adds a peer, for as long as the result lives.
    pub(super) fn add(&self, peer: WeakPeer, socket: Gd<PacketPeerUdp>) -> Registration {
        let due = Arc::new(AtomicU64::new(0));
        let entry = Entry {
            peer,
            socket,
            due: due.clone(),
        };
        self.0.entries.lock().push(entry);
        Registration {
            roster: self.clone(),
            due,
        }
    }

    /// True if no peer is alive.
    pub(super) fn is_empty(&self) -> bool {
        self.0.entries.lock().is_empty()
    }

    /// The living peers that have something to do at `now`.
    pub(super) fn busy(&self, now: Instant) -> Vec<Gd<PacketPeerDTLS>> {
        let now = self.nanoseconds(now);
        let is_busy =
            |entry: &&Entry| entry.due.load(Ordering::Relaxed) <= now || entry.socket.get_available_packet_count() != 0;
        let mut busy = Vec::new();
        let entries = self.0.entries.lock();
        busy.extend(entries.iter().filter(is_busy).filter_map(|entry| entry.peer.upgrade()));
        drop(entries);
        busy
    }

    fn nanoseconds(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.0.start);
        u64::try_from(since.as_nanos()).unwrap_or(NEVER - 1)
    }
}

impl Default for Roster {
    #[allow(
        clippy::arc_with_non_send_sync,
        reason = "Gd lacks Send, but peers are used and die on any thread"
    )]
    fn default() -> Self {
        Roster(Arc::new(Shared {
            // Zero is the past of every poll.
            start: Instant::now()
                .checked_sub(Duration::from_nanos(1))
                .unwrap_or_else(Instant::now),
            entries: Mutex::default(),
        }))
    }
}

/// The place of a peer in the roster.
pub(super) struct Registration {
    roster: Roster,
    /// It is the entry's own.
    due: Arc<AtomicU64>,
}

impl Registration {
    /// Tells when the peer has to be polled next, should no datagram come. None: never.
    pub(super) fn set_due(&self, due: Option<Instant>) {
        let due = due.map_or(NEVER, |due| self.roster.nanoseconds(due));
        self.due.store(due, Ordering::Relaxed);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let entry = {
            let mut entries = self.roster.0.entries.lock();
            let position = entries.iter().position(|entry| Arc::ptr_eq(&entry.due, &self.due));
            position.map(|position| entries.swap_remove(position))
        };
        // Outside of the lock: this may be the last reference to the socket.
        drop(entry);
    }
}
