//! A server that owns its socket: what [`DTLSServer::listen`](super::dtls_server::DTLSServer) makes.
//!
//! The server object alone keeps it. Its peers know the way to it, so that they can send; when it goes, the socket does.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use godot::obj::Gd;
use parking_lot::{Mutex, RwLock};

use super::clock::Clock;
use super::failure_log::ServerLog;
use super::guard::guard;
use super::monitors;
use super::packet_peer_dtls::PacketPeerDTLS;
use super::psk_keys::{PskLookup, PskRequest};
use super::weak_peer::WeakPeer;
use super::{receive_thread, workers};
use crate::core::{Association, Endpoint, Failure, Listener, News, Outlet, PskAnswer, Refused, Turn, Work};
use crate::net::{self, Batch, Inbox, ReceiveBuffer, ReceiveThread, ServerSocket};
use crate::pool::{Errand, Look};

/// The socket and all connections behind it.
pub(super) struct Listening {
    /// None: it is closed. Taken for reading with `read_recursive`: a datagram is answered while others are received.
    door: RwLock<Option<Door>>,
    port: u16,
    receive_buffer: usize,
    state: Mutex<State>,
    /// What peers have sent since the last flush, if `is_batching`.
    batch: Mutex<Batch>,
    is_batching: AtomicBool,
    /// Those who have taken a connection, by its number.
    peers: Mutex<HashMap<u64, WeakPeer>>,
    /// A script is asked for a pre-shared key at the moment.
    is_asking: AtomicBool,
    log: Arc<ServerLog>,
}

/// Where datagrams come in and go out.
struct Door {
    socket: Arc<ServerSocket>,
    receive_thread: Option<ReceiveThread>,
}

impl Door {
    fn turn(&self, now: Instant) -> Turn<'_> {
        Turn {
            now,
            outlet: &*self.socket,
            delegates: !workers::are_off(),
        }
    }
}

struct State {
    endpoint: Endpoint,
    errands: Vec<(Arc<Association>, Errand<Work>)>,
    buffer: ReceiveBuffer,
    inbox: Inbox,
    share: monitors::Share,
}

impl State {
    fn close(&mut self, turn: Turn<'_>) {
        self.endpoint.close(turn);
        self.errands.clear();
        self.share.update_server(&self.endpoint.statistics());
    }
}

/// What a poll has brought.
struct Gain {
    work: Vec<Work>,
    failures: Vec<Failure>,
    news: Vec<News>,
}

