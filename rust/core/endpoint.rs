//! All connections of a server behind one socket.
//!
//! [`Session`] knows one client and [`Listener`] none; an endpoint finds the session that a datagram is for by the address
//! that it comes from. Of a stranger nothing is kept before it has proved that address. The clients that have are
//! [`Association`]s, to be [taken](Endpoint::take) like the connections of a TCP server.
//!
//! A client that has restarted on the same address and port begins a handshake beside the connection that there is. The
//! new one takes the place of the old one when it is complete, and not before (RFC 6347, section 4.2.8): so whoever can
//! only answer for that address disturbs nobody.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::association::{Association, Changes, Outcome, Turn};
use super::failure::Failure;
use super::hello::{ClientHello, HELLO_VERIFY_REQUEST};
use super::listener::{Accepted, Contact, Listener, Successor};
use super::record::HANDSHAKE;
use super::session::Session;
use super::statistics::{ServerStatistics, Totals};

/// A server's connections: a datagram and its address in, datagrams out to an [`Outlet`](super::Outlet).
///
/// The order of use: [`handle_datagram`](Self::handle_datagram) for each that has come, then
/// [`handle_timeout`](Self::handle_timeout) once: in the other order a standstill of this side would pass for silence
/// of its peers; then [`next_work`](Self::next_work), [`news`](Self::news) and [`next_failure`](Self::next_failure).
pub struct Endpoint {
    listener: Arc<Mutex<Listener>>,
    totals: Totals,
    places: HashMap<SocketAddr, Place>,
    timers: BTreeMap<(Instant, u64), Arc<Association>>,
    /// Those that nobody has taken.
    pending: VecDeque<Arc<Association>>,
    /// How many successors there are, who will wait too.
    successors: usize,
    max_pending: usize,
    work: Vec<Arc<Association>>,
    news: Vec<Arc<Association>>,
    /// Of those that nobody had taken.
    failures: Vec<Failure>,
    changes: Changes,
    next_id: u64,
}

/// Who is at an address.
struct Place {
    current: Arc<Association>,
    /// The client that takes the place when its handshake is complete.
    successor: Option<Arc<Association>>,
}

/// An association with something to tell.
pub struct News {
    /// Which one.
    pub association: Arc<Association>,
    /// It has an [event](Association::poll_event), or asks for a pre-shared key.
    pub has_event: bool,
    /// Packets wait in it.
    pub has_packets: bool,
    /// Somebody has taken it.
    pub is_taken: bool,
}

/// A step of a handshake, to be computed anywhere and given back.
pub struct Work {
    association: Arc<Association>,
    session: Box<Session>,
    datagrams: Vec<Vec<u8>>,
}

impl Work {
    /// Computes it.
    pub fn run(&mut self, now: Instant) {
        for datagram in self.datagrams.drain(..) {
            self.session.handle_datagram(&datagram, now);
        }
        if self.session.is_due(now) {
            self.session.handle_timeout(now);
        }
    }

    /// Whose it is.
    pub fn association(&self) -> &Arc<Association> {
        &self.association
    }
}

impl Place {
    fn newest(&self) -> &Arc<Association> {
        self.successor.as_ref().unwrap_or(&self.current)
    }

    /// Whose ClientHello this is.
    fn of_random(&self, random: &[u8; 32]) -> Option<&Arc<Association>> {
        [Some(&self.current), self.successor.as_ref()]
            .into_iter()
            .flatten()
            .find(|association| association.random() == random)
    }
}

/// True if the datagram begins with a plaintext record.
fn is_plaintext(datagram: &[u8]) -> bool {
    datagram.get(3..5) == Some(&[0, 0])
}

/// The ClientHello that the datagram begins with. Nearly all are none, which their first byte tells.
fn client_hello(datagram: &[u8]) -> Option<ClientHello<'_>> {
    match datagram.first() {
        Some(&HANDSHAKE) => ClientHello::parse(datagram),
        _ => None,
    }
}

