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
use parking_lot::Mutex;

use super::clock::Clock;
use super::failure_log::ServerLog;
use super::guard::guard;
use super::monitors;
use super::packet_peer_dtls::PacketPeerDTLS;
use super::psk_keys::{PskLookup, PskRequest};
use super::weak_peer::WeakPeer;
use super::{receive_thread, workers};
use crate::core::{Association, Endpoint, Listener, News, Outlet, Refused, Turn, Work};
use crate::net::{self, Batch, Inbox, ReceiveBuffer, ReceiveThread, ServerSocket};
use crate::pool::{Errand, Look};

/// The socket and all connections behind it.
pub(super) struct Listening {
    socket: Arc<ServerSocket>,
    port: u16,
    receive_buffer: usize,
    receive_thread: Option<ReceiveThread>,
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

struct State {
    endpoint: Endpoint,
    errands: Vec<(Arc<Association>, Errand<Work>)>,
    buffer: ReceiveBuffer,
    inbox: Inbox,
    share: monitors::Share,
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
            receive_thread: receive_thread::is_on().then(start).transpose()?,
            socket,
            state: Mutex::new(State {
                endpoint,
                errands: Vec::new(),
                buffer: ReceiveBuffer::new(),
                inbox: Inbox::default(),
                share: monitors::Share::default(),
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

    pub(super) fn socket(&self) -> &ServerSocket {
        &self.socket
    }

    /// How many bytes the system keeps between two polls.
    pub(super) fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    fn turn(&self, now: Instant) -> Turn<'_> {
        Turn {
            now,
            outlet: &*self.socket,
            delegates: !workers::are_off(),
        }
    }

    /// Takes what has come for all connections, does what is due, and sends what there is to send. Returns what is new.
    pub(super) fn poll(&self, clock: &Clock) -> Vec<News> {
        self.flush();
        let turn = self.turn(clock.now());
        let mut state = self.state.lock();
        fetch(&mut state, turn);
        self.receive(&mut state, turn);
        let State { endpoint, share, .. } = &mut *state;
        endpoint.count_socket_errors(self.batch.lock().take_refused());
        endpoint.handle_timeout(turn);
        let work: Vec<_> = std::iter::from_fn(|| endpoint.next_work()).collect();
        let failures: Vec<_> = std::iter::from_fn(|| endpoint.next_failure()).collect();
        let news = endpoint.news();
        share.update_server(&endpoint.statistics());
        drop(state);
        // The log, which workers have too, may call a script: nothing is locked meanwhile.
        for failure in failures {
            self.log.write(&failure, turn.now);
        }
        self.send_away(work);
        news
    }

    fn receive(&self, state: &mut State, turn: Turn<'_>) {
        let State {
            endpoint,
            buffer,
            inbox,
            ..
        } = state;
        let take = |from, datagram: &[u8]| endpoint.handle_datagram(from, datagram, turn);
        let errors = match &self.receive_thread {
            Some(thread) => {
                thread.take(inbox, buffer);
                inbox.drain(take)
            }
            None => self.socket.drain(buffer, net::MAX_DATAGRAMS, take),
        };
        endpoint.count_socket_errors(errors);
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
        self.batch.lock().send(&self.socket);
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
        association.answer_psk(&identity, answer, clock.now(), &*self.socket);
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
        let turn = self.turn(Instant::now());
        self.state.lock().endpoint.set_max_pending(max_pending, turn);
    }

    /// Tells who has taken a connection.
    pub(super) fn register(&self, association: &Association, peer: WeakPeer) {
        self.peers.lock().insert(association.id(), peer);
    }

    /// Tells that a peer is gone.
    pub(super) fn unregister(&self, association: &Association) {
        self.peers.lock().remove(&association.id());
    }

    /// Closes all connections, and tells the clients. Returns the peers that have taken one.
    pub(super) fn close(&self) -> Vec<Gd<PacketPeerDTLS>> {
        self.end();
        let mut living = Vec::new();
        let peers = self.peers.lock();
        living.extend(peers.values().filter_map(WeakPeer::upgrade));
        drop(peers);
        living
    }

    /// What was gathered goes out before the word that the connection is closed.
    fn end(&self) {
        self.flush();
        let turn = self.turn(Instant::now());
        let mut state = self.state.lock();
        state.endpoint.close(turn);
        state.errands.clear();
    }
}

/// What peers send on their own.
impl Outlet for Listening {
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused> {
        if !self.is_batching.load(Ordering::Relaxed) {
            return self.socket.send(address, datagram);
        }
        let mut batch = self.batch.lock();
        batch.push(address, datagram);
        if batch.is_full() {
            batch.send(&self.socket);
        }
        Ok(())
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