impl Listening {
    /// Opens the socket.
    #[allow(
        clippy::arc_with_non_send_sync,
        reason = "Gd lacks Send, but peers are used and die on any thread"
    )]
    pub(super) fn open(
        address: Option<IpAddr>,
        port: u16,
        receive_buffer: usize,
        endpoint: Endpoint,
        log: Arc<ServerLog>,
    ) -> io::Result<Arc<Self>> {
        let socket = Arc::new(ServerSocket::bind(address, port, receive_buffer)?);
        let start = || ReceiveThread::start(socket.clone());
        Ok(Arc::new(Listening {
            port: socket.port()?,
            receive_buffer: socket.receive_buffer()?,
            door: RwLock::new(Some(Door {
                receive_thread: receive_thread::is_on().then(start).transpose()?,
                socket,
            })),
            state: Mutex::new(State {
                share: monitors::Share::of_server(&endpoint.statistics()),
                endpoint,
                errands: Vec::new(),
                buffer: ReceiveBuffer::new(),
                inbox: Inbox::default(),
            }),
            batch: Mutex::default(),
            is_batching: AtomicBool::new(false),
            peers: Mutex::default(),
            is_asking: AtomicBool::new(false),
            log,
        }))
    }

    /// An endpoint for [`open`](Self::open).
    pub(super) fn endpoint(listener: &Arc<Mutex<Listener>>, max_pending: usize) -> Endpoint {
        Endpoint::new(listener.clone(), max_pending)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// How many datagrams the system has lost. None: it does not tell.
    pub(super) fn lost(&self) -> Option<u64> {
        self.with_door(|door| door.socket.lost())?
    }

    /// None: it is closed.
    fn with_door<T>(&self, action: impl FnOnce(&Door) -> T) -> Option<T> {
        self.door.read_recursive().as_ref().map(action)
    }

    /// How many bytes the system keeps between two polls.
    pub(super) fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    /// Does something with the connections. None: they are closed.
    fn with_turn<T>(&self, now: Instant, action: impl FnOnce(&mut State, &Door, Turn<'_>) -> T) -> Option<T> {
        let mut state = self.state.lock();
        self.with_door(|door| action(&mut state, door, door.turn(now)))
    }

    /// Takes what has come for all connections, does what is due, and sends what there is to send. Returns what is new.
    pub(super) fn poll(&self, clock: &Clock) -> Vec<News> {
        self.flush();
        let now = clock.now();
        let Some(gain) = self.with_turn(now, |state, door, turn| self.receive(state, door, turn)) else {
            return Vec::new();
        };
        // The log, which workers have too, may call a script: nothing is locked meanwhile.
        for failure in gain.failures {
            self.log.write(&failure, now);
        }
        self.send_away(gain.work);
        gain.news
    }

    fn receive(&self, state: &mut State, door: &Door, turn: Turn<'_>) -> Gain {
        fetch(state, turn);
        drain(state, door, turn);
        let State { endpoint, share, .. } = state;
        endpoint.count_socket_errors(self.batch.lock().take_refused());
        endpoint.handle_timeout(turn);
        let gain = Gain {
            work: std::iter::from_fn(|| endpoint.next_work()).collect(),
            failures: std::iter::from_fn(|| endpoint.next_failure()).collect(),
            news: endpoint.news(),
        };
        share.update_server(&endpoint.statistics());
        gain
    }

    /// Gathers what peers send from now on until the next [`flush`](Self::flush) or [`poll`](Self::poll), or no more.
    pub(super) fn set_batching(&self, is_batching: bool) {
        self.is_batching.store(is_batching, Ordering::Relaxed);
        if !is_batching {
            self.flush();
        }
    }

    /// Sends what was gathered.
    pub(super) fn flush(&self) {
        let mut batch = self.batch.lock();
        self.with_door(|door| batch.send(&door.socket));
    }

    fn send_away(&self, work: Vec<Work>) {
        let send = |work: Work| (work.association().clone(), workers::compute(work));
        let errands: Vec<_> = work.into_iter().map(send).collect();
        if !errands.is_empty() {
            self.state.lock().errands.extend(errands);
        }
    }

    /// The living peers that have something to tell: those with packets alone only `with_packets`.
    pub(super) fn peers(&self, news: &[News], with_packets: bool) -> Vec<Gd<PacketPeerDTLS>> {
        let is_wanted = |news: &&News| news.is_taken && (with_packets || news.has_event);
        let mut told = Vec::new();
        let peers = self.peers.lock();
        let peer = |news: &News| peers.get(&news.association.id())?.upgrade();
        told.extend(news.iter().filter(is_wanted).filter_map(peer));
        drop(peers);
        told
    }

    /// Asks `lookup` for the pre-shared keys that connections wait for which nobody has taken. It may do anything
    /// meanwhile.
    pub(super) fn ask_for_keys(&self, news: &[News], lookup: Option<&PskLookup>, clock: &Clock) {
        let Some(_asking) = Asking::begin(&self.is_asking) else {
            // It has polled the server. Whoever asks in vain now sends its flight again.
            return;
        };
        for news in news.iter().filter(|news| news.has_event && !news.is_taken) {
            self.ask_for_key(&news.association, lookup, clock);
        }
    }

    fn ask_for_key(&self, association: &Association, lookup: Option<&PskLookup>, clock: &Clock) {
        let identity = association.ask(|session| session.psk_request().map(<[u8]>::to_vec));
        let Some(identity) = identity.flatten() else {
            return;
        };
        let answer = PskRequest::new(&identity, lookup).map_or_else(Ok, |request| request.ask());
        let answer = self.log.resolve_psk(answer, clock.now());
        self.answer_psk(association, &identity, answer, clock.now());
    }

    /// Goes on with what is known about the key of `identity`. The flights of a handshake never wait.
    pub(super) fn answer_psk(&self, association: &Association, identity: &[u8], answer: PskAnswer, now: Instant) {
        association.answer_psk(identity, answer, now, &Unbatched(self));
    }

    /// True if a client has proved its address that nobody has taken yet.
    pub(super) fn is_available(&self) -> bool {
        self.state.lock().endpoint.is_available()
    }

    /// The client that waits longest.
    pub(super) fn take(&self) -> Option<Arc<Association>> {
        self.state.lock().endpoint.take()
    }

    /// Allows so many clients to wait.
    pub(super) fn set_max_pending(&self, max_pending: usize) {
        self.with_turn(Instant::now(), |state, _, turn| {
            state.endpoint.set_max_pending(max_pending, turn);
        });
    }

    /// Tells who has taken a connection.
    pub(super) fn register(&self, association: &Association, peer: WeakPeer) {
        self.peers.lock().insert(association.id(), peer);
    }

    /// Tells that a peer is gone.
    pub(super) fn unregister(&self, association: &Association) {
        self.peers.lock().remove(&association.id());
    }

    /// Closes all connections, tells the clients, and closes the socket. Returns the peers that have taken one.
    pub(super) fn close(&self) -> Vec<Gd<PacketPeerDTLS>> {
        self.end();
        let mut living = Vec::new();
        let peers = self.peers.lock();
        living.extend(peers.values().filter_map(WeakPeer::upgrade));
        drop(peers);
        living
    }

    /// What was gathered goes out before the word that the connection is closed. Whoever is in another method does not
    /// keep the socket: a script that is called from there can open the next one on the same port.
    fn end(&self) {
        self.flush();
        let mut state = self.state.lock();
        self.with_door(|door| state.close(door.turn(Instant::now())));
        let door = self.door.write().take();
        drop(state);
        // This waits for the thread that receives.
        drop(door);
    }
}

/// What peers send on their own.
impl Outlet for Listening {
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused> {
        if !self.is_batching.load(Ordering::Relaxed) {
            return Unbatched(self).send(address, datagram);
        }
        let mut batch = self.batch.lock();
        batch.push(address, datagram);
        if batch.is_full() {
            self.with_door(|door| batch.send(&door.socket));
        }
        Ok(())
    }
}

/// Sends at once.
struct Unbatched<'a>(&'a Listening);

