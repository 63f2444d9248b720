//! A client, a server and the network between them, in virtual time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl_dtls::core::settings::Mtu;
use openssl_dtls::core::{
    ClientConfig, ClientOptions, ClientVerification, Event, Failure, Listener, ServerConfig, ServerName, ServerOptions,
    Session, State, Verification,
};
use parking_lot::Mutex;

use super::{Authority, Identity, Link, wire};

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

/// What the network does with a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver,
    Drop,
    /// The sender's own socket does not take it, and says so.
    Refuse,
    Duplicate,
    /// Delivered after the time has passed.
    Delay(Duration),
    /// These arrive in its place, each after its time.
    Become(Vec<(Duration, Vec<u8>)>),
}

/// More than any test takes: deadlines that pass and stay due would otherwise hold a test for ever.
const MAX_STEPS: usize = 10_000;

type Network = Box<dyn FnMut(usize, Direction, &[u8]) -> Fate>;
type Mangler = Box<dyn FnMut(Direction, &mut [u8])>;

/// One client, one server object, and the datagrams on their way.
pub(crate) struct Pair {
    pub(crate) client: Session,
    /// None: no datagram of the client has come since the last session of the server ended.
    pub(crate) server: Option<Session>,
    pub(crate) listener: Arc<Mutex<Listener>>,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    /// Every datagram that was sent, with the time since the start.
    pub(crate) sent: Vec<(Duration, Direction, Vec<u8>)>,
    /// The failures of sessions that the server has given up for a new one.
    pub(crate) server_failures: Vec<Failure>,
    steps: usize,
    /// The side that datagrams in this direction are for stands still.
    stopped: Option<Direction>,
    network: Network,
    mangler: Option<Mangler>,
    on_the_way: Vec<(Instant, Direction, Vec<u8>)>,
}

pub(crate) const CLIENT_ADDRESS: &str = "192.0.2.1:4242";
const SERVER_ADDRESS: &str = "192.0.2.2:4433";

impl Pair {
    /// As [`new`](Self::new), with a server whose Certificate message spans several datagrams.
    pub(crate) fn with_large_chain() -> Self {
        let identity = Identity::large_chain();
        Self::with(identity, &Verification::Full(identity.trust()), "server.test")
    }

    /// A client that verifies the server fully, and a network that delivers everything at once.
    pub(crate) fn new() -> Self {
        let identity = Identity::self_signed(&["server.test"]);
        Self::with(&identity, &Verification::Full(identity.trust()), "server.test")
    }

    /// Both sides show a certificate and verify the other's.
    pub(crate) fn with_both_certificates() -> Self {
        Self::with_both_certificates_in(Mtu::DEFAULT)
    }

    /// The same in datagrams so small that both sides' flights take several.
    pub(crate) fn with_small_datagrams() -> Self {
        Self::with_both_certificates_in(Mtu::new(256).unwrap())
    }

    fn with_both_certificates_in(mtu: Mtu) -> Self {
        let server = Identity::self_signed(&["server.test"]);
        let authority = Authority::new("players");
        let player = authority.issue_player("player");
        let mut of_client = server.client_showing(&player);
        let mut of_server = server.server_asking(ClientVerification::Required(authority.trust()));
        of_client.settings.mtu = mtu;
        of_server.settings.mtu = mtu;
        Self::between(&of_client, &of_server)
    }

    pub(crate) fn with(identity: &Identity, verification: &Verification, name: &str) -> Self {
        Self::with_name(identity, verification, &ServerName::Host(name.into()))
    }

    pub(crate) fn with_name(identity: &Identity, verification: &Verification, name: &ServerName) -> Self {
        let client = ClientOptions::new(verification.clone());
        Self::with_options(&client, &identity.server_options(), name)
    }

    /// Both sides with these options; the client asks for `server.test`.
    pub(crate) fn between(client: &ClientOptions, server: &ServerOptions) -> Self {
        Self::with_options(client, server, &ServerName::Host("server.test".into()))
    }

