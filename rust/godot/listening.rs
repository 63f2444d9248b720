//! A server that owns its socket: what [`DTLSServer::listen`](super::dtls_server::DTLSServer) makes.
//!
//! The server object alone keeps it. Its peers know the way to it, so that they can send; when it goes, the socket does.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use godot::obj::{Gd, InstanceId};
use parking_lot::Mutex;

use super::clock::Clock;
use super::failure_log::ServerLog;
use super::guard::guard;
use super::monitors;
use super::packet_peer_dtls::PacketPeerDTLS;
use super::psk_keys::{PskLookup, PskRequest};
use super::roster::upgrade;
use super::workers;
use crate::core::{Association, Endpoint, Listener, News, Turn, Work};
use crate::net::{self, ServerSocket};
use crate::pool::{Errand, Look};

/// The socket and all connections behind it.
pub(super) struct Listening {
    socket: ServerSocket,
    port: u16,
    receive_buffer: usize,
    state: Mutex<State>,
    /// Those who have taken a connection, by its number.
    peers: Mutex<HashMap<u64, InstanceId>>,
    /// A script is asked for a pre-shared key at the moment.
    is_asking: AtomicBool,
    log: Arc<ServerLog>,
}

struct State {
    endpoint: Endpoint,
    errands: Vec<(Arc<Association>, Errand<Work>)>,
    buffer: Vec<u8>,
    share: monitors::Share,
}

/// A peer with something to tell.
pub(super) struct Tidings {
    pub(super) peer: Gd<PacketPeerDTLS>,
    /// Its status changes, or a pre-shared key is asked for.
    pub(super) has_event: bool,
}

impl Listening {
    /// Opens the socket.
    pub(super) fn open(
        address: Option<IpAddr>,
        port: u16,
        receive_buffer: usize,
        endpoint: Endpoint,
        log: Arc<ServerLog>,
    ) -> io::Result<Self> {
        let socket = ServerSocket::bind(address, port, receive_buffer)?;
        Ok(Listening {
            port: socket.port()?,
            receive_buffer: socket.receive_buffer()?,
            socket,
            state: Mutex::new(State {
                endpoint,
                errands: Vec::new(),
                buffer: net::buffer(),
                share: monitors::Share::default(),
            }),
            peers: Mutex::default(),
            is_asking: AtomicBool::new(false),
            log,
        })
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
            outlet: &self.socket,
            delegates: !workers::are_off(),
        }
    }

    /// Takes what has come for all connections, does what is due, and sends what there is to send. Returns what is new.
    pub(super) fn poll(&self, clock: &Clock) -> Vec<News> {
        let turn = self.turn(clock.now());
        let mut state = self.state.lock();
        let State {
            endpoint,
            errands,
            buffer,
            share,
        } = &mut *state;
        fetch(endpoint, errands, turn);
        self.socket.drain(buffer, |from, datagram| {
            endpoint.handle_datagram(from, datagram, turn);
        });
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

    fn send_away(&self, work: Vec<Work>) {
        let send = |work: Work| (work.association().clone(), workers::compute(work));
        let errands: Vec<_> = work.into_iter().map(send).collect();
        if !errands.is_empty() {
            self.state.lock().errands.extend(errands);
        }
    }

    /// The living peers that have something to tell.
    pub(super) fn peers(&self, news: &[News]) -> Vec<Tidings> {
        let peers = self.peers.lock();
        let tidings = |news: &News| {
            Some(Tidings {
                peer: upgrade(*peers.get(&news.association.id())?)?,
                has_event: news.has_event,
            })
        };
        news.iter().filter(|news| news.is_taken).filter_map(tidings).collect()
    }

    /// Asks `lookup` for the pre-shared keys that connections wait for which nobody has taken. It may do anything
    /// meanwhile.
    pub(super) fn ask_for_keys(&self, news: &[News], lookup: Option<&PskLookup>, clock: &Clock) {
        if self.is_asking.swap(true, Ordering::Relaxed) {
            // It has polled the server. Whoever asks in vain now sends its flight again.
            return;
        }
        for news in news.iter().filter(|news| news.has_event && !news.is_taken) {
            self.ask_for_key(&news.association, lookup, clock);
        }
        self.is_asking.store(false, Ordering::Relaxed);
    }

    fn ask_for_key(&self, association: &Association, lookup: Option<&PskLookup>, clock: &Clock) {
        let identity = association.ask(|session| session.psk_request().map(<[u8]>::to_vec));
        let Some(identity) = identity.flatten() else {
            return;
        };
        let answer = PskRequest::new(&identity, lookup).map_or_else(Ok, |request| request.ask());
        let answer = self.log.resolve_psk(answer, clock.now());
        association.answer_psk(&identity, answer, clock.now(), &self.socket);
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
    pub(super) fn register(&self, association: &Association, peer: InstanceId) {
        self.peers.lock().insert(association.id(), peer);
    }

    /// Tells that a peer is gone.
    pub(super) fn unregister(&self, association: &Association) {
        self.peers.lock().remove(&association.id());
    }

    /// Closes all connections, and tells the clients. Returns the peers that have taken one.
    pub(super) fn close(&self) -> Vec<Gd<PacketPeerDTLS>> {
        let turn = self.turn(Instant::now());
        {
            let mut state = self.state.lock();
            state.endpoint.close(turn);
            state.errands.clear();
        }
        self.peers.lock().values().filter_map(|peer| upgrade(*peer)).collect()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // May run on any thread. Its peers notice when they are polled.
        guard(|| {
            let turn = self.turn(Instant::now());
            self.state.lock().endpoint.close(turn);
        });
    }
}

/// Takes back what workers have computed.
fn fetch(endpoint: &mut Endpoint, errands: &mut Vec<(Arc<Association>, Errand<Work>)>, turn: Turn<'_>) {
    for (association, errand) in std::mem::take(errands) {
        match errand.look() {
            Look::Away(errand) => errands.push((association, errand)),
            Look::Back(work) => endpoint.finish(work, turn),
            Look::Lost => endpoint.lose(&association, turn),
        }
    }
}
