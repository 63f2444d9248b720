//! One of our sessions and dimpl, which shares no code with OpenSSL, with a network between them, in virtual time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::{Dtls, DtlsCertificate, Output};
use openssl_dtls::core::{Failure, Listener, ServerName, Session, State, Verification};
use parking_lot::Mutex;

use super::{CLIENT_ADDRESS, Identity, address, client_config};

/// What dimpl has told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) connected: bool,
    pub(crate) closed: bool,
    pub(crate) failed: bool,
    pub(crate) certificate: Vec<u8>,
    pub(crate) packets: Vec<Vec<u8>>,
    timeout: Option<Instant>,
}

/// Our session, dimpl, and the time.
pub(crate) struct DimplPair {
    pub(crate) ours: Session,
    pub(crate) theirs: Dtls,
    pub(crate) told: Told,
    /// The failures of sessions of ours that a new one has followed.
    pub(crate) failures: Vec<Failure>,
    /// The datagrams of both, in the order in which they were sent.
    pub(crate) sent: Vec<Vec<u8>>,
    /// The numbers of those that are lost.
    pub(crate) lost: Vec<usize>,
    /// If ours is the server.
    listener: Option<Arc<Mutex<Listener>>>,
    start: Instant,
    now: Instant,
}

/// dimpl does not ask for the certificate of a client, as we do not.
pub(crate) fn dimpl_config() -> dimpl::ConfigBuilder {
    dimpl::Config::builder().require_client_certificate(false)
}

pub(crate) fn dimpl_certificate(identity: &Identity) -> DtlsCertificate {
    DtlsCertificate {
        certificate: identity.chain[0].to_der().unwrap(),
        private_key: identity.key.private_key_to_pkcs8().unwrap(),
    }
}

impl DimplPair {
    /// Our client, which verifies dimpl's server fully.
    pub(crate) fn with_our_client(config: dimpl::ConfigBuilder) -> Self {
        let identity = Identity::self_signed(&["server.test"]);
        let verification = Verification::Full(identity.trust());
        Self::with_server_certificate(config, dimpl_certificate(&identity), &verification)
    }

    /// Our client, and dimpl's server with this certificate.
    pub(crate) fn with_server_certificate(
        config: dimpl::ConfigBuilder,
        certificate: DtlsCertificate,
        verification: &Verification,
    ) -> Self {
        let now = Instant::now();
        let ours = client_config(verification);
        let ours = Session::client(&ours, &ServerName::Host("server.test".into()), now).unwrap();
        let config = Arc::new(config.build().unwrap());
        let theirs = Dtls::new_12(config, certificate, now);
        Self::new(ours, theirs, None, now)
    }

    /// Our server, for the client that `make` makes.
    pub(crate) fn with_our_server(identity: &Identity, make: impl FnOnce(Instant) -> Dtls) -> Self {
        let now = Instant::now();
        let listener = Arc::new(Mutex::new(Listener::new(identity.server_config(), now).unwrap()));
        let mut theirs = make(now);
        theirs.set_active(true);
        Self::new(accept(&listener, now), theirs, Some(listener), now)
    }

    fn new(ours: Session, theirs: Dtls, listener: Option<Arc<Mutex<Listener>>>, now: Instant) -> Self {
        DimplPair {
            ours,
            theirs,
            told: Told::default(),
            failures: Vec::new(),
            sent: Vec::new(),
            lost: Vec::new(),
            listener,
            start: now,
            now,
        }
    }

    pub(crate) fn losing(mut self, numbers: &[usize]) -> Self {
        self.lost = numbers.to_vec();
        self
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.told.connected && self.ours.state() == State::Connected
    }

    fn has_failed(&self) -> bool {
        self.told.failed
            || self
                .ours
                .failure()
                .is_some_and(|failure| *failure != Failure::CookieExchange)
    }

    /// Runs until both are connected or one has failed.
    pub(crate) fn run(&mut self) {
        self.run_until(|pair| pair.is_connected() || pair.has_failed());
    }

    pub(crate) fn run_until(&mut self, is_over: impl Fn(&Self) -> bool) {
        self.tick();
        for _ in 0..1000 {
            if is_over(self) {
                return;
            }
            let timeouts = [self.ours.next_timeout(), self.told.timeout];
            let next = timeouts.into_iter().flatten().min().expect("something is awaited");
            self.now = self.now.max(next);
            self.tick();
        }
        panic!("deadlines without an end");
    }

    /// Does what is due now, and carries datagrams until the network is silent.
    pub(crate) fn tick(&mut self) {
        self.ours.handle_timeout(self.now);
        self.told.failed |= self.theirs.handle_timeout(self.now).is_err();
        while self.carry_ours() | self.carry_theirs() {}
    }

    fn send(&mut self, datagram: &[u8]) -> bool {
        self.sent.push(datagram.to_vec());
        !self.lost.contains(&(self.sent.len() - 1))
    }

    fn carry_ours(&mut self) -> bool {
        let mut datagram = Vec::new();
        if !self.ours.poll_transmit(&mut datagram) {
            return false;
        }
        if self.send(&datagram) {
            self.told.failed |= self.theirs.handle_packet(&datagram).is_err();
        }
        true
    }

    fn carry_theirs(&mut self) -> bool {
        let datagrams = self.poll_dimpl();
        for datagram in &datagrams {
            if self.send(datagram) {
                self.renew_server();
                self.ours.handle_datagram(datagram, self.now);
            }
        }
        !datagrams.is_empty()
    }

    /// The session that has sent a HelloVerifyRequest makes room for the next.
    fn renew_server(&mut self) {
        if let (Some(listener), Some(Failure::CookieExchange)) = (&self.listener, self.ours.failure()) {
            self.failures.push(Failure::CookieExchange);
            self.ours = accept(listener, self.now);
        }
    }

    fn poll_dimpl(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        let mut buffer = vec![0; 20_000];
        loop {
            match self.theirs.poll_output(&mut buffer) {
                Output::Packet(datagram) => datagrams.push(datagram.to_vec()),
                Output::Connected => self.told.connected = true,
                Output::PeerCert(certificate) => self.told.certificate = certificate.to_vec(),
                Output::ApplicationData(packet) => self.told.packets.push(packet.to_vec()),
                Output::CloseNotify => self.told.closed = true,
                Output::Timeout(due) => {
                    // A timer that is not in use is set to years from now.
                    self.told.timeout = (due < self.now + Duration::from_secs(3600)).then_some(due);
                    return datagrams;
                }
                _ => {}
            }
        }
    }
}

fn accept(listener: &Arc<Mutex<Listener>>, now: Instant) -> Session {
    let mut session = Session::server(listener.clone(), now);
    session.set_peer_address(address(CLIENT_ADDRESS));
    session
}
