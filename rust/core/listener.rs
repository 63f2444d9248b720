//! First contact: nothing that lasts is allocated for a client before it has proved its address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use openssl::ssl::{Ssl, SslStream};
use parking_lot::Mutex;

use super::attachment::Attachment;
use super::config::ServerConfig;
use super::config_error::ConfigError;
use super::cookie::Binding;
use super::hello::ClientHello;
use super::secrets::Secrets;
use super::settings::Settings;
use super::statistics::{HalfOpen, ServerStatistics, Totals};
use super::transport::Transport;
use super::verify::{self, Refusal};
use super::{clock, ffi};

/// Answers the first ClientHellos of all clients of one server object (RFC 6347, section 4.2.1).
///
/// One `SSL` object is used for all of them. The one whose cookie is valid takes it along as its session.
pub struct Listener {
    config: ServerConfig,
    secrets: Arc<Mutex<Secrets>>,
    totals: Totals,
    next: Accepted,
}

/// What [`Listener::handle`] makes of a datagram.
pub enum Contact {
    /// Send this HelloVerifyRequest back. It is never longer than what it answers.
    Reply(Vec<u8>),
    /// The client has proved its address: the handshake begins.
    Accepted(Box<Accepted>),
    /// Not a ClientHello. No answer.
    Drop,
}

/// A ClientHello with a valid cookie, on its way to become a session.
pub struct Accepted {
    pub(crate) stream: SslStream<Transport>,
    pub(crate) attachment: Arc<Attachment>,
    pub(crate) refusal: Refusal,
    pub(crate) settings: Arc<Settings>,
    pub(crate) asks_for_psk: bool,
    pub(crate) client_random: [u8; 32],
    /// None: it waits for its ClientHello.
    pub(crate) half_open: Option<HalfOpen>,
}

impl Accepted {
    /// An `SSL` that waits for the ClientHello that it will go on with.
    fn awaiting(config: &ServerConfig, secrets: &Arc<Mutex<Secrets>>) -> Result<Self, ConfigError> {
        let settings = config.settings();
        let mut ssl = Ssl::new(config.context())?;
        ssl.set_accept_state();
        ssl.set_mtu(settings.mtu.get())?;
        ffi::set_retransmission_timeout(&mut ssl, settings.retransmit_timeout)?;
        let attachment = Attachment::attach(&mut ssl, secrets)?;
        let refusal = verify::configure_server(&mut ssl, config.client_mode());
        Ok(Accepted {
            stream: SslStream::new(ssl, Transport::default())?,
            attachment,
            refusal,
            settings: settings.clone(),
            asks_for_psk: config.asks_for_psk(),
            client_random: [0; 32],
            half_open: None,
        })
    }
}

impl Listener {
    /// A listener with fresh secrets, or with those that the configuration shares.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn new(config: ServerConfig, now: Instant) -> Result<Self, ConfigError> {
        let secrets = Secrets::new(config.cookie_secret(), config.ticket_key(), now)?;
        let secrets = Arc::new(Mutex::new(secrets));
        let next = Accepted::awaiting(&config, &secrets)?;
        Ok(Listener {
            config,
            secrets,
            totals: Totals::default(),
            next,
        })
    }

    /// Serves new clients with another configuration. Cookies that are on their way stay valid, and so do tickets.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`]; the old configuration then stays.
    pub fn set_config(&mut self, config: ServerConfig, now: Instant) -> Result<(), ConfigError> {
        let next = Accepted::awaiting(&config, &self.secrets)?;
        self.secrets
            .lock()
            .share(config.cookie_secret(), config.ticket_key(), now)?;
        self.next = next;
        self.config = config;
        Ok(())
    }

    /// What the server has seen so far.
    pub fn statistics(&self) -> ServerStatistics {
        *self.totals.lock()
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        self.config.settings()
    }

    /// Takes a datagram of a client that has no session.
    pub fn handle(&mut self, address: SocketAddr, datagram: &[u8], now: Instant) -> Contact {
        let Some(hello) = ClientHello::parse(datagram) else {
            return Contact::Drop;
        };
        self.answer(address, datagram, &hello, now).unwrap_or(Contact::Drop)
    }

    fn answer(
        &mut self,
        address: SocketAddr,
        datagram: &[u8],
        hello: &ClientHello,
        now: Instant,
    ) -> Result<Contact, ConfigError> {
        self.secrets.lock().rotate(now)?;
        self.next.attachment.set_client(Binding::new(address, &hello.random));
        let transport = self.next.stream.get_mut();
        transport.outgoing().clear();
        transport.feed_unchanged(datagram);
        if clock::at(now, || ffi::listen(self.next.stream.ssl())) {
            return self.accept(hello);
        }
        let mut reply = Vec::new();
        let replied = self.next.stream.get_mut().outgoing().pop_into(&mut reply);
        if !replied || reply.len() > datagram.len() {
            return Ok(Contact::Drop);
        }
        let mut totals = self.totals.lock();
        totals.hello_verify_requests += 1;
        totals.cookie_failures += u64::from(hello.has_cookie);
        Ok(Contact::Reply(reply))
    }

    fn accept(&mut self, hello: &ClientHello) -> Result<Contact, ConfigError> {
        let next = Accepted::awaiting(&self.config, &self.secrets)?;
        let mut accepted = std::mem::replace(&mut self.next, next);
        accepted.stream.get_mut().begin_at(hello.sequence);
        accepted.client_random = hello.random;
        accepted.half_open = Some(HalfOpen::new(self.totals.clone()));
        Ok(Contact::Accepted(Box::new(accepted)))
    }
}
