//! A thread that takes what has come for a server off the system between two polls.
//!
//! Every system lets a socket keep only so much. What comes while a game loads a level, or computes a long frame, is lost
//! if it is more.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::receive_buffer::BATCH;
use super::server_socket::{FEW, MAX_ERRORS_IN_A_ROW};
use super::{MAX_DATAGRAMS, ReceiveBuffer, ServerSocket};

/// How often it looks. The 208 KiB that Linux grants hold what a thousand players send in 14 ms, with 20 packets a second
/// each.
const INTERVAL: Duration = Duration::from_millis(2);

/// So many bytes it keeps. What comes then stays in the system's buffer.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// It looks at these limits whenever it has taken so many datagrams.
const CHUNK: usize = FEW + BATCH;

/// What a burst has needed is given back.
const KEPT_BYTES: usize = 256 * 1024;

/// The thread. It ends when this is dropped.
pub(crate) struct ReceiveThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    socket: Arc<ServerSocket>,
    inbox: Mutex<Inbox>,
    is_ending: AtomicBool,
}

/// Datagrams, one behind the other.
#[derive(Default)]
pub(crate) struct Inbox {
    datagrams: Vec<(SocketAddr, usize)>,
    bytes: Vec<u8>,
    /// Errors that the socket has reported.
    errors: u64,
}

impl ReceiveThread {
    /// Starts to take what comes for `socket`.
    pub(crate) fn start(socket: Arc<ServerSocket>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            socket,
            inbox: Mutex::default(),
            is_ending: AtomicBool::new(false),
        });
        let theirs = shared.clone();
        let mut buffer = ReceiveBuffer::new();
        let thread = thread::Builder::new().name("dtls receive".to_owned()).spawn(move || {
            while !theirs.is_ending.load(Ordering::Relaxed) {
                thread::park_timeout(INTERVAL);
                theirs.inbox.lock().fill(&theirs.socket, &mut buffer);
            }
        })?;
        Ok(ReceiveThread {
            shared,
            thread: Some(thread),
        })
    }

    /// Puts all that has come so far into `inbox`, which is empty, in the order in which it came.
    pub(crate) fn take(&self, inbox: &mut Inbox, buffer: &mut ReceiveBuffer) {
        let mut shared = self.shared.inbox.lock();
        shared.fill(&self.shared.socket, buffer);
        std::mem::swap(&mut *shared, inbox);
    }
}

impl Drop for ReceiveThread {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It does not panic, and if it did the panic hook has said so.
            let _ = thread.join();
        }
    }
}

impl Inbox {
    /// Takes from the socket what there is room for.
    fn fill(&mut self, socket: &ServerSocket, buffer: &mut ReceiveBuffer) {
        let mut errors_in_a_row = 0;
        while self.datagrams.len() < MAX_DATAGRAMS && self.bytes.len() < MAX_BYTES {
            let before = self.datagrams.len();
            let errors = socket.drain(buffer, CHUNK, |from, datagram| {
                self.datagrams.push((from, datagram.len()));
                self.bytes.extend_from_slice(datagram);
            });
            self.errors += errors;
            let has_come = self.datagrams.len() > before;
            errors_in_a_row = if has_come { 0 } else { errors_in_a_row + errors };
            // Nothing is there, or nothing but errors.
            if !has_come && (errors == 0 || errors_in_a_row >= MAX_ERRORS_IN_A_ROW) {
                return;
            }
        }
    }