impl Endpoint {
    /// An endpoint without connections. At most so many wait at a time to be taken.
    pub fn new(listener: Arc<Mutex<Listener>>, max_pending: usize) -> Self {
        let totals = listener.lock().totals().clone();
        Endpoint {
            listener,
            totals,
            places: HashMap::new(),
            timers: BTreeMap::new(),
            pending: VecDeque::new(),
            successors: 0,
            max_pending,
            work: Vec::new(),
            news: Vec::new(),
            failures: Vec::new(),
            changes: Changes::default(),
            next_id: 0,
        }
    }

    /// Takes a datagram, whatever it holds.
    pub fn handle_datagram(&mut self, from: SocketAddr, datagram: &[u8], turn: Turn<'_>) {
        let Some(place) = self.places.get(&from) else {
            self.meet_stranger(from, datagram, turn);
            return;
        };
        let successor = place.successor.clone();
        match client_hello(datagram) {
            Some(hello) => match place.of_random(&hello.random).cloned() {
                Some(association) => self.deliver(&association, datagram, turn),
                None => self.meet_successor(from, datagram, turn),
            },
            None if successor.is_some() && is_plaintext(datagram) => {
                self.deliver_to_all(&[successor], datagram, turn);
            }
            None => {
                let current = place.current.clone();
                if successor.is_none() {
                    self.deliver(&current, datagram, turn);
                } else {
                    // Which of the two has sent it only its key tells.
                    self.deliver_to_all(&[Some(current), successor], datagram, turn);
                }
            }
        }
    }

    fn deliver_to_all(&mut self, associations: &[Option<Arc<Association>>], datagram: &[u8], turn: Turn<'_>) {
        for association in associations.iter().flatten() {
            self.deliver(association, datagram, turn);
        }
    }

    fn deliver(&mut self, association: &Arc<Association>, datagram: &[u8], turn: Turn<'_>) {
        let outcome = association.handle_datagram(datagram, turn);
        if outcome.is_lost {
            self.totals.lock().dropped_unread += 1;
        }
        self.settle(association, outcome, turn);
    }

    /// Does what is due at `turn.now`.
    pub fn handle_timeout(&mut self, turn: Turn<'_>) {
        let changes = std::mem::take(&mut *self.changes.lock());
        for (address, id) in changes {
            if let Some(association) = self.find(address, id) {
                let outcome = association.review(turn);
                self.settle(&association, outcome, turn);
            }
        }
        while let Some(first) = self.timers.first_entry()
            && first.key().0 <= turn.now
        {
            let association = first.remove();
            let outcome = association.handle_timer(turn);
            self.settle(&association, outcome, turn);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next. None: no time limit runs.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((due, _), _)| *due)
    }

