//! One client's connection at an [`Endpoint`](super::Endpoint), which the endpoint shares with whoever has taken it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::cookie::Stamp;
use super::failure::Failure;
use super::psk::PskAnswer;
use super::session::Session;
use super::state::{Event, SendError, State};

/// Datagrams, and their bytes, that wait while the session is away, or waits for a key.
const MAX_WAITING: usize = 16;
const MAX_WAITING_BYTES: usize = 65_536;

const LOST: Failure = Failure::Internal("a defect of this library");

/// Where an endpoint's datagrams go.
pub trait Outlet {
    /// Sends `datagram` to `address`, at once.
    ///
    /// # Errors
    /// See [`Refused`].
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused>;
}

/// Why an [`Outlet`] has not sent a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its buffer is full.
    Busy,
    /// The network, or the system, does not take it.
    Error,
}

/// What has become of a payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsent {
    /// By the session.
    #[error(transparent)]
    Session(#[from] SendError),
    /// By the outlet.
    #[error("the socket refuses to send")]
    Outlet(Refused),
    /// The session is away, or the association was closed.
    #[error("there is no session at the moment")]
    Absent,
}

/// The circumstances of a call.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    /// The time.
    pub now: Instant,
    /// Where datagrams go.
    pub outlet: &'a dyn Outlet,
    /// The steps of a handshake are left for [`Endpoint::next_work`](super::Endpoint::next_work), if there are several.
    pub delegates: bool,
}

/// The associations that others than the endpoint have changed, by address and number.
pub(crate) type Changes = Arc<Mutex<Vec<(SocketAddr, u64)>>>;

/// A client at one address, and its session.
pub struct Association {
    id: u64,
    address: SocketAddr,
    random: [u8; 32],
    cookie: Stamp,
    changes: Changes,
    inner: Mutex<Inner>,
}

struct Inner {
    custody: Custody,
    waiting: VecDeque<Vec<u8>>,
    /// When the endpoint looks at it next.
    timer: Option<Instant>,
    is_taken: bool,
    /// It is in the endpoint's list of those with news.
    is_news: bool,
    /// It is in the endpoint's list of those with work for others. What is due is left to them.
    is_work: bool,
    was_connected: bool,
    /// Its client has restarted while it was away.
    is_superseded: bool,
    /// It has told that it was lost or closed.
    has_told: bool,
    /// The datagram on its way to the outlet, kept for its memory.
    datagram: Vec<u8>,
}

/// Where the session is.
enum Custody {
    Here(Box<Session>),
    /// Someone else computes the next step of its handshake.
    Away,
    /// It was lost there, by a defect of ours.
    Lost,
    /// It was closed.
    Closed,
}

/// What the endpoint has to do after it has touched an association.
#[derive(Default)]
pub(super) struct Outcome {
    /// The timer that there was, and the one that is to be.
    pub(super) timer: Option<(Option<Instant>, Option<Instant>)>,
    pub(super) has_news: bool,
    pub(super) has_work: bool,
    /// Its handshake is complete, since just now.
    pub(super) is_established: bool,
    pub(super) is_over: bool,
    /// A datagram came for a session that keeps as many packets as it may.
    pub(super) is_lost: bool,
}

/// What an association has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tidings {
    pub(super) event: bool,
    pub(super) packets: bool,
}

impl Association {
    pub(super) fn new(
        id: u64,
        session: Session,
        address: SocketAddr,
        hello: ([u8; 32], Stamp),
        changes: Changes,
    ) -> Self {
        Association {
            id,
            address,
            random: hello.0,
            cookie: hello.1,
            changes,
            inner: Mutex::new(Inner {
                custody: Custody::Here(Box::new(session)),
                waiting: VecDeque::new(),
                timer: None,
                is_taken: false,
                is_news: false,
                is_work: false,
                was_connected: false,
                is_superseded: false,
                has_told: false,
                datagram: Vec::new(),
            }),
        }
    }

