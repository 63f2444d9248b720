//! Where datagrams are received: many with one call, where the system can.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use super::MAX_DATAGRAM;

/// So many datagrams one call takes. More would not cost less each, but hold more of the processor's cache.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const BATCH: usize = 32;
/// So many datagrams one call takes.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const BATCH: usize = 1;

/// Memory for as many datagrams of any size as one call takes. The system gives a process only the pages that are used.
pub(crate) struct ReceiveBuffer(Vec<u8>);

impl ReceiveBuffer {
    pub(crate) fn new() -> Self {
        ReceiveBuffer(vec![0; BATCH * MAX_DATAGRAM])
    }

    /// Gives `take` the datagrams that one call gets, `most` of them at most. Returns how many they are.
    ///
    /// # Errors
    /// The socket's; [`io::ErrorKind::WouldBlock`] if nothing is there.
    pub(super) fn receive(
        &mut self,
        socket: &UdpSocket,
        most: usize,
        take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        match most.min(BATCH) {
            0 => Ok(0),
            1 => self.receive_one(socket, take),
            most => self.receive_many(socket, most, take),
        }
    }

    fn receive_one(&mut self, socket: &UdpSocket, mut take: impl FnMut(SocketAddr, &[u8])) -> io::Result<usize> {
        let (length, from) = socket.recv_from(self.0.get_mut(..MAX_DATAGRAM).unwrap_or_default())?;
        take(from, self.0.get(..length).unwrap_or_default());
        Ok(1)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn receive_many(
        &mut self,
        socket: &UdpSocket,
        most: usize,
        mut take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        use std::io::IoSliceMut;
        use std::os::fd::AsRawFd;

        use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};

        let slots = self.0.chunks_exact_mut(MAX_DATAGRAM).take(most);
        let mut slots: Vec<_> = slots.map(|slot| [IoSliceMut::new(slot)]).collect();
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(slots.len(), None);
        let messages = recvmmsg(
            socket.as_raw_fd(),
            &mut headers,
            slots.iter_mut(),
            MsgFlags::MSG_DONTWAIT,
            None,
        )?;
        let mut count = 0;
        for message in messages {
            count += 1;
            if let Some(from) = message.address.as_ref().and_then(address) {
                take(from, message.iovs().next().unwrap_or_default());
            }
        }
        Ok(count)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn receive_many(
        &mut self,
        socket: &UdpSocket,
        _most: usize,
        take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        self.receive_one(socket, take)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn address(address: &nix::sys::socket::SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::from(*v4));
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::from(*v6)))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn datagrams_of_all_sizes_come_whole_and_in_order() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut buffer = ReceiveBuffer::new();
        for sizes in [[0, 1, 1200], [65_507, 2, 60_000]] {
            let sent = sizes.map(|size| vec![7; size]);
            for datagram in &sent {
                client.send_to(datagram, socket.local_addr().unwrap()).unwrap();
            }
            let mut received = Vec::new();
            while received.len() < sent.len() {
                let count = buffer.receive(&socket, sent.len() - received.len(), |from, datagram| {
                    assert_eq!(from, client.local_addr().unwrap());
                    received.push(datagram.to_vec());
                });
                assert!((1..=BATCH).contains(&count.unwrap()));
            }
            assert!(received == sent, "{sizes:?}");
        }
        let nothing = buffer.receive(&socket, 1, |_, _| {});
        assert_eq!(nothing.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
