//! OpenSSL's DTLS as it is, with nothing of this library around it.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslStream};

use super::{Identity, MTU};

/// A peer that takes any other.
pub(crate) struct PlainPeer {
    stream: SslStream<Datagrams>,
    is_connected: bool,
    /// OpenSSL's reason, once it has given up.
    pub(crate) failure: Option<String>,
}

#[derive(Debug, Default)]
struct Datagrams {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
}

impl PlainPeer {
    pub(crate) fn client() -> Self {
        Self::client_with(|_| ())
    }

    /// A client that is made otherwise.
    pub(crate) fn client_with(choose: impl Fn(&mut SslContextBuilder)) -> Self {
        let mut ssl = ssl(choose);
        ssl.set_connect_state();
        Self::with(ssl)
    }

    /// A server with this identity, that asks for no cookie.
    pub(crate) fn server_with(identity: &Identity, choose: impl Fn(&mut SslContextBuilder)) -> Self {
        let mut ssl = ssl(|context| {
            context.set_certificate(identity.leaf()).unwrap();
            context.set_private_key(&identity.key).unwrap();
            choose(context);
        });
        ssl.set_accept_state();
        Self::with(ssl)
    }

    fn with(ssl: Ssl) -> Self {
        PlainPeer {
            stream: SslStream::new(ssl, Datagrams::default()).unwrap(),
            is_connected: false,
            failure: None,
        }
    }

    /// Puts a datagram into its socket.
    pub(crate) fn take(&mut self, datagram: &[u8]) {
        self.stream.get_mut().incoming.push_back(datagram.to_vec());
    }

    /// Goes on with the handshake, as far as its datagrams and its timer carry it. Gives back what it sends.
    pub(crate) fn advance(&mut self) -> Vec<Vec<u8>> {
        if self.failure.is_none() {
            let result = self.stream.do_handshake();
            self.is_connected = result.is_ok();
            let errors = result.as_ref().err().and_then(|error| error.ssl_error());
            self.failure = errors.map(|errors| errors.to_string());
        }
        std::mem::take(&mut self.stream.get_mut().outgoing)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected
    }
}

fn ssl(choose: impl Fn(&mut SslContextBuilder)) -> Ssl {
    let mut context = SslContext::builder(SslMethod::dtls()).unwrap();
    context.set_options(SslOptions::NO_QUERY_MTU);
    choose(&mut context);
    let mut ssl = Ssl::new(&context.build()).unwrap();
    ssl.set_mtu(MTU as u32).unwrap();
    ssl
}

impl Read for Datagrams {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        datagram.as_slice().read(buffer)
    }
}

impl Write for Datagrams {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outgoing.push(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