    /// Both sides with these options.
    pub(crate) fn with_options(client: &ClientOptions, server: &ServerOptions, name: &ServerName) -> Self {
        let now = Instant::now();
        let client = Session::client(&ClientConfig::new(client).unwrap(), name, now).unwrap();
        let server = ServerConfig::new(server).unwrap();
        let listener = Arc::new(Mutex::new(Listener::new(server, now).unwrap()));
        Self::from_parts(client, listener, now)
    }

    pub(crate) fn from_parts(mut client: Session, listener: Arc<Mutex<Listener>>, now: Instant) -> Self {
        client.set_peer_address(address(SERVER_ADDRESS));
        Pair {
            client,
            server: None,
            listener,
            start: now,
            now,
            sent: Vec::new(),
            server_failures: Vec::new(),
            steps: 0,
            stopped: None,
            network: Box::new(|_, _, _| Fate::Deliver),
            mangler: None,
            on_the_way: Vec::new(),
        }
    }

    /// A pair that has delivered so many datagrams of its handshake, which has six. The next is on its way.
    pub(crate) fn at_stage(delivered: usize) -> Self {
        let mut pair = Self::new();
        for _ in 0..delivered {
            assert!(pair.deliver_one());
        }
        pair.transmit();
        pair
    }

    /// Lets `network` decide over each datagram: its number from 0, its way, its bytes.
    pub(crate) fn network(mut self, network: impl FnMut(usize, Direction, &[u8]) -> Fate + 'static) -> Self {
        self.network = Box::new(network);
        self
    }

    /// Lets datagrams go over `link`.
    pub(crate) fn over(self, mut link: Link) -> Self {
        self.network(move |_, direction, datagram| Fate::Become(link.carry(direction, datagram)))
    }

    /// Drops everything.
    pub(crate) fn losing_everything(self) -> Self {
        self.network(|_, _, _| Fate::Drop)
    }

    /// Lets `mangler` change each datagram on its way.
    pub(crate) fn mangling(mut self, mangler: impl FnMut(Direction, &mut [u8]) + 'static) -> Self {
        self.mangler = Some(Box::new(mangler));
        self
    }

    /// Lets the network deliver everything from now on.
    pub(crate) fn calm(&mut self) {
        self.network = Box::new(|_, _, _| Fate::Deliver);
    }

    /// Drops the datagrams with these numbers.
    pub(crate) fn losing(self, numbers: &[usize]) -> Self {
        let numbers = numbers.to_vec();
        self.network(move |number, _, _| {
            if numbers.contains(&number) {
                Fate::Drop
            } else {
                Fate::Deliver
            }
        })
    }

    /// A server session for the client's address, as `take_connection` would make it.
    pub(crate) fn accept(&mut self) -> &mut Session {
        let mut session = Session::server(self.listener.clone(), self.now);
        session.set_peer_address(address(CLIENT_ADDRESS));
        self.server.insert(session)
    }

    /// Puts a new client on the address and port of the old one, as a program does that is started again. What was on
    /// its way to the server arrives there; the answers find nobody.
    pub(crate) fn restart_client(&mut self) {
        let network = std::mem::replace(&mut self.network, Box::new(|_, _, _| Fate::Drop));
        self.deliver();
        self.network = network;
        self.replace_client();
    }

    /// The same, but what is on its way still arrives, on both sides.
    pub(crate) fn replace_client(&mut self) {
        self.client = client(self.now);
    }

    /// Sends what both sides want to send.
    pub(crate) fn transmit(&mut self) {
        let mut datagram = Vec::new();
        while self.client.poll_transmit(&mut datagram) {
            self.send(Direction::ToServer, &datagram);
        }
        while self
            .server
            .as_mut()
            .is_some_and(|server| server.poll_transmit(&mut datagram))
        {
            self.send(Direction::ToClient, &datagram);
        }
    }