    /// Its number, which no other association of the endpoint has or had.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Where its client is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn random(&self) -> &[u8; 32] {
        &self.random
    }

    pub(super) fn cookie(&self) -> &Stamp {
        &self.cookie
    }

    /// Asks the session. None: it is away, or closed.
    pub fn ask<T>(&self, question: impl FnOnce(&Session) -> T) -> Option<T> {
        match &self.inner.lock().custody {
            Custody::Here(session) => Some(question(session)),
            _ => None,
        }
    }

    /// The next change of the session's state: see [`Session::poll_event`].
    pub fn poll_event(&self) -> Option<Event> {
        let mut inner = self.inner.lock();
        let event = match &mut inner.custody {
            Custody::Here(session) => return session.poll_event(),
            Custody::Lost => Event::Failed(LOST),
            Custody::Closed => Event::Closed,
            Custody::Away => return None,
        };
        (!std::mem::replace(&mut inner.has_told, true)).then_some(event)
    }

    /// Swaps the oldest received packet into `packet`. False: none waits.
    pub fn recv(&self, packet: &mut Vec<u8>) -> bool {
        match &mut self.inner.lock().custody {
            Custody::Here(session) => session.recv(packet),
            _ => false,
        }
    }

    /// Sends `payload` as one packet. The time is asked for only if the outlet refuses.
    ///
    /// # Errors
    /// See [`Unsent`].
    pub fn send(&self, payload: &[u8], outlet: &dyn Outlet, now: impl Fn() -> Instant) -> Result<(), Unsent> {
        let mut inner = self.inner.lock();
        let Custody::Here(session) = &mut inner.custody else {
            return Err(Unsent::Absent);
        };
        let was_over = session.is_over();
        let result = session.send(payload);
        let has_ended = !was_over && session.is_over();
        // A session that has failed over it has an alert to send.
        let sent = inner.transmit(self.address, outlet, now);
        if has_ended {
            self.changes.lock().push((self.address, self.id));
        }
        result?;
        sent.map_err(Unsent::Outlet)
    }

    /// Answers the session's [`psk_request`](Session::psk_request) for `identity`, if that is still waited for.
    pub fn answer_psk(&self, identity: &[u8], answer: PskAnswer, now: Instant, outlet: &dyn Outlet) {
        let mut inner = self.inner.lock();
        if let Custody::Here(session) = &mut inner.custody
            && session.psk_request() == Some(identity)
        {
            session.answer_psk(answer, now);
            // What a socket refuses is lost, as in the network.
            let _ = inner.transmit(self.address, outlet, || now);
            self.changes.lock().push((self.address, self.id));
        }
    }

    /// Closes the session, and lets go of it. Returns it if it was there, for what it has counted.
    pub fn close(&self, outlet: &dyn Outlet, now: impl Fn() -> Instant) -> Option<Box<Session>> {
        let mut inner = self.inner.lock();
        if let Custody::Here(session) = &mut inner.custody {
            session.close();
            let _ = inner.transmit(self.address, outlet, now);
        }
        self.changes.lock().push((self.address, self.id));
        match std::mem::replace(&mut inner.custody, Custody::Closed) {
            Custody::Here(session) => Some(session),
            _ => None,
        }
    }

    /// Gives it to whoever asked for a connection.
    pub(super) fn take(&self) {
        self.inner.lock().is_taken = true;
    }

    pub(super) fn is_taken(&self) -> bool {
        self.inner.lock().is_taken
    }

    /// True if its handshake is complete and nothing has ended it.
    pub(super) fn is_established(&self) -> bool {
        self.ask(|session| session.state() == State::Connected && !session.is_over())
            .unwrap_or(false)
    }

    /// True if there is nothing in it for whoever asks for a connection.
    pub(super) fn is_void(&self) -> bool {
        match &self.inner.lock().custody {
            Custody::Here(session) => matches!(session.state(), State::Closed | State::Failed),
            Custody::Away => false,
            Custody::Lost | Custody::Closed => true,
        }
    }

    /// Why it has failed, if it has.
    pub(super) fn failure(&self) -> Option<Failure> {
        match &self.inner.lock().custody {
            Custody::Here(session) => session.failure().cloned(),
            Custody::Lost => Some(LOST),
            Custody::Away | Custody::Closed => None,
        }
    }

    pub(super) fn handle_datagram(&self, datagram: &[u8], turn: Turn<'_>) -> Outcome {
        let mut inner = self.inner.lock();
        let is_lost = !inner.take_in(datagram, turn);
        Outcome {
            is_lost,
            ..inner.settle(self.address, turn)
        }
    }

    /// The timer that the endpoint has kept for it is due.
    pub(super) fn handle_timer(&self, turn: Turn<'_>) -> Outcome {
        let mut inner = self.inner.lock();
        inner.timer = None;
        inner.settle(self.address, turn)
    }

    /// Looks at what others have changed.
    pub(super) fn review(&self, turn: Turn<'_>) -> Outcome {
        self.inner.lock().settle(self.address, turn)
    }

    /// Its client has restarted.
    pub(super) fn supersede(&self, turn: Turn<'_>) -> Outcome {
        let mut inner = self.inner.lock();
        match &mut inner.custody {
            Custody::Here(session) => session.supersede(),
            _ => inner.is_superseded = true,
        }
        inner.settle(self.address, turn)
    }

    /// Closes the session, and leaves it to tell so.
    pub(super) fn shut(&self, turn: Turn<'_>) {
        let mut inner = self.inner.lock();
        match &mut inner.custody {
            Custody::Here(session) => session.close(),
            _ => inner.custody = Custody::Closed,
        }
        let _ = inner.transmit(self.address, turn.outlet, || turn.now);
    }

    /// Hands the session over, with the datagrams that wait for it, if it has something for others to do.
    pub(super) fn hand_over(&self) -> Option<(Box<Session>, Vec<Vec<u8>>)> {
        let mut inner = self.inner.lock();
        let is_work = std::mem::replace(&mut inner.is_work, false);
        match std::mem::replace(&mut inner.custody, Custody::Away) {
            Custody::Here(session) if is_work => Some((session, inner.waiting.drain(..).collect())),
            other => {
                inner.custody = other;
                None
            }
        }
    }

    /// Takes the session back. None: it was lost. What it has brought along is sent, unless nobody wants it any more.
    pub(super) fn take_back(&self, session: Option<Box<Session>>, turn: Turn<'_>) -> Outcome {
        let mut inner = self.inner.lock();
        if let Custody::Away = inner.custody {
            inner.custody = session.map_or(Custody::Lost, Custody::Here);
        }
        if let Inner {
            custody: Custody::Here(session),
            is_superseded: true,
            ..
        } = &mut *inner
        {
            session.supersede();
        }
        inner.settle(self.address, turn)
    }

    /// What it has to tell. It is told again as long as packets wait.
    pub(super) fn tidings(&self) -> Tidings {
        let mut inner = self.inner.lock();
        let tidings = inner.tidings();
        inner.is_news = tidings.packets;
        tidings
    }
}

