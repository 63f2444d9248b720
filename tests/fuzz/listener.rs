//! First contact: a server object that clients of several addresses, true and forged, talk to.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use openssl_dtls::core::{
    Accepted, Caps, ClientConfig, ClientOptions, Contact, Identity, Listener, ServerConfig, ServerName, ServerOptions,
    Session, Verification,
};

use super::input::Input;

const MOST_STEPS: usize = 64;

/// How long a cookie is valid: two lives of a secret.
const COOKIE_LIFE: Duration = Duration::from_secs(120);

const CAPS: Caps = Caps {
    half_open: 4,
    half_open_per_address: 2,
};

/// Where the fields of a ClientHello stand that is alone in its record and has no session id.
const RANDOM: std::ops::Range<usize> = 27..59;
const SESSION: usize = 59;

/// The bytes of a HelloVerifyRequest before its cookie.
const BEFORE_COOKIE: usize = 28;

/// A cookie, and to whom and when it was given.
struct Issued {
    address: SocketAddr,
    random: Vec<u8>,
    cookie: Vec<u8>,
    at: Instant,
}

struct Server {
    listener: Listener,
    now: Instant,
    issued: Vec<Issued>,
    accepted: Vec<Accepted>,
    replies: u64,
    full: u64,
}

/// Lets `input` choose who sends what, and when.
pub fn listener(input: &[u8]) {
    let mut input = Input::new(input);
    let mut server = Server::new();
    for _ in 0..MOST_STEPS {
        if input.is_empty() {
            break;
        }
        server.step(&mut input);
        server.check();
    }
}

fn config() -> ServerConfig {
    static CONFIG: LazyLock<ServerConfig> = LazyLock::new(|| {
        let identity = Identity::self_signed("server.test", &[], 3650).unwrap();
        let mut options = ServerOptions::with_identity(identity);
        options.caps = CAPS;
        ServerConfig::new(&options).unwrap()
    });
    CONFIG.clone()
}

/// The first datagram of a client.
fn client_hello() -> Vec<u8> {
    static HELLO: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let config = ClientConfig::new(&ClientOptions::new(Verification::None)).unwrap();
        let mut client = Session::client(&config, &ServerName::Host("server.test".into()), Instant::now()).unwrap();
        let mut hello = Vec::new();
        assert!(client.poll_transmit(&mut hello));
        hello
    });
    HELLO.clone()
}

/// `hello` with these bytes put where the length of its cookie stands, and all lengths made right.
fn with_cookie(hello: &[u8], cookie: &[u8]) -> Vec<u8> {
    let place = SESSION + 1;
    let mut bytes = [&hello[..place], &[cookie.len() as u8], cookie, &hello[place + 1..]].concat();
    let message = (bytes.len() - 25) as u16;
    bytes[11..13].copy_from_slice(&(message + 12).to_be_bytes());
    bytes[15..17].copy_from_slice(&message.to_be_bytes());
    bytes[23..25].copy_from_slice(&message.to_be_bytes());
    bytes
}

/// The random and the cookie of a ClientHello that the listener has understood.
fn fields(hello: &[u8]) -> (&[u8], &[u8]) {
    let behind = SESSION + 1 + usize::from(hello[SESSION]);
    (&hello[RANDOM], &hello[behind + 1..][..usize::from(hello[behind])])
}

impl Server {
    fn new() -> Self {
        let now = Instant::now();
        Server {
            listener: Listener::new(config(), now).unwrap(),
            now,
            issued: Vec::new(),
            accepted: Vec::new(),
            replies: 0,
            full: 0,
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.below(6) {
            0 => {
                let address = address(input);
                self.arrive(address, input.bytes());
            }
            1 => {
                let (address, mut hello) = (address(input), hello(input));
                input.edit(&mut hello);
                self.arrive(address, &hello);
            }
            2 => self.return_cookie(input),
            3 => self.now += Duration::from_secs(input.byte().into()),
            4 if !self.accepted.is_empty() => {
                let number = input.below(self.accepted.len());
                self.accepted.swap_remove(number);
            }
            _ => self.listener.set_config(config(), self.now).unwrap(),
        }
    }

    /// A ClientHello with a cookie that was given to someone, from whatever address.
    fn return_cookie(&mut self, input: &mut Input<'_>) {
        let (address, mut hello) = (address(input), hello(input));
        let number = input.below(self.issued.len().max(1));
        let Some(issued) = self.issued.get(number) else {
            return;
        };
        let is_own = input.below(4) != 0;
        if is_own {
            hello[RANDOM].copy_from_slice(&issued.random);
        }
        let address = if is_own { issued.address } else { address };
        let mut datagram = with_cookie(&hello, &issued.cookie);
        input.edit(&mut datagram);
        self.arrive(address, &datagram);
    }

    fn arrive(&mut self, address: SocketAddr, datagram: &[u8]) {
        match self.listener.handle(address, datagram, self.now) {
            Contact::Drop => {}
            Contact::Reply(reply) => self.check_reply(address, datagram, &reply),
            Contact::Accepted(accepted) => {
                self.check_proof(address, datagram);
                self.accepted.push(accepted);
            }
            Contact::Full { .. } => {
                self.check_proof(address, datagram);
                self.full += 1;
            }
        }
    }

    fn check_reply(&mut self, address: SocketAddr, datagram: &[u8], reply: &[u8]) {
        assert!(reply.len() <= datagram.len(), "more for a stranger than came from it");
        assert_eq!(
            reply[5..11],
            datagram[5..11],
            "the number of the record that is answered"
        );
        assert_eq!(reply[..5], [22, 0xfe, 0xff, 0, 0]);
        self.replies += 1;
        let (random, _) = fields(datagram);
        self.issued.push(Issued {
            address,
            random: random.to_vec(),
            cookie: reply[BEFORE_COOKIE..].to_vec(),
            at: self.now,
        });
    }

    /// Only who has received the cookie has it.
    fn check_proof(&self, address: SocketAddr, datagram: &[u8]) {
        let (random, cookie) = fields(datagram);
        let is_valid = |issued: &Issued| {
            (issued.address, &*issued.random, &*issued.cookie) == (address, random, cookie)
                && self.now <= issued.at + COOKIE_LIFE
        };
        assert!(self.issued.iter().any(is_valid), "{address} was believed");
    }

    fn check(&self) {
        let statistics = self.listener.statistics();
        assert_eq!(statistics.hello_verify_requests, self.replies);
        assert_eq!(statistics.over_cap, self.full);
        assert!(statistics.half_open <= CAPS.half_open as u64);
        assert!(statistics.half_open <= self.accepted.len() as u64);
        assert!(statistics.cookie_failures <= self.replies);
    }
}

fn address(input: &mut Input<'_>) -> SocketAddr {
    let number = input.byte();
    let port = 1000 + u16::from(number >> 4);
    match number % 4 {
        3 => SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], port)),
        host => SocketAddr::from(([192, 0, 2, host], port)),
    }
}

/// A ClientHello without a cookie, of one of 256 clients.
fn hello(input: &mut Input<'_>) -> Vec<u8> {
    let mut hello = client_hello();
    hello[RANDOM].fill(input.byte());
    hello
}
