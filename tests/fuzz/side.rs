//! A session under watch: what has to hold after each step, whatever the network delivers.

use std::time::Instant;

use openssl_dtls::core::{Event, Failure, Session, State};

/// More than any flight has.
const MOST_AT_ONCE: usize = 16_384;

/// So many packets may wait before no more datagrams are wanted, and one datagram has so many at the most.
const MOST_RECEIVED: usize = 256 + 65_536 / 14;

/// One session, and what it has been given and has given.
pub(crate) struct Side {
    pub(crate) session: Session,
    mtu: usize,
    /// Datagrams and their bytes.
    taken: (u64, u64),
    sent: (u64, u64),
    state: State,
    /// Something was sent or done that may end a connected session.
    pub(crate) may_end: bool,
}

impl Side {
    pub(crate) fn new(session: Session, mtu: usize) -> Self {
        Side {
            session,
            mtu,
            taken: (0, 0),
            sent: (0, 0),
            state: State::Handshaking,
            may_end: false,
        }
    }

    pub(crate) fn handle_datagram(&mut self, datagram: &[u8], now: Instant) {
        if !self.session.wants_datagrams() {
            return;
        }
        self.session.handle_datagram(datagram, now);
        self.taken.0 += 1;
        self.taken.1 += datagram.len() as u64;
        self.check();
    }

    /// Does what is due, as often as it says that something is.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let is_due = |session: &Session| session.next_timeout().is_some_and(|due| due <= now);
        for _ in 0..3 {
            if !is_due(&self.session) {
                return;
            }
            self.session.handle_timeout(now);
            self.check();
        }
        assert!(!is_due(&self.session), "a deadline that passes and stays due");
    }

    /// All that waits to be sent.
    pub(crate) fn transmit(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        let mut datagram = Vec::new();
        while self.session.poll_transmit(&mut datagram) {
            self.sent.0 += 1;
            self.sent.1 += datagram.len() as u64;
            if self.state == State::Handshaking {
                assert!(datagram.len() <= self.mtu, "a datagram of {} bytes", datagram.len());
            }
            datagrams.push(datagram.clone());
        }
        if self.state == State::Handshaking {
            let bytes: usize = datagrams.iter().map(Vec::len).sum();
            assert!(bytes <= MOST_AT_ONCE, "{bytes} bytes at once");
        }
        let is_stranger = self.session.is_first_contact() || self.session.failure() == Some(&Failure::CookieExchange);
        assert!(
            !is_stranger || self.sent.1 <= self.taken.1,
            "more for a stranger than came from it"
        );
        self.check();
        datagrams
    }

    /// What has to hold between any two calls.
    pub(crate) fn check(&mut self) {
        let session = &mut self.session;
        let counted = *session.statistics();
        assert_eq!((counted.datagrams_in, counted.bytes_in), self.taken);
        assert_eq!((counted.datagrams_out, counted.bytes_out), self.sent);
        assert!(
            session.received() <= MOST_RECEIVED,
            "{} packets wait",
            session.received()
        );
        if let Some(failure) = session.failure() {
            assert!(!matches!(failure, Failure::Internal(_)), "{failure}");
            assert_ne!(failure.to_string(), "");
            assert_ne!(failure.detail(), "");
        }
        let before = self.state;
        while let Some(event) = session.poll_event() {
            let next = match event {
                Event::Connected => State::Connected,
                Event::Closed => State::Closed,
                Event::Failed(_) => State::Failed,
            };
            let is_step = match self.state {
                State::Handshaking => true,
                State::Connected => next != State::Connected,
                State::Closed | State::Failed => false,
            };
            assert!(is_step, "from {:?} to {next:?}", self.state);
            self.state = next;
        }
        assert_eq!(session.state(), self.state);
        if before == State::Connected && self.state != State::Connected {
            let is_idle = session.failure() == Some(&Failure::IdleTimeout);
            assert!(is_idle || self.may_end, "ended by a forgery: {:?}", session.failure());
        }
    }
}
