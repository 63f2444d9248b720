//! A connection of a server that owns its socket, as the peer object has it. The server's `poll()` does the work.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Instant;

use godot::global::Error;

use super::clock::Clock;
use super::failure_log::FailureLog;
use super::guard::guard;
use super::listening::Listening;
use super::monitors;
use super::psk_keys::{PskLookup, PskRequest};
use super::statistics::PeerStatistics;
use super::status::Status;
use super::weak_peer::WeakPeer;
use crate::core::{Association, Event, Outlet, PskAnswer, Refused, SendError, Session, State, Unsent};

/// One client of a listening server. Dropping it closes the connection.
pub(super) struct HostedConnection {
    association: Arc<Association>,
    /// What fits one datagram before there is a cipher.
    max_packet_size: usize,
    /// None: the server has stopped.
    server: Weak<Listening>,
    log: FailureLog,
    psk_lookup: Option<PskLookup>,
    /// The lookup was asked and has not answered yet. It may poll in the meantime.
    asks_for_psk: bool,
    share: monitors::Share,
}

impl HostedConnection {
    pub(super) fn new(
        association: Arc<Association>,
        max_packet_size: usize,
        server: &Arc<Listening>,
        psk_lookup: Option<PskLookup>,
        log: FailureLog,
    ) -> Self {
        HostedConnection {
            association,
            max_packet_size,
            server: Arc::downgrade(server),
            log,
            psk_lookup,
            asks_for_psk: false,
            share: monitors::Share::default(),
        }
    }

    /// Tells the server that `peer` has it.
    pub(super) fn register(&self, peer: WeakPeer) {
        if let Some(server) = self.server.upgrade() {
            server.register(&self.association, peer);
        }
    }

    /// The next change of the session's state. A failure is written to the log here.
    pub(super) fn next_event(&mut self, clock: &Clock) -> Option<Event> {
        let event = self.association.poll_event()?;
        self.share.set_connected(matches!(event, Event::Connected));
        if let Event::Failed(failure) = &event {
            self.log.write(failure, clock.now());
        }
        Some(event)
    }

    /// The status of a connection whose server was freed, and with it whoever would have told the peer. None: the server
    /// is there.
    pub(super) fn status_without_server(&self) -> Option<Status> {
        (self.server.strong_count() == 0).then(|| match self.ask(Session::state) {
            Some(State::Failed) => Status::Error,
            _ => Status::Disconnected,
        })
    }

    /// See [`Connection`](super::connection::Connection::next_psk_request).
    pub(super) fn next_psk_request(&mut self, clock: &Clock) -> Option<PskRequest> {
        if self.asks_for_psk {
            return None;
        }
        let identity = self
            .association
            .ask(|session| session.psk_request().map(<[u8]>::to_vec))??;
        match PskRequest::new(&identity, self.psk_lookup.as_ref()) {
            Ok(request) => {
                self.asks_for_psk = true;
                Some(request)
            }
            Err(answer) => {
                self.finish_psk(&identity, answer, clock);
                None
            }
        }
    }

    /// Goes on with what the script said to `request`, if that is still waited for.
    pub(super) fn answer_psk(&mut self, request: &PskRequest, answer: Result<PskAnswer, String>, clock: &Clock) {
        self.asks_for_psk = false;
        let answer = self.log.resolve_psk(answer, clock.now());
        self.finish_psk(request.identity().as_bytes(), answer, clock);
    }

    fn finish_psk(&self, identity: &[u8], answer: PskAnswer, clock: &Clock) {
        if let Some(server) = self.server.upgrade() {
            server.answer_psk(&self.association, identity, answer, clock.now());
        }
    }

    /// Sends `payload` as one packet.
    pub(super) fn send(&self, payload: &[u8]) -> Error {
        match self.with_outlet(|outlet| self.association.send(payload, outlet, Instant::now)) {
            Ok(()) => Error::OK,
            Err(Unsent::Outlet(Refused::Busy)) => Error::ERR_BUSY,
            Err(Unsent::Session(SendError::TooLarge { .. })) => Error::ERR_INVALID_PARAMETER,
            Err(Unsent::Session(SendError::NotConnected) | Unsent::Absent) => Error::ERR_UNCONFIGURED,
            Err(_) => Error::ERR_CONNECTION_ERROR,
        }
    }

    /// Swaps the oldest received packet into `packet`. False: none waits.
    pub(super) fn receive_packet(&self, packet: &mut Vec<u8>) -> bool {
        self.association.recv(packet)
    }

    /// Asks the session. None: a worker has it.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Session) -> T) -> Option<T> {
        self.association.ask(question)
    }

    /// Where the client is.
    pub(super) fn peer_address(&self) -> SocketAddr {
        self.association.address()
    }

    /// The largest payload, in bytes, that fits one datagram.
    pub(super) fn max_packet_size(&self) -> usize {
        self.ask(Session::max_packet_size).unwrap_or(self.max_packet_size)
    }

    /// Closes the connection. Returns what was counted.
    pub(super) fn close(&mut self) -> PeerStatistics {
        let session = self.with_outlet(|outlet| self.association.close(outlet, Instant::now));
        self.share.set_connected(false);
        if let Some(server) = self.server.upgrade() {
            server.unregister(&self.association);
        }
        session.map(|session| PeerStatistics::of(&session)).unwrap_or_default()
    }

    fn with_outlet<T>(&self, action: impl FnOnce(&dyn Outlet) -> T) -> T {
        match self.server.upgrade() {
            Some(server) => action(&*server),
            None => action(&Nowhere),
        }
    }
}

impl Drop for HostedConnection {
    fn drop(&mut self) {
        // May run on any thread, and while another panic unwinds.
        guard(|| self.close());
    }
}

/// In the place of a socket that is no longer there.
struct Nowhere;

impl Outlet for Nowhere {
    fn send(&self, _: SocketAddr, _: &[u8]) -> Result<(), Refused> {
        Err(Refused::Error)
    }
}