impl Outlet for Unbatched<'_> {
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused> {
        let sent = self.0.with_door(|door| door.socket.send(address, datagram));
        sent.unwrap_or(Err(Refused::Error))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // May run on any thread. Its peers notice when they are polled.
        guard(|| self.end());
    }
}

/// A script is being asked.
struct Asking<'a>(&'a AtomicBool);

impl<'a> Asking<'a> {
    /// None: it is already.
    fn begin(is_asking: &'a AtomicBool) -> Option<Self> {
        (!is_asking.swap(true, Ordering::Relaxed)).then(|| Asking(is_asking))
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Takes what has come.
fn drain(state: &mut State, door: &Door, turn: Turn<'_>) {
    let State {
        endpoint,
        buffer,
        inbox,
        ..
    } = state;
    let take = |from, datagram: &[u8]| endpoint.handle_datagram(from, datagram, turn);
    let errors = match &door.receive_thread {
        Some(thread) => {
            thread.take(inbox, buffer);
            inbox.drain(take)
        }
        None => door.socket.drain(buffer, net::MAX_DATAGRAMS, take),
    };
    endpoint.count_socket_errors(errors);
}

/// Takes back what workers have computed.
fn fetch(state: &mut State, turn: Turn<'_>) {
    let State { endpoint, errands, .. } = state;
    for (association, errand) in std::mem::take(errands) {
        match errand.look() {
            Look::Away(errand) => errands.push((association, errand)),
            Look::Back(work) => endpoint.finish(work, turn),
            Look::Lost => endpoint.lose(&association, turn),
        }
    }
}
