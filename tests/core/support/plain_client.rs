//! OpenSSL's DTLS client as it is, with nothing of this library around it.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslStream};

use super::MTU;

/// A client that takes any server.
pub(crate) struct PlainClient {
    stream: SslStream<Datagrams>,
    is_connected: bool,
}

#[derive(Debug, Default)]
struct Datagrams {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
}

impl PlainClient {
    pub(crate) fn new() -> Self {
        let mut context = SslContext::builder(SslMethod::dtls_client()).unwrap();
        context.set_options(SslOptions::NO_QUERY_MTU);
        let mut ssl = Ssl::new(&context.build()).unwrap();
        ssl.set_mtu(MTU as u32).unwrap();
        ssl.set_connect_state();
        PlainClient {
            stream: SslStream::new(ssl, Datagrams::default()).unwrap(),
            is_connected: false,
        }
    }

    /// Puts a datagram into its socket.
    pub(crate) fn take(&mut self, datagram: &[u8]) {
        self.stream.get_mut().incoming.push_back(datagram.to_vec());
    }

    /// Goes on with the handshake, as far as its datagrams and its timer carry it. Gives back what it sends.
    pub(crate) fn advance(&mut self) -> Vec<Vec<u8>> {
        self.is_connected = self.stream.do_handshake().is_ok();
        std::mem::take(&mut self.stream.get_mut().outgoing)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected
    }
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