    fn send(&mut self, direction: Direction, datagram: &[u8]) {
        let number = self.sent.len();
        self.sent.push((self.now - self.start, direction, datagram.to_vec()));
        let arrival = |delay| (delay, datagram.to_vec());
        let arrivals = match (self.network)(number, direction, datagram) {
            Fate::Deliver => vec![arrival(Duration::ZERO)],
            Fate::Drop => vec![],
            Fate::Refuse => self.refuse(direction),
            Fate::Duplicate => vec![arrival(Duration::ZERO); 2],
            Fate::Delay(delay) => vec![arrival(delay)],
            Fate::Become(arrivals) => arrivals,
        };
        for (delay, mut datagram) in arrivals {
            if let Some(mangler) = &mut self.mangler {
                mangler(direction, &mut datagram);
            }
            self.on_the_way.push((self.now + delay, direction, datagram));
        }
    }

    fn refuse<T>(&mut self, direction: Direction) -> Vec<T> {
        let sender = match direction {
            Direction::ToServer => Some(&mut self.client),
            Direction::ToClient => self.server.as_mut(),
        };
        if let Some(sender) = sender {
            sender.handle_socket_error(self.now);
        }
        Vec::new()
    }

    /// Delivers what is due, and what is sent in answer, until the network is silent.
    pub(crate) fn deliver(&mut self) {
        while self.deliver_one() {}
    }

    /// Delivers one datagram that is due. False: there is none.
    pub(crate) fn deliver_one(&mut self) -> bool {
        self.transmit();
        let arrives =
            |(due, direction, _): &(Instant, Direction, Vec<u8>)| *due <= self.now && Some(*direction) != self.stopped;
        let Some(next) = self.on_the_way.iter().position(arrives) else {
            return false;
        };
        let (_, direction, datagram) = self.on_the_way.remove(next);
        self.arrive(direction, &datagram);
        self.transmit();
        true
    }

    /// Puts `datagram` in the place of everything that is on its way.
    pub(crate) fn replace_on_the_way(&mut self, direction: Direction, datagram: Vec<u8>) {
        self.on_the_way = vec![(self.now, direction, datagram)];
    }

    /// Hands one datagram to the side that it is for.
    pub(crate) fn arrive(&mut self, direction: Direction, datagram: &[u8]) {
        let now = self.now;
        match direction {
            Direction::ToClient => self.client.handle_datagram(datagram, now),
            Direction::ToServer => {
                if self.server.is_none() {
                    self.accept();
                }
                let server = self.server.as_mut().unwrap();
                server.handle_datagram(datagram, now);
                if server.next_timeout().is_some_and(|due| due <= now) {
                    server.handle_timeout(now);
                }
                self.transmit();
                self.retire_server();
            }
        }
    }

    /// A failed server session makes room for the next one, as a dropped peer object does.
    fn retire_server(&mut self) {
        if let Some(failure) = self.server.as_ref().and_then(|server| server.failure()) {
            self.server_failures.push(failure.clone());
            self.server = None;
        }
    }

    /// When the next thing happens: a deadline of a session, or the arrival of a datagram.
    fn next_due(&self) -> Option<Instant> {
        let arrivals = self.on_the_way.iter().map(|(due, way, _)| (*way, Some(*due)));
        let timeouts = [
            (Direction::ToClient, self.client.next_timeout()),
            (
                Direction::ToServer,
                self.server.as_ref().and_then(Session::next_timeout),
            ),
        ];
        let going_on = arrivals.chain(timeouts).filter(|(way, _)| Some(*way) != self.stopped);
        going_on.filter_map(|(_, due)| due).min()
    }

