//! What sessions have seen, in numbers.

use std::sync::Arc;

use parking_lot::Mutex;

/// What a [`Session`](super::Session) has seen, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Datagrams that arrived, dropped ones included.
    pub datagrams_in: u64,
    /// Their bytes of UDP payload.
    pub bytes_in: u64,
    /// Datagrams handed to the socket.
    pub datagrams_out: u64,
    /// Their bytes of UDP payload.
    pub bytes_out: u64,
    /// Records that are no DTLS: runts, wrong types or versions, lengths past the end.
    pub dropped_malformed: u64,
    /// Well-formed records that have no place in the session's state: another epoch, spoofed plaintext.
    pub dropped_unexpected: u64,
    /// Records with data that OpenSSL took nothing from: forged, damaged, or seen before.
    pub dropped_invalid: u64,
    /// Payloads sent, or refused, that do not fit one datagram of the MTU.
    pub oversize: u64,
    /// Datagrams that the socket refused and errors that it reported.
    pub socket_errors: u64,
    /// Flights sent again because the answer did not come in time.
    pub retransmissions: u64,
}

/// What all sessions of a [`Listener`](super::Listener) and the listener itself have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStatistics {
    /// The sums over all sessions so far, living ones included.
    pub sessions: Statistics,
    /// Clients that were asked to prove their address.
    pub hello_verify_requests: u64,
    /// ClientHellos with a cookie that was not valid (any more) for their address.
    pub cookie_failures: u64,
    /// Sessions whose client has proved its address and whose handshake is not complete: how many there are now.
    pub half_open: u64,
    /// Handshakes that were completed.
    pub accepted: u64,
    /// Clients that were not answered because the server had as many handshakes as it may (see [`Caps`](super::Caps)),
    /// or because at an [`Endpoint`](super::Endpoint) as many connections wait to be taken as may.
    pub over_cap: u64,
    /// Datagrams that an [`Endpoint`](super::Endpoint) has lost, because as many as a session keeps were not read.
    pub dropped_unread: u64,
}

/// The numbers of one server, which its sessions add to.
pub(crate) type Totals = Arc<Mutex<ServerStatistics>>;

/// The numbers of one session, which those of its server follow.
#[derive(Default)]
pub(crate) struct Counters {
    own: Statistics,
    totals: Option<Totals>,
}

impl Counters {
    /// Counts for one session of a server.
    pub(crate) fn of_server(totals: Totals) -> Self {
        Counters {
            own: Statistics::default(),
            totals: Some(totals),
        }
    }

    /// Counts what `event` adds.
    pub(crate) fn count(&mut self, event: impl Fn(&mut Statistics)) {
        event(&mut self.own);
        if let Some(totals) = &self.totals {
            event(&mut totals.lock().sessions);
        }
    }

    /// Counts a handshake that is complete.
    pub(crate) fn accept(&self) {
        if let Some(totals) = &self.totals {
            totals.lock().accepted += 1;
        }
    }

    pub(crate) fn own(&self) -> &Statistics {
        &self.own
    }
}
