//! First contact: nothing is allocated for a client before it has proved its address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslStream};
use parking_lot::Mutex;

use super::attachment::Attachment;
use super::config::ServerConfig;
use super::config_error::ConfigError;
use super::cookie::{Binding, Stamp};
use super::half_open::{Full, HalfOpen, HalfOpenSessions};
use super::hello::{ClientHello, HELLO_VERIFY_REQUEST, hello_verify_request};
use super::secrets::Secrets;
use super::settings::Settings;
use super::statistics::{ServerStatistics, Totals};
use super::transport::Transport;
use super::verify::{self, Refusal};
use super::{clock, ffi};

/// Answers the first ClientHellos of all clients of one server object (RFC 6347, section 4.2.1), without OpenSSL and
/// without keeping anything.
pub struct Listener {
    config: ServerConfig,
    secrets: Arc<Mutex<Secrets>>,
    half_open: Arc<Mutex<HalfOpenSessions>>,
    totals: Totals,
}

/// What [`Listener::handle`] makes of a datagram.
pub enum Contact {
    /// Send this HelloVerifyRequest back. It is never longer than what it answers.
    Reply([u8; HELLO_VERIFY_REQUEST]),
    /// The client has proved its address: the handshake begins.
    Accepted(Accepted),
    /// The client has proved its address, but there are too many handshakes. No answer.
    Full {
        /// Where the client is whose handshake ends, so that there is room for the next.
        evicted: Option<SocketAddr>,
    },
    /// Not a ClientHello. No answer.
    Drop,
}

/// What a ClientHello means that comes to the session of another client at the same address.
pub(crate) enum Successor {
    /// Send this HelloVerifyRequest back: who it is has still to be proved.
    Reply([u8; HELLO_VERIFY_REQUEST]),
    /// The client has restarted.
    Restarted,
    /// A late one of a client that came before this one, or no ClientHello.
    Drop,
}

/// Whether a ClientHello has a valid cookie.
enum Proof {
    Valid(Stamp),
    Asked([u8; HELLO_VERIFY_REQUEST]),
}

/// A client that has proved its address, on its way to become a session.
pub struct Accepted {
    pub(crate) hello: VerifiedHello,
    pub(crate) client_random: [u8; 32],
    /// When its cookie was made.
    pub(crate) cookie: Stamp,
    pub(crate) half_open: HalfOpen,
}

/// A ClientHello with a valid cookie, and what it is to be answered with.
pub(crate) struct VerifiedHello {
    config: ServerConfig,
    secrets: Arc<Mutex<Secrets>>,
    datagram: Vec<u8>,
    sequence: u64,
}

/// What a session goes on with.
pub(crate) struct Beginning {
    pub(crate) stream: SslStream<Transport>,
    pub(crate) attachment: Arc<Attachment>,
    pub(crate) refusal: Refusal,
}

impl VerifiedHello {
    pub(crate) fn settings(&self) -> &Arc<Settings> {
        self.config.settings()
    }

    pub(crate) fn asks_for_psk(&self) -> bool {
        self.config.asks_for_psk()
    }

    /// Makes the `SSL` of the session and lets it read its ClientHello, at `now`. None: OpenSSL cannot.
    pub(crate) fn begin(&self, now: Instant) -> Result<Option<Beginning>, ErrorStack> {
        let settings = self.config.settings();
        let mut ssl = Ssl::new(self.config.context())?;
        ssl.set_accept_state();
        ssl.set_mtu(settings.mtu.get())?;
        ffi::set_retransmission_timeout(&mut ssl, settings.retransmit_timeout, settings.longest_wait())?;
        let attachment = Attachment::attach(&mut ssl, &self.secrets)?;
        let refusal = verify::configure_server(&mut ssl, self.config.client_mode());
        let mut stream = SslStream::new(ssl, Transport::new(settings.mtu))?;
        stream.get_mut().feed_unchanged(&self.datagram);
        // Brings OpenSSL to where a client stands that has answered a HelloVerifyRequest.
        if !clock::at(now, || ffi::listen(stream.ssl())) {
            return Ok(None);
        }
        stream.get_mut().begin_at(self.sequence);
        Ok(Some(Beginning {
            stream,
            attachment,
            refusal,
        }))
    }
}

