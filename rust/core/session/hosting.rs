//! What an [`Endpoint`](crate::core::Endpoint) does with the sessions that it hosts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::{Session, State};
use crate::core::listener::{Accepted, Listener};

/// Packets, and their bytes, that wait to be read before further datagrams of the peer are lost. They are more than
/// [`Session::wants_datagrams`] allows: what a socket of its own would keep of a burst has to be kept here.
const MAX_WAITING: usize = 1024;
const MAX_WAITING_BYTES: usize = 262_144;

impl Session {
    /// A server's session for the client at `address`, which has proved it with a datagram of so many `bytes`. What other
    /// clients send from that address the endpoint answers, not the session.
    pub(crate) fn hosted(
        listener: Arc<Mutex<Listener>>,
        address: SocketAddr,
        accepted: Accepted,
        bytes: usize,
        now: Instant,
    ) -> Self {
        let mut session = Self::server(listener, now);
        session.set_peer_address(address);
        session.accept(accepted);
        if let Some(client) = session.accepted_client() {
            client.is_hosted = true;
        }
        session.counters.count(|counted| {
            counted.datagrams_in += 1;
            counted.bytes_in += bytes as u64;
        });
        session
    }

    /// Ends a session whose client has restarted.
    pub(crate) fn supersede(&mut self) {
        if !self.has_ended() {
            self.give_way();
        }
    }

    /// True if nothing more can come of it, whether or not that shows already.
    pub(crate) fn is_over(&self) -> bool {
        self.has_ended()
    }

    /// True if [`poll_event`](Self::poll_event) has something to tell.
    pub(crate) fn has_event(&self) -> bool {
        self.state() != self.reported
    }

    /// True while a further packet can be kept.
    pub(crate) fn has_room(&self) -> bool {
        self.received.len() < MAX_WAITING && self.received.bytes() < MAX_WAITING_BYTES
    }

    /// True if it has something to do at `now`.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next_timeout().is_some_and(|due| due <= now)
    }

    /// True if its next step is one of a handshake, of which the server has several.
    pub(crate) fn is_in_a_crowd(&self) -> bool {
        self.state() == State::Handshaking
            && self.psk_request().is_none()
            && self.is_one_of_many()
            && !self.is_evicted()
    }
}
