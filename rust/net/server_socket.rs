//! The socket of a server.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::{ReceiveBuffer, lost, refused, segments};
use crate::core::{Outlet, Refused};

/// After so many datagrams those that follow are taken many at once. To get ready for that costs as much as a few calls do.
pub(super) const FEW: usize = 4;

/// After so many errors one behind the other there is nothing to be had now. Each may have stood for a datagram that did
/// not arrive somewhere, but one that stays would come for ever.
pub(super) const MAX_ERRORS_IN_A_ROW: u64 = 32;

/// A UDP socket that all clients of a server send to.
pub(crate) struct ServerSocket {
    socket: UdpSocket,
    /// IPv4 addresses have to be given to it in their form for IPv6.
    is_ipv6: bool,
}

impl ServerSocket {
    /// Binds to `address`, or to all of both families, and asks the system to keep so many bytes of what has come.
    pub(crate) fn bind(address: Option<IpAddr>, port: u16, receive_buffer: usize) -> io::Result<Self> {
        match address {
            Some(address) => Self::bind_to(SocketAddr::new(address, port), receive_buffer),
            None => {
                let everywhere = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
                match Self::bind_to(everywhere, receive_buffer) {
                    Err(error) if !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
                        // A system without IPv6.
                        Self::bind_to(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), receive_buffer)
                    }
                    result => result,
                }
            }
        }
    }

    fn bind_to(address: SocketAddr, receive_buffer: usize) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        socket.set_nonblocking(true)?;
        // Less is granted without a word, and on some systems it is an error to ask for too much.
        let _ = socket.set_recv_buffer_size(receive_buffer);
        socket.bind(&address.into())?;
        Ok(ServerSocket {
            socket: socket.into(),
            is_ipv6: address.is_ipv6(),
        })
    }

    /// The port that it is bound to.
    pub(crate) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// How many bytes of what has come the system keeps.
    pub(crate) fn receive_buffer(&self) -> io::Result<usize> {
        let size = socket2::SockRef::from(&self.socket).recv_buffer_size()?;
        // Linux tells twice of what was asked for: the other half is for its own notes.
        Ok(if cfg!(target_os = "linux") { size / 2 } else { size })
    }

    /// How many datagrams the system has lost, because they did not fit. None: it does not tell.
    pub(crate) fn lost(&self) -> Option<u64> {
        lost::count(&self.socket)
    }

    /// Gives `take` the datagrams that have come, with their senders, `most` of them at most. Returns how many errors the
    /// socket has reported.
    pub(crate) fn drain(
        &self,
        buffer: &mut ReceiveBuffer,
        most: usize,
        mut take: impl FnMut(SocketAddr, &[u8]),
    ) -> u64 {
        drain_from(most, |at_once| {
            buffer.receive(&self.socket, at_once, |from, datagram| take(canonical(from), datagram))
        })
    }

    /// Sends `datagrams` to `address`, each of `size` bytes but for the last: with one call where the system can. Returns
    /// how many of them it has refused.
    pub(super) fn send_run(&self, address: SocketAddr, datagrams: &[u8], size: usize) -> u64 {
        if datagrams.len() > size
            && let Ok(size) = u16::try_from(size)
            && segments::send(&self.socket, self.mapped(address), datagrams, size).is_ok()
        {
            return 0;
        }
        let is_refused = |datagram: &&[u8]| self.send(address, datagram).is_err();
        datagrams.chunks(size.max(1)).filter(is_refused).count() as u64
    }

    /// The address in the form that the socket takes.
    fn mapped(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.is_ipv6 => SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0).into(),
            other => other,
        }
    }
}

impl Outlet for ServerSocket {
    fn send(&self, address: SocketAddr, datagram: &[u8]) -> Result<(), Refused> {
        match self.socket.send_to(datagram, self.mapped(address)) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

/// Calls `receive` with how many datagrams it may take, until nothing is there or `most` were taken. Returns how many
/// errors there were.
fn drain_from(most: usize, mut receive: impl FnMut(usize) -> io::Result<usize>) -> u64 {
    let (mut left, mut errors, mut in_a_row) = (most, 0, 0);
    while left > 0 && in_a_row < MAX_ERRORS_IN_A_ROW {
        // Sandboxes know of calls that take one, and may refuse the one that takes many.
        let at_once = if most - left < FEW || errors > 0 { 1 } else { left };
        match receive(at_once) {
            Ok(count) => (left, in_a_row) = (left.saturating_sub(count), 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => (left, errors, in_a_row) = (left - 1, errors + 1, in_a_row + 1),
        }
    }
    errors
}

/// A client of IPv4 has the same address whatever socket it has sent to.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(v4) => SocketAddr::new(v4.into(), address.port()),
        IpAddr::V6(_) => address,
    }
}

#[cfg(all(test, unix))]
impl ServerSocket {
    /// One that reports an error whenever it is asked: a TCP socket without a connection.
    pub(super) fn broken() -> io::Result<Self> {
        let tcp = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        Ok(ServerSocket {
            socket: tcp.into(),
            is_ipv6: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &ServerSocket, from: &UdpSocket) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut datagrams = Vec::new();
        // Loopback delivers before `send` returns.
        from.send(b"hello").unwrap();
        socket.drain(&mut ReceiveBuffer::new(), usize::MAX, |from, datagram| {
            datagrams.push((from, datagram.to_vec()));
        });
        datagrams
    }

    /// Those that this machine has: containers are often without IPv6.
    fn loopback_addresses() -> impl Iterator<Item = &'static str> {
        ["127.0.0.1", "::1"]
            .into_iter()
            .filter(|address| UdpSocket::bind((*address, 0)).is_ok())
    }

