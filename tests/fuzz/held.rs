//! What an endpoint gives out: datagrams, and connections.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use openssl_dtls::core::{Association, Event, Failure, Outlet, Refused, Session, State};

/// So many packets may wait in an association: see `rust/core/session/hosting.rs`.
const MOST_RECEIVED: usize = 1024 + 65_536 / 14;

/// Where the endpoint's datagrams go.
#[derive(Default)]
pub(crate) struct Socket {
    pub(crate) sent: RefCell<Vec<(SocketAddr, Vec<u8>)>>,
    pub(crate) is_full: RefCell<bool>,
}

impl Outlet for Socket {
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused> {
        if *self.is_full.borrow() {
            return Err(Refused::Busy);
        }
        self.sent.borrow_mut().push((address, datagram.to_vec()));
        Ok(())
    }
}

/// The endpoint's side of a connection, as whoever has taken it sees it.
pub(crate) struct Held {
    pub(crate) association: Arc<Association>,
    pub(crate) state: State,
    /// Both sides have been connected, with each other.
    pub(crate) is_mutual: bool,
}

impl Held {
    /// Each end is told once, and a connection that both sides have ends only if one of them wants it.
    pub(crate) fn check(&mut self, client: State, may_end: bool) {
        let received = self.association.ask(Session::received).unwrap_or(0);
        assert!(received <= MOST_RECEIVED, "{received} packets wait");
        while matches!(self.state, State::Handshaking | State::Connected) {
            let Some(event) = self.association.poll_event() else {
                break;
            };
            let next = match event {
                Event::Connected => State::Connected,
                Event::Closed => State::Closed,
                Event::Failed(_) => State::Failed,
            };
            assert_ne!(self.state, next);
            self.state = next;
        }
        if may_end {
            return;
        }
        let has_ended = matches!(self.state, State::Closed | State::Failed);
        let failure = self.association.ask(|session| session.failure().cloned()).flatten();
        let is_forgery = self.is_mutual && has_ended && failure != Some(Failure::IdleTimeout);
        assert!(!is_forgery, "ended by a forgery: {failure:?}");
        self.is_mutual |= self.state == State::Connected && client == State::Connected;
    }
}
