//! An endpoint, clients at addresses of their own, and a network that delivers everything at once.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::{
    Association, ClientConfig, ClientOptions, Endpoint, Event, Failure, Listener, News, Outlet, Refused, ServerConfig,
    ServerName, ServerOptions, Session, State, Turn,
};
use parking_lot::Mutex;

use super::{Identity, address};

/// What an endpoint has sent.
#[derive(Default)]
pub(crate) struct Sent {
    datagrams: RefCell<Vec<(SocketAddr, Vec<u8>)>>,
    /// What the outlet says in place of sending.
    pub(crate) refuses: RefCell<Option<Refused>>,
}

impl Outlet for Sent {
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused> {
        match *self.refuses.borrow() {
            Some(refused) => Err(refused),
            None => {
                self.datagrams.borrow_mut().push((address, datagram.to_vec()));
                Ok(())
            }
        }
    }
}

/// A client and the address that it sends from.
pub(crate) struct Guest {
    pub(crate) address: SocketAddr,
    pub(crate) session: Session,
}

impl Guest {
    /// What it wants to send.
    pub(crate) fn datagrams(&mut self) -> Vec<Vec<u8>> {
        let mut datagram = Vec::new();
        std::iter::from_fn(|| self.session.poll_transmit(&mut datagram).then(|| datagram.clone())).collect()
    }
}

/// A server's endpoint and its clients.
pub(crate) struct Crowd {
    pub(crate) endpoint: Endpoint,
    pub(crate) guests: Vec<Guest>,
    pub(crate) sent: Sent,
    pub(crate) now: Instant,
    pub(crate) delegates: bool,
    client: ClientConfig,
}

/// The address of the guest with this number.
pub(crate) fn guest_address(number: usize) -> SocketAddr {
    address(&format!("192.0.2.{}:{}", number % 250, 4000 + number / 250))
}

impl Crowd {
    /// A server with a certificate that its clients trust.
    pub(crate) fn new() -> Self {
        let identity = Identity::self_signed(&["server.test"]);
        Self::with(&identity.client_options(), &identity.server_options())
    }

    /// Both sides with these options.
    pub(crate) fn with(client: &ClientOptions, server: &ServerOptions) -> Self {
        let now = Instant::now();
        let listener = Listener::new(ServerConfig::new(server).unwrap(), now).unwrap();
        Crowd {
            endpoint: Endpoint::new(Arc::new(Mutex::new(listener)), 64),
            guests: Vec::new(),
            sent: Sent::default(),
            now,
            delegates: false,
            client: ClientConfig::new(client).unwrap(),
        }
    }

    /// The same, with so many clients that begin.
    pub(crate) fn of(guests: usize) -> Self {
        let mut crowd = Self::new();
        for number in 0..guests {
            crowd.invite(guest_address(number));
        }
        crowd
    }

    /// The same, connected and taken.
    pub(crate) fn connected(guests: usize) -> (Self, Vec<Arc<Association>>) {
        let mut crowd = Self::of(guests);
        crowd.run();
        let taken = crowd.take_all();
        assert_eq!(taken.len(), guests);
        crowd.endpoint.news();
        for association in &taken {
            assert_eq!(events(association), [Event::Connected]);
        }
        (crowd, taken)
    }

    /// Lets a client begin at `address`.
    pub(crate) fn invite(&mut self, address: SocketAddr) {
        let name = ServerName::Host("server.test".into());
        let session = Session::client(&self.client, &name, self.now).unwrap();
        self.guests.push(Guest { address, session });
    }

    /// Puts a new client in the place of the last one, which says no goodbye.
    pub(crate) fn restart_last(&mut self) -> Guest {
        let past = self.guests.pop().unwrap();
        self.invite(past.address);
        past
    }

    pub(crate) fn with_turn<T>(&mut self, action: impl FnOnce(&mut Endpoint, Turn<'_>) -> T) -> T {
        let turn = Turn {
            now: self.now,
            outlet: &self.sent,
            delegates: self.delegates,
        };
        action(&mut self.endpoint, turn)
    }

    /// Brings the endpoint a datagram.
    pub(crate) fn arrive(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.with_turn(|endpoint, turn| endpoint.handle_datagram(from, datagram, turn));
    }

    pub(crate) fn handle_timeout(&mut self) {
        self.with_turn(Endpoint::handle_timeout);
    }

    /// What the endpoint has sent, and to whom, since the last call.
    pub(crate) fn take_sent(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        self.sent.datagrams.take()
    }

    /// Brings every datagram where it goes, once. False: there was none.
    pub(crate) fn deliver_once(&mut self) -> bool {
        let now = self.now;
        let outgoing: Vec<_> = self
            .guests
            .iter_mut()
            .flat_map(|guest| {
                let from = guest.address;
                guest.datagrams().into_iter().map(move |datagram| (from, datagram))
            })
            .collect();
        let has_sent = !outgoing.is_empty();
        for (from, datagram) in outgoing {
            self.arrive(from, &datagram);
        }
        self.handle_timeout();
        let incoming = self.take_sent();
        let has_received = !incoming.is_empty();
        for (to, datagram) in incoming {
            let guest = self.guests.iter_mut().filter(|guest| guest.address == to).last();
            if let Some(guest) = guest {
                guest.session.handle_datagram(&datagram, now);
            }
        }
        has_sent || has_received
    }

    /// Brings every datagram where it goes, until there is none.
    pub(crate) fn run(&mut self) {
        while self.deliver_once() {}
    }

    /// Moves the time on, and does what is due on both sides.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        for guest in &mut self.guests {
            guest.session.handle_timeout(self.now);
        }
        self.handle_timeout();
        self.run();
    }

    /// Why connections have failed that nobody had taken.
    pub(crate) fn failures(&mut self) -> Vec<Failure> {
        std::iter::from_fn(|| self.endpoint.next_failure()).collect()
    }

    pub(crate) fn take_all(&mut self) -> Vec<Arc<Association>> {
        std::iter::from_fn(|| self.endpoint.take()).collect()
    }

    /// The numbers of those with events and of those with packets.
    pub(crate) fn news(&mut self) -> (Vec<u64>, Vec<u64>) {
        let news = self.endpoint.news();
        let ids = |which: fn(&News) -> bool| {
            news.iter()
                .filter(move |news| which(news))
                .map(|news| news.association.id())
        };
        (
            ids(|news| news.has_event).collect(),
            ids(|news| news.has_packets).collect(),
        )
    }

    /// How many clients are connected.
    pub(crate) fn connected_guests(&self) -> usize {
        let is_connected = |guest: &&Guest| guest.session.state() == State::Connected;
        self.guests.iter().filter(is_connected).count()
    }
}

/// All packets that wait.
pub(crate) fn packets_of(association: &Association) -> Vec<Vec<u8>> {
    let mut packet = Vec::new();
    std::iter::from_fn(|| association.recv(&mut packet).then(|| packet.clone())).collect()
}

/// All events that wait.
pub(crate) fn events(association: &Association) -> Vec<Event> {
    std::iter::from_fn(|| association.poll_event()).collect()
}