    fn client(address: &str, port: u16) -> UdpSocket {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.connect((address, port)).unwrap();
        socket
    }

    #[test]
    fn a_socket_for_all_addresses_has_clients_of_both_families() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        let port = socket.port().unwrap();
        for address in loopback_addresses() {
            let client = client(address, port);
            assert_eq!(
                received(&socket, &client),
                [(client.local_addr().unwrap(), b"hello".to_vec())]
            );
            socket.send(client.local_addr().unwrap(), b"back").unwrap();
            let mut buffer = [0; 16];
            assert_eq!(client.recv(&mut buffer).unwrap(), 4);
        }
    }

    #[test]
    fn a_port_is_taken_once() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        let port = socket.port().unwrap();
        for address in [None, Some(IpAddr::from([127, 0, 0, 1]))] {
            let other = ServerSocket::bind(address, port, 65_536);
            assert_eq!(other.err().map(|error| error.kind()), Some(ErrorKind::AddrInUse));
        }
    }

    #[test]
    fn a_buffer_is_granted_and_told() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        assert_eq!(socket.receive_buffer().unwrap(), 65_536);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_does_not_fit_the_buffer_is_counted() {
        let socket = ServerSocket::bind(None, 0, 4096).unwrap();
        for address in loopback_addresses() {
            let client = client(address, socket.port().unwrap());
            let before = socket.lost().unwrap();
            for _ in 0..1000 {
                client.send(&[0; 1000]).unwrap();
            }
            assert!(socket.lost().unwrap() > before);
        }
    }

    #[test]
    fn no_more_is_taken_than_is_wanted() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        let client = client("127.0.0.1", socket.port().unwrap());
        for _ in 0..5 {
            client.send(b"hello").unwrap();
        }
        let mut buffer = ReceiveBuffer::new();
        let mut count = |most| {
            let mut taken = 0;
            socket.drain(&mut buffer, most, |_, _| taken += 1);
            taken
        };
        assert_eq!([count(2), count(1), count(usize::MAX)], [2, 1, 2]);
    }

    #[test]
    fn a_run_arrives_as_the_datagrams_that_it_was() {
        for address in [None, Some(IpAddr::from([127, 0, 0, 1]))] {
            let socket = ServerSocket::bind(address, 0, 65_536).unwrap();
            let client = client("127.0.0.1", socket.port().unwrap());
            let refused = socket.send_run(client.local_addr().unwrap(), b"one,two,end", 4);
            let mut buffer = [0; 16];
            let received = [b"one,".as_slice(), b"two,", b"end"].map(|expected| {
                let length = client.recv(&mut buffer).unwrap();
                (buffer[..length].to_vec(), expected)
            });
            assert_eq!(refused, 0);
            assert!(
                received.iter().all(|(datagram, expected)| datagram == expected),
                "{received:?}"
            );
        }
    }

    /// Linux takes up to 64 or 128 datagrams in one call.
    #[test]
    fn a_run_that_the_system_does_not_take_goes_out_one_by_one() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        let client = client("127.0.0.1", socket.port().unwrap());
        let refused = socket.send_run(client.local_addr().unwrap(), &[7; 200], 1);
        assert_eq!(refused, 0);
        let mut buffer = [0; 200];
        for _ in 0..200 {
            assert_eq!(client.recv(&mut buffer).unwrap(), 1);
        }
    }

    #[test]
    fn what_is_refused_of_a_run_is_counted() {
        let socket = ServerSocket::bind(Some(IpAddr::from([127, 0, 0, 1])), 0, 65_536).unwrap();
        // Port 0 is nobody's.
        let nobody = SocketAddr::from(([127, 0, 0, 1], 0));
        assert_eq!(socket.send_run(nobody, b"one,two,end", 4), 3);
    }

    #[test]
    fn nothing_comes_and_nobody_waits() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        assert_eq!(
            socket.drain(&mut ReceiveBuffer::new(), 1, |_, _| panic!("nobody has sent")),
            0
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_error_that_stays_is_soon_left_alone() {
        let errors = ServerSocket::broken()
            .unwrap()
            .drain(&mut ReceiveBuffer::new(), 8192, |_, _| panic!("nobody has sent"));
        assert_eq!(errors, MAX_ERRORS_IN_A_ROW);
    }

    #[test]
    fn errors_between_datagrams_end_nothing() {
        let mut waiting = 100;
        let mut is_error = false;
        let errors = drain_from(8192, |_| {
            is_error = !is_error;
            match waiting {
                0 => Err(ErrorKind::WouldBlock.into()),
                _ if is_error => Err(ErrorKind::ConnectionReset.into()),
                _ => {
                    waiting -= 1;
                    Ok(1)
                }
            }
        });
        assert_eq!((waiting, errors), (0, 100));
    }

    #[test]
    fn where_only_one_is_given_at_a_time_all_are_taken() {
        let mut waiting = 1000;
        let errors = drain_from(8192, |at_once| match (waiting, at_once) {
            (0, _) => Err(ErrorKind::WouldBlock.into()),
            (_, 1) => {
                waiting -= 1;
                Ok(1)
            }
            _ => Err(ErrorKind::PermissionDenied.into()),
        });
        assert_eq!((waiting, errors), (0, 1));
    }
}