    /// Gives `take` each datagram, with its sender. Returns how many errors the socket has reported.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(SocketAddr, &[u8])) -> u64 {
        let mut rest = self.bytes.as_slice();
        for (from, length) in self.datagrams.drain(..) {
            let (datagram, behind) = rest.split_at_checked(length).unwrap_or_default();
            take(from, datagram);
            rest = behind;
        }
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        std::mem::take(&mut self.errors)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, UdpSocket};
    use std::time::Instant;

    use super::*;

    fn socket_and_client(receive_buffer: usize) -> (Arc<ServerSocket>, UdpSocket) {
        let socket = ServerSocket::bind(Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), 0, receive_buffer).unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        client.connect((Ipv4Addr::LOCALHOST, socket.port().unwrap())).unwrap();
        (Arc::new(socket), client)
    }

    /// Waits until the thread has taken what has come.
    fn settle(thread: &ReceiveThread, count: usize) {
        let limit = Instant::now() + Duration::from_secs(10);
        while thread.shared.inbox.lock().datagrams.len() < count {
            assert!(Instant::now() < limit, "the thread takes nothing");
            thread::yield_now();
        }
    }

    #[test]
    fn more_comes_between_two_polls_than_the_system_keeps() {
        let (socket, client) = socket_and_client(8192);
        let thread = ReceiveThread::start(socket.clone()).unwrap();
        for number in 0..100_u8 {
            client.send(&[number; 1000]).unwrap();
            settle(&thread, usize::from(number) + 1);
        }
        let mut inbox = Inbox::default();
        thread.take(&mut inbox, &mut ReceiveBuffer::new());
        let mut datagrams = Vec::new();
        let errors = inbox.drain(|from, datagram| datagrams.push((from, datagram.to_vec())));
        let from = client.local_addr().unwrap();
        let sent: Vec<_> = (0..100).map(|number| (from, vec![number; 1000])).collect();
        assert_eq!((datagrams, errors), (sent, 0));
    }

    #[test]
    fn what_the_thread_has_not_taken_yet_comes_along() {
        let (socket, client) = socket_and_client(65_536);
        let thread = ReceiveThread::start(socket).unwrap();
        let mut inbox = Inbox::default();
        let mut buffer = ReceiveBuffer::new();
        // Some of them within the thread's interval.
        for _ in 0..200 {
            client.send(b"hello").unwrap();
            thread.take(&mut inbox, &mut buffer);
            let mut count = 0;
            inbox.drain(|_, _| count += 1);
            assert_eq!(count, 1);
        }
    }

    #[test]
    fn a_thread_keeps_only_so_much() {
        let (socket, client) = socket_and_client(1 << 20);
        let mut inbox = Inbox::default();
        let mut buffer = ReceiveBuffer::new();
        for _ in 0..2 * MAX_BYTES / 60_000 {
            client.send(&[0; 60_000]).unwrap();
            inbox.fill(&socket, &mut buffer);
        }
        assert!(
            (MAX_BYTES..MAX_BYTES + 60_000).contains(&inbox.bytes.len()),
            "{}",
            inbox.bytes.len()
        );
        inbox.drain(|_, _| {});
        assert!(inbox.bytes.capacity() <= KEPT_BYTES);
        for _ in 0..2 * MAX_DATAGRAMS {
            client.send(b"").unwrap();
            inbox.fill(&socket, &mut buffer);
        }
        assert!((MAX_DATAGRAMS..MAX_DATAGRAMS + CHUNK).contains(&inbox.datagrams.len()));
    }

    #[cfg(unix)]
    #[test]
    fn an_error_that_stays_is_soon_left_alone() {
        let mut inbox = Inbox::default();
        inbox.fill(&ServerSocket::broken().unwrap(), &mut ReceiveBuffer::new());
        let errors = inbox.drain(|_, _| panic!("nobody has sent"));
        assert!(
            (MAX_ERRORS_IN_A_ROW..2 * MAX_ERRORS_IN_A_ROW).contains(&errors),
            "{errors}"
        );
    }

    #[test]
    fn the_socket_is_free_when_the_thread_has_ended() {
        let (socket, _client) = socket_and_client(65_536);
        let port = socket.port().unwrap();
        let thread = ReceiveThread::start(socket.clone()).unwrap();
        drop(socket);
        drop(thread);
        assert!(UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }
}
