//! The socket of a client.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::refused;
use crate::core::Refused;

/// A UDP socket that knows one remote address and hears of no other.
pub(crate) struct ClientSocket(UdpSocket);

/// What [`ClientSocket::receive`] finds.
pub(crate) enum Received {
    /// A datagram of so many bytes.
    Datagram(usize),
    Nothing,
    /// Most often: nobody listens there.
    Error,
}

impl ClientSocket {
    /// A socket for `remote`. That anyone is there is not known yet, but that the system knows a way.
    pub(crate) fn connect(remote: SocketAddr) -> io::Result<Self> {
        let local = match remote {
            SocketAddr::V4(_) => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
            SocketAddr::V6(_) => SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0),
        };
        let socket = UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        socket.connect(remote)?;
        Ok(ClientSocket(socket))
    }

    /// Takes the next datagram into `buffer`.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Received {
        match self.0.recv(buffer) {
            Ok(length) => Received::Datagram(length),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Received::Nothing,
            Err(_) => Received::Error,
        }
    }

    /// Sends one datagram.
    pub(crate) fn send(&self, datagram: &[u8]) -> Result<(), Refused> {
        match self.0.send(datagram) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_go_both_ways() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let client = ClientSocket::connect(server.local_addr().unwrap()).unwrap();
        let mut buffer = [0; 16];
        assert!(matches!(client.receive(&mut buffer), Received::Nothing));
        client.send(b"there").unwrap();
        let (length, from) = server.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"there");
        server.send_to(b"back", from).unwrap();
        assert!(matches!(client.receive(&mut buffer), Received::Datagram(4)));
    }
}