    /// True if [`take`](Self::take) has something to give.
    pub fn is_available(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The connection that waits longest. Its client has proved its address; the handshake goes on or is complete.
    pub fn take(&mut self) -> Option<Arc<Association>> {
        let association = self.pending.pop_front()?;
        association.take();
        Some(association)
    }

    /// Allows so many connections to wait. Of those that do, the ones that came last are closed if they are too many.
    pub fn set_max_pending(&mut self, max_pending: usize, turn: Turn<'_>) {
        self.max_pending = max_pending;
        while self.pending.len() > max_pending {
            let Some(association) = self.pending.pop_back() else {
                return;
            };
            association.close(turn.outlet, || turn.now);
        }
    }

    /// A step of a handshake to be computed by others. None: there is no more.
    pub fn next_work(&mut self) -> Option<Work> {
        while let Some(association) = self.work.pop() {
            if let Some((session, datagrams)) = association.hand_over() {
                return Some(Work {
                    association,
                    session,
                    datagrams,
                });
            }
        }
        None
    }

    /// Takes back what was computed.
    pub fn finish(&mut self, work: Work, turn: Turn<'_>) {
        let outcome = work.association.take_back(Some(work.session), turn);
        self.settle(&work.association, outcome, turn);
    }

    /// What was to be computed for `association` is lost.
    pub fn lose(&mut self, association: &Arc<Association>, turn: Turn<'_>) {
        let outcome = association.take_back(None, turn);
        self.settle(association, outcome, turn);
    }

    /// The associations with something to tell since the last call, and those that still have packets.
    pub fn news(&mut self) -> Vec<News> {
        let mut news = Vec::with_capacity(self.news.len());
        self.news.retain(|association| {
            let tidings = association.tidings();
            news.push(News {
                association: association.clone(),
                has_event: tidings.event,
                has_packets: tidings.packets,
                is_taken: association.is_taken(),
            });
            tidings.packets
        });
        news
    }

    /// Why a connection has failed that nobody had taken. None: there is no more.
    pub fn next_failure(&mut self) -> Option<Failure> {
        self.failures.pop()
    }

    /// Closes all connections, and forgets them. Those that were taken tell so.
    pub fn close(&mut self, turn: Turn<'_>) {
        for (_, place) in self.places.drain() {
            place.current.shut(turn);
            place.successor.iter().for_each(|association| association.shut(turn));
        }
        self.timers.clear();
        self.successors = 0;
        self.pending.clear();
        self.work.clear();
        self.news.clear();
    }

    /// Counts datagrams that the socket has refused later than [`Outlet::send`](super::Outlet::send) told, and errors
    /// that it has reported of itself.
    pub fn count_socket_errors(&self, number: u64) {
        self.totals.lock().sessions.socket_errors += number;
    }

    /// What the server has seen so far.
    pub fn statistics(&self) -> ServerStatistics {
        self.listener.lock().statistics()
    }

    fn find(&self, address: SocketAddr, id: u64) -> Option<Arc<Association>> {
        let place = self.places.get(&address)?;
        [Some(&place.current), place.successor.as_ref()]
            .into_iter()
            .flatten()
            .find(|association| association.id() == id)
            .cloned()
    }

    /// Answers a ClientHello from an address where nobody is.
    fn meet_stranger(&mut self, from: SocketAddr, datagram: &[u8], turn: Turn<'_>) {
        let contact = self.listener.lock().handle(from, datagram, turn.now);
        match contact {
            Contact::Accepted(accepted) => self.accept(from, datagram, accepted, turn),
            Contact::Reply(reply) => self.reply(from, datagram, &reply, turn),
            Contact::Full { evicted } => {
                self.count_stray(datagram, |_| {});
                if let Some(address) = evicted {
                    self.review_all(address, turn);
                }
            }
            Contact::Drop => self.count_stray(datagram, |totals| totals.sessions.dropped_malformed += 1),
        }
    }

    /// Looks at all that are at this address.
    fn review_all(&mut self, address: SocketAddr, turn: Turn<'_>) {
        let Some(place) = self.places.get(&address) else {
            return;
        };
        for association in [Some(place.current.clone()), place.successor.clone()]
            .into_iter()
            .flatten()
        {
            let outcome = association.review(turn);
            self.settle(&association, outcome, turn);
        }
    }

    /// Answers a ClientHello that is not of a client that is at its address.
    fn meet_successor(&mut self, from: SocketAddr, datagram: &[u8], turn: Turn<'_>) {
        let Some(newest) = self.places.get(&from).map(|place| place.newest().clone()) else {
            return;
        };
        let successor = self
            .listener
            .lock()
            .handle_successor(from, datagram, newest.cookie(), turn.now);
        match successor {
            Successor::Reply(reply) => self.reply(from, datagram, &reply, turn),
            // Its cookie is looked at once more, on the way to a place among the half-open sessions.
            Successor::Restarted => self.meet_stranger(from, datagram, turn),
            Successor::Drop => self.count_stray(datagram, |totals| totals.sessions.dropped_unexpected += 1),
        }
    }

    /// Sends a HelloVerifyRequest. If the outlet refuses, the client will ask again.
    fn reply(&mut self, to: SocketAddr, datagram: &[u8], reply: &[u8; HELLO_VERIFY_REQUEST], turn: Turn<'_>) {
        let sent = turn.outlet.send(to, reply);
        self.count_stray(datagram, |totals| match sent {
            Ok(()) => {
                totals.sessions.datagrams_out += 1;
                totals.sessions.bytes_out += reply.len() as u64;
            }
            Err(_) => totals.sessions.socket_errors += 1,
        });
    }

    /// Counts a datagram that belongs to no session.
    fn count_stray(&self, datagram: &[u8], and: impl FnOnce(&mut ServerStatistics)) {
        let mut totals = self.totals.lock();
        totals.sessions.datagrams_in += 1;
        totals.sessions.bytes_in += datagram.len() as u64;
        and(&mut totals);
    }

    /// Makes an association of a client that has proved its address: beside one whose handshake is complete, else in
    /// the place of the one that there is.
    fn accept(&mut self, from: SocketAddr, datagram: &[u8], accepted: Accepted, turn: Turn<'_>) {
        if self.pending.len() + self.successors >= self.max_pending {
            self.count_stray(datagram, |totals| totals.over_cap += 1);
            return;
        }
        let hello = (accepted.client_random, accepted.cookie);
        let session = Session::hosted(self.listener.clone(), from, accepted, datagram.len(), turn.now);
        let association = Arc::new(Association::new(
            self.next_id,
            session,
            from,
            hello,
            self.changes.clone(),
        ));
        self.next_id += 1;
        let mut elder = None;
        let replaced = match self.places.get_mut(&from) {
            Some(place) if place.current.is_established() => {
                let replaced = place.successor.replace(association.clone());
                self.successors += usize::from(replaced.is_none());
                replaced
            }
            Some(place) => {
                self.pending.push_back(association.clone());
                elder = place.successor.take();
                self.successors = self.successors.saturating_sub(elder.is_some().into());
                Some(std::mem::replace(&mut place.current, association.clone()))
            }
            None => {
                self.pending.push_back(association.clone());
                let place = Place {
                    current: association.clone(),
                    successor: None,
                };
                self.places.insert(from, place);
                None
            }
        };
        for past in [replaced, elder].into_iter().flatten() {
            self.supersede(&past, turn);
        }
        let outcome = association.review(turn);
        self.settle(&association, outcome, turn);
    }

    fn supersede(&mut self, association: &Arc<Association>, turn: Turn<'_>) {
        let outcome = association.supersede(turn);
        self.settle(association, outcome, turn);
    }

    /// Draws the consequences of what has happened to an association.
    fn settle(&mut self, association: &Arc<Association>, outcome: Outcome, turn: Turn<'_>) {
        if let Some((old, new)) = outcome.timer {
            let key = |due| (due, association.id());
            old.map(|due| self.timers.remove(&key(due)));
            new.map(|due| self.timers.insert(key(due), association.clone()));
        }
        if outcome.has_work {
            self.work.push(association.clone());
        }
        if outcome.has_news {
            self.news.push(association.clone());
        }
        if outcome.is_over {
            self.forget(association);
        } else if outcome.is_established {
            self.establish(association, turn);
        }
    }

    /// A handshake is complete. If it was that of a client that has restarted, the connection before it ends.
    fn establish(&mut self, association: &Arc<Association>, turn: Turn<'_>) {
        let Some(place) = self.places.get_mut(&association.address()) else {
            return;
        };
        let is_successor = |successor: &mut Arc<Association>| Arc::ptr_eq(successor, association);
        if let Some(successor) = place.successor.take_if(is_successor) {
            let past = std::mem::replace(&mut place.current, successor.clone());
            self.successors = self.successors.saturating_sub(1);
            self.pending.push_back(successor);
            self.supersede(&past, turn);
        }
    }

    /// An association has ended: its address is free.
    fn forget(&mut self, association: &Arc<Association>) {
        let address = association.address();
        if let Some(place) = self.places.get_mut(&address) {
            if Arc::ptr_eq(&place.current, association) {
                match place.successor.take() {
                    Some(successor) => {
                        place.current = successor.clone();
                        self.successors = self.successors.saturating_sub(1);
                        self.pending.push_back(successor);
                    }
                    None => {
                        self.places.remove(&address);
                    }
                }
            } else {
                let ended = place.successor.take_if(|successor| Arc::ptr_eq(successor, association));
                self.successors = self.successors.saturating_sub(ended.is_some().into());
            }
        }
        if !association.is_taken() && association.is_void() {
            self.pending.retain(|pending| !Arc::ptr_eq(pending, association));
            self.failures.extend(association.failure());
        }
    }
}