    /// Moves the time to the next deadline, of a session or of a datagram, and does what is due. False: none is left.
    pub(crate) fn step(&mut self) -> bool {
        self.deliver();
        let Some(next) = self.next_due() else {
            return false;
        };
        self.steps += 1;
        assert!(self.steps < MAX_STEPS, "deadlines without an end");
        self.now = self.now.max(next);
        if self.stopped != Some(Direction::ToClient) {
            self.client.handle_timeout(self.now);
        }
        if let Some(server) = self
            .server
            .as_mut()
            .filter(|_| self.stopped != Some(Direction::ToServer))
        {
            server.handle_timeout(self.now);
        }
        self.transmit();
        self.retire_server();
        self.deliver();
        true
    }

    /// Lets time pass, and does what falls due in it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.deliver();
        while self.next_due().is_some_and(|due| due <= end) {
            self.step();
        }
        self.now = end;
    }

    /// The same while the process stands still that datagrams in this direction are for. They wait in its socket.
    pub(crate) fn pass_without(&mut self, stopped: Direction, time: Duration) {
        self.stopped = Some(stopped);
        self.pass(time);
        self.stopped = None;
    }

    /// Runs until both sides are connected or nothing more can happen.
    pub(crate) fn run(&mut self) {
        self.deliver();
        while !self.is_connected() && self.step() {}
    }

    pub(crate) fn is_connected(&self) -> bool {
        let server = self.server.as_ref().map(Session::state);
        self.client.state() == State::Connected && server == Some(State::Connected)
    }

    /// When the datagrams of one side were sent. Those of one moment count once.
    pub(crate) fn sent_at(&self, direction: Direction) -> Vec<Duration> {
        let mut times: Vec<_> = self
            .sent
            .iter()
            .filter(|(_, way, _)| *way == direction)
            .map(|(time, ..)| *time)
            .collect();
        times.dedup();
        times
    }

    /// The last datagram that was sent.
    pub(crate) fn last_sent(&self) -> Vec<u8> {
        self.sent.last().expect("something was sent").2.clone()
    }

    /// The body of a handshake message of this type that the server has sent in plain text.
    pub(crate) fn server_message(&self, message_type: u8) -> Option<Vec<u8>> {
        let datagrams = self.sent.iter().filter(|(_, way, _)| *way == Direction::ToClient);
        let mut records = datagrams.flat_map(|(_, _, datagram)| wire::records(datagram));
        let found = records.find(|record| wire::message_type(record) == Some(message_type))?;
        Some(found[wire::RECORD_HEADER + wire::MESSAGE_HEADER..].to_vec())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    pub(crate) fn server(&mut self) -> &mut Session {
        self.server.as_mut().expect("the server has a session")
    }

    /// Connects and checks that data goes both ways.
    pub(crate) fn connect(&mut self) {
        self.run();
        let ends = (self.client.state(), self.client.failure(), &self.server_failures);
        assert!(self.is_connected(), "{ends:?}");
        self.exchange();
    }

    /// Sends a packet each way.
    pub(crate) fn exchange(&mut self) {
        self.client.send(b"to the server").unwrap();
        self.server().send(b"to the client").unwrap();
        self.deliver();
        assert_eq!(packets(self.server()), [b"to the server"]);
        assert_eq!(packets(&mut self.client), [b"to the client"]);
    }
}

/// A client that takes any server.
pub(crate) fn client(now: Instant) -> Session {
    let config = client_config(&Verification::None);
    Session::client(&config, &ServerName::Host("server.test".into()), now).unwrap()
}

/// A client's configuration with nothing but this verification.
pub(crate) fn client_config(verification: &Verification) -> ClientConfig {
    ClientConfig::new(&ClientOptions::new(verification.clone())).unwrap()
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// All packets that wait.
pub(crate) fn packets(session: &mut Session) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut packet = Vec::new();
    while session.recv(&mut packet) {
        packets.push(packet.clone());
    }
    packets
}

/// All events that wait.
pub(crate) fn events(session: &mut Session) -> Vec<Event> {
    std::iter::from_fn(|| session.poll_event()).collect()
}
