//! Datagrams that are gathered to be sent together.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::ServerSocket;

/// What Linux takes in one call: as many datagrams, and as many bytes as one of the largest has.
const MAX_RUN: usize = 64;
const MAX_RUN_BYTES: usize = 65_507;

/// So many bytes are gathered before they go out in any case.
const MAX_BYTES: usize = 1 << 20;

/// So many runs' memory is kept, and none that is larger: a few packets for each of a thousand peers.
const MAX_SPARE: usize = 1024;
const LARGEST_SPARE: usize = 4096;

/// Datagrams in the order in which each peer is to get them. Those of one size to one peer lie together.
#[derive(Default)]
pub(crate) struct Batch {
    runs: Vec<Run>,
    /// The memory of earlier runs.
    spare: Vec<Vec<u8>>,
    /// The last run for each address, which the next datagram may still join.
    last: HashMap<SocketAddr, usize>,
    bytes: usize,
    refused: u64,
}

/// Datagrams to one address. All are of one size, but the last may be smaller.
struct Run {
    address: SocketAddr,
    size: usize,
    datagrams: Vec<u8>,
}

impl Run {
    fn new(address: SocketAddr, datagram: &[u8], mut memory: Vec<u8>) -> Self {
        memory.clear();
        memory.extend_from_slice(datagram);
        Run {
            address,
            size: datagram.len(),
            datagrams: memory,
        }
    }

    /// Takes a further datagram. False: it does not fit here.
    fn join(&mut self, datagram: &[u8]) -> bool {
        let has_room = self.datagrams.len() < MAX_RUN * self.size
            && self.datagrams.len() + datagram.len() <= MAX_RUN_BYTES
            && self.datagrams.len().is_multiple_of(self.size);
        let fits = has_room && (1..=self.size).contains(&datagram.len());
        if fits {
            self.datagrams.extend_from_slice(datagram);
        }
        fits
    }
}

impl Batch {
    /// Adds a datagram.
    pub(crate) fn push(&mut self, address: SocketAddr, datagram: &[u8]) {
        self.bytes += datagram.len();
        let last = self.last.get(&address).and_then(|index| self.runs.get_mut(*index));
        if !last.is_some_and(|run| run.join(datagram)) {
            self.last.insert(address, self.runs.len());
            let memory = self.spare.pop().unwrap_or_default();
            self.runs.push(Run::new(address, datagram, memory));
        }
    }

    /// True if it holds so much that it had better be sent.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= MAX_BYTES
    }

    /// Sends everything.
    pub(crate) fn send(&mut self, socket: &ServerSocket) {
        self.last.clear();
        self.bytes = 0;
        for run in self.runs.drain(..) {
            self.refused += socket.send_run(run.address, &run.datagrams, run.size);
            if self.spare.len() < MAX_SPARE && run.datagrams.capacity() <= LARGEST_SPARE {
                self.spare.push(run.datagrams);
            }
        }
    }

    /// How many datagrams the socket has refused since the last call.
    pub(crate) fn take_refused(&mut self) -> u64 {
        std::mem::take(&mut self.refused)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};

    use super::*;

    const ONE: ([u8; 4], u16) = ([127, 0, 0, 1], 1);
    const TWO: ([u8; 4], u16) = ([127, 0, 0, 1], 2);

    /// The sizes of what goes into each run.
    fn runs(datagrams: &[(([u8; 4], u16), usize)]) -> Vec<(u16, usize, usize)> {
        let mut batch = Batch::default();
        for (address, size) in datagrams {
            batch.push((*address).into(), &vec![7; *size]);
        }
        let shape = |run: &Run| (run.address.port(), run.size, run.datagrams.len());
        batch.runs.iter().map(shape).collect()
    }

    #[test]
    fn datagrams_of_one_size_to_one_peer_lie_together() {
        assert_eq!(
            runs(&[(ONE, 90), (TWO, 90), (ONE, 90), (TWO, 90)]),
            [(1, 90, 180), (2, 90, 180)]
        );
    }

    #[test]
    fn a_smaller_datagram_is_the_last_of_its_run() {
        assert_eq!(runs(&[(ONE, 90), (ONE, 40), (ONE, 40)]), [(1, 90, 130), (1, 40, 40)]);
    }

    #[test]
    fn a_larger_datagram_begins_a_run() {
        assert_eq!(runs(&[(ONE, 40), (ONE, 90)]), [(1, 40, 40), (1, 90, 90)]);
    }

    #[test]
    fn a_run_has_no_more_than_one_call_takes() {
        let sizes = |size, count| runs(&vec![(ONE, size); count]);
        assert_eq!(sizes(10, 65), [(1, 10, 640), (1, 10, 10)]);
        assert_eq!(sizes(30_000, 3), [(1, 30_000, 60_000), (1, 30_000, 30_000)]);
    }

    #[test]
    fn a_batch_sends_each_peer_its_datagrams_in_order() {
        let socket = ServerSocket::bind(None, 0, 65_536).unwrap();
        let clients = [1, 2].map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let mut batch = Batch::default();
        for round in 0..2 {
            let datagrams: [&[u8]; 5] = [b"one", b"two", b"2", b"three", b"four"];
            for datagram in datagrams {
                clients
                    .iter()
                    .for_each(|client| batch.push(client.local_addr().unwrap(), datagram));
            }
            batch.send(&socket);
            for client in &clients {
                let mut buffer = [0; 16];
                let received = datagrams.map(|_| {
                    let length = client.recv(&mut buffer).unwrap();
                    buffer[..length].to_vec()
                });
                assert_eq!(received.as_slice(), datagrams, "batch {round}");
            }
        }
        assert_eq!(batch.take_refused(), 0);
    }

    #[test]
    fn what_is_refused_is_told_once() {
        let socket = ServerSocket::bind(Some(Ipv4Addr::LOCALHOST.into()), 0, 65_536).unwrap();
        let mut batch = Batch::default();
        // Port 0 is nobody's.
        (0..3).for_each(|_| batch.push((Ipv4Addr::LOCALHOST, 0).into(), b"one"));
        batch.send(&socket);
        assert_eq!((batch.take_refused(), batch.take_refused()), (3, 0));
    }

    #[test]
    fn little_memory_is_kept() {
        let socket = ServerSocket::bind(Some(Ipv4Addr::LOCALHOST.into()), 0, 65_536).unwrap();
        let mut batch = Batch::default();
        for port in 0..2 * MAX_SPARE as u16 {
            let size = if port < 8 { LARGEST_SPARE + 1 } else { 100 };
            batch.push((Ipv4Addr::LOCALHOST, port).into(), &vec![7; size]);
        }
        batch.send(&socket);
        assert_eq!(batch.spare.len(), MAX_SPARE);
        assert!(batch.spare.iter().all(|memory| memory.capacity() <= LARGEST_SPARE));
    }

    #[test]
    fn a_batch_is_full_at_some_size() {
        let mut batch = Batch::default();
        for _ in 0..MAX_BYTES / 1024 {
            assert!(!batch.is_full());
            batch.push(ONE.into(), &[0; 1024]);
        }
        assert!(batch.is_full());
    }
}