impl Inner {
    /// Gives the session a datagram. False: it is lost.
    fn take_in(&mut self, datagram: &[u8], turn: Turn<'_>) -> bool {
        match &mut self.custody {
            Custody::Here(session)
                if self.waiting.is_empty()
                    && session.psk_request().is_none()
                    && !(turn.delegates && session.is_in_a_crowd()) =>
            {
                let has_room = session.has_room();
                if has_room {
                    session.handle_datagram(datagram, turn.now);
                }
                has_room
            }
            Custody::Here(_) | Custody::Away => {
                let bytes: usize = self.waiting.iter().map(Vec::len).sum();
                let has_room = self.waiting.len() < MAX_WAITING && bytes + datagram.len() <= MAX_WAITING_BYTES;
                if has_room {
                    self.waiting.push_back(datagram.to_vec());
                }
                has_room
            }
            Custody::Lost | Custody::Closed => true,
        }
    }

    /// Does what is due, sends what there is to send, and tells what follows.
    fn settle(&mut self, address: SocketAddr, turn: Turn<'_>) -> Outcome {
        let mut has_work = false;
        while let Custody::Here(session) = &mut self.custody {
            let asks_for_key = session.psk_request().is_some();
            if (asks_for_key || self.waiting.is_empty()) && !session.is_due(turn.now) {
                break;
            }
            let was_work = std::mem::replace(&mut self.is_work, turn.delegates && session.is_in_a_crowd());
            if self.is_work {
                has_work = !was_work;
                break;
            }
            // What waits goes on waiting for the key. Time does not.
            let next = if asks_for_key { None } else { self.waiting.pop_front() };
            match next {
                Some(datagram) => session.handle_datagram(&datagram, turn.now),
                None => {
                    session.handle_timeout(turn.now);
                    break;
                }
            }
        }
        let _ = self.transmit(address, turn.outlet, || turn.now);
        let due = match &self.custody {
            Custody::Here(session) if !self.is_work => session.next_timeout(),
            _ => None,
        };
        let (is_connected, is_over) = match &self.custody {
            Custody::Here(session) => (session.handshake_time().is_some(), session.is_over()),
            Custody::Away => (false, false),
            Custody::Lost | Custody::Closed => (false, true),
        };
        let tidings = self.tidings();
        let is_news = tidings.event || tidings.packets;
        Outcome {
            timer: self.set_timer(due),
            has_news: is_news && !std::mem::replace(&mut self.is_news, true),
            has_work,
            is_established: is_connected && !std::mem::replace(&mut self.was_connected, is_connected),
            is_over,
            is_lost: false,
        }
    }

    /// A timer that comes too early costs little, and to move it with each packet would cost more.
    fn set_timer(&mut self, due: Option<Instant>) -> Option<(Option<Instant>, Option<Instant>)> {
        let is_early_enough = match (self.timer, due) {
            (Some(timer), Some(due)) => timer <= due,
            (timer, due) => timer == due,
        };
        (!is_early_enough).then(|| (std::mem::replace(&mut self.timer, due), due))
    }

    fn tidings(&self) -> Tidings {
        match &self.custody {
            Custody::Here(session) => Tidings {
                event: session.has_event() || session.psk_request().is_some(),
                packets: session.received() > 0,
            },
            custody => Tidings {
                event: matches!(custody, Custody::Lost | Custody::Closed) && !self.has_told,
                packets: false,
            },
        }
    }

    /// Sends all that the session has. Returns what the outlet said last.
    fn transmit(&mut self, address: SocketAddr, outlet: &dyn Outlet, now: impl Fn() -> Instant) -> Result<(), Refused> {
        let mut outcome = Ok(());
        let Custody::Here(session) = &mut self.custody else {
            return outcome;
        };
        while session.poll_transmit(&mut self.datagram) {
            let sent = outlet.send(address, &self.datagram);
            if sent.is_err() {
                session.handle_socket_error(now());
                outcome = sent;
            }
        }
        outcome
    }
}
