//! First contact: nothing that lasts is allocated for a client before it has proved its address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslStream};
use parking_lot::Mutex;

use super::config::{ConfigError, ServerConfig};
use super::cookie::{Binding, Secrets};
use super::exchange::Exchange;
use super::hello::ClientHello;
use super::transport::Transport;
use super::{MTU, clock, ffi};

/// Answers the first ClientHellos of all clients of one server object (RFC 6347, section 4.2.1).
///
/// One `SSL` object is used for all of them. The one whose cookie is valid takes it along as its session.
pub struct Listener {
    config: ServerConfig,
    secrets: Arc<Mutex<Secrets>>,
    exchange: Arc<Exchange>,
    stream: SslStream<Transport>,
}

/// What [`Listener::handle`] makes of a datagram.
pub enum Contact {
    /// Send this HelloVerifyRequest back. It is never longer than what it answers.
    Reply(Vec<u8>),
    /// The client has proved its address: the handshake begins.
    Accepted(Accepted),
    /// Not a ClientHello. No answer.
    Drop,
}

/// A ClientHello with a valid cookie, on its way to become a session.
pub struct Accepted {
    pub(crate) stream: SslStream<Transport>,
    pub(crate) client_random: [u8; 32],
}

impl Listener {
    /// A listener with fresh cookie secrets.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`].
    pub fn new(config: ServerConfig, now: Instant) -> Result<Self, ConfigError> {
        let secrets = Arc::new(Mutex::new(Secrets::new(now)?));
        let (stream, exchange) = listening_stream(&config, &secrets)?;
        Ok(Listener {
            config,
            secrets,
            exchange,
            stream,
        })
    }

    /// Serves new clients with another identity. Cookies that are on their way stay valid.
    ///
    /// # Errors
    /// [`ConfigError::OpenSsl`]; the old identity then stays.
    pub fn set_config(&mut self, config: ServerConfig) -> Result<(), ConfigError> {
        (self.stream, self.exchange) = listening_stream(&config, &self.secrets)?;
        self.config = config;
        Ok(())
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
        self.exchange.set_client(Binding::new(address, &hello.random));
        let transport = self.stream.get_mut();
        transport.outgoing().clear();
        transport.feed_unchanged(datagram);
        if clock::at(now, || ffi::listen(self.stream.ssl())) {
            let (next, exchange) = listening_stream(&self.config, &self.secrets)?;
            self.exchange = exchange;
            let mut stream = std::mem::replace(&mut self.stream, next);
            stream.get_mut().begin_at(hello.sequence);
            return Ok(Contact::Accepted(Accepted {
                stream,
                client_random: hello.random,
            }));
        }
        let mut reply = Vec::new();
        let replied = self.stream.get_mut().outgoing().pop_into(&mut reply);
        Ok(if replied && reply.len() <= datagram.len() {
            Contact::Reply(reply)
        } else {
            Contact::Drop
        })
    }
}

fn listening_stream(
    config: &ServerConfig,
    secrets: &Arc<Mutex<Secrets>>,
) -> Result<(SslStream<Transport>, Arc<Exchange>), ErrorStack> {
    let mut ssl = Ssl::new(config.context())?;
    ssl.set_accept_state();
    ssl.set_mtu(MTU)?;
    let exchange = Exchange::attach(&mut ssl, secrets)?;
    Ok((SslStream::new(ssl, Transport::default())?, exchange))
}