impl Listener {
    /// A listener with fresh secrets, or with those that the configuration shares.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn new(config: ServerConfig, now: Instant) -> Result<Self, ConfigError> {
        let secrets = Secrets::new(config.cookie_secret(), config.ticket_key(), now)?;
        Ok(Listener {
            config,
            secrets: Arc::new(Mutex::new(secrets)),
            half_open: Arc::default(),
            totals: Totals::default(),
        })
    }

    /// Serves new clients with another configuration. Cookies that are on their way stay valid, and so do tickets.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`]; the old configuration then stays.
    pub fn set_config(&mut self, config: ServerConfig, now: Instant) -> Result<(), ConfigError> {
        self.secrets
            .lock()
            .share(config.cookie_secret(), config.ticket_key(), now)?;
        self.config = config;
        Ok(())
    }

    /// What the server has seen so far.
    pub fn statistics(&self) -> ServerStatistics {
        ServerStatistics {
            half_open: self.half_open() as u64,
            ..*self.totals.lock()
        }
    }

    pub(crate) fn half_open(&self) -> usize {
        self.half_open.lock().len()
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        self.config.settings()
    }

    /// Takes a datagram of a client that has no session.
    pub fn handle(&mut self, address: SocketAddr, datagram: &[u8], now: Instant) -> Contact {
        let Some(hello) = parse(datagram) else {
            return Contact::Drop;
        };
        match self.prove(address, &hello, now) {
            Ok(Proof::Valid(cookie)) => self.accept(address, datagram, &hello, cookie),
            Ok(Proof::Asked(reply)) => Contact::Reply(reply),
            Err(_) => Contact::Drop,
        }
    }

    /// Takes a ClientHello that has come to the session of a client whose cookie was made at `cookie`.
    pub(crate) fn handle_successor(
        &mut self,
        address: SocketAddr,
        datagram: &[u8],
        cookie: &Stamp,
        now: Instant,
    ) -> Successor {
        match parse(datagram).map(|hello| self.prove(address, &hello, now)) {
            Some(Ok(Proof::Valid(other))) if other.is_before(cookie) => Successor::Drop,
            Some(Ok(Proof::Valid(_))) => Successor::Restarted,
            Some(Ok(Proof::Asked(reply))) => Successor::Reply(reply),
            Some(Err(_)) | None => Successor::Drop,
        }
    }

    /// Looks at the cookie of a ClientHello, or asks for one.
    fn prove(&mut self, address: SocketAddr, hello: &ClientHello<'_>, now: Instant) -> Result<Proof, ErrorStack> {
        let client = Binding::new(address, &hello.random);
        let cookie = {
            let mut secrets = self.secrets.lock();
            secrets.rotate(now)?;
            if let Some(stamp) = secrets.cookies.verify(&client, hello.cookie) {
                return Ok(Proof::Valid(stamp));
            }
            secrets.cookies.make(&client, now)?
        };
        let mut totals = self.totals.lock();
        totals.hello_verify_requests += 1;
        totals.cookie_failures += u64::from(!hello.cookie.is_empty());
        Ok(Proof::Asked(hello_verify_request(hello.sequence, &cookie)))
    }

    fn accept(&mut self, address: SocketAddr, datagram: &[u8], hello: &ClientHello<'_>, cookie: Stamp) -> Contact {
        let half_open = match HalfOpen::enter(&self.half_open, address, self.config.caps()) {
            Ok(half_open) => half_open,
            Err(Full { evicted }) => {
                self.totals.lock().over_cap += 1;
                return Contact::Full { evicted };
            }
        };
        Contact::Accepted(Accepted {
            hello: VerifiedHello {
                config: self.config.clone(),
                secrets: self.secrets.clone(),
                datagram: datagram.to_vec(),
                sequence: hello.sequence,
            },
            client_random: hello.random,
            cookie,
            half_open,
        })
    }
}

/// The ClientHello that `datagram` begins with, if it is no shorter than the answer.
fn parse(datagram: &[u8]) -> Option<ClientHello<'_>> {
    ClientHello::parse(datagram).filter(|_| datagram.len() >= HELLO_VERIFY_REQUEST)
}
