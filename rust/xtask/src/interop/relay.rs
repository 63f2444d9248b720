//! Stands between a client and a server, and records the datagrams that pass.

use super::capture::{Capture, Direction};
use anyhow::Result;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The largest datagram there can be.
const LARGEST: usize = 65536;
/// How soon a thread notices that it has to end.
const PATIENCE: Duration = Duration::from_millis(100);

/// A running relay. The client that sent last gets the answers.
pub(super) struct Relay {
    port: u16,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    client: Mutex<Option<SocketAddr>>,
    capture: Mutex<Capture>,
}

impl Relay {
    /// Relays to the server at `port` of this machine.
    pub(super) fn start(port: u16) -> Result<Relay> {
        let front = socket()?;
        let back = socket()?;
        back.connect(("127.0.0.1", port))?;
        let relay_port = front.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let (to_server, to_client) = (back.try_clone()?, front.try_clone()?);
        let from_client = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                pump(&shared, &front, Direction::FromClient, |datagram, sender| {
                    *shared.client.lock().unwrap() = Some(sender);
                    to_server.send(datagram)
                });
            })
        };
        let from_server = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                pump(&shared, &back, Direction::FromServer, |datagram, _| {
                    let client = *shared.client.lock().unwrap();
                    client.map_or(Ok(0), |client| to_client.send_to(datagram, client))
                });
            })
        };
        Ok(Relay {
            port: relay_port,
            shared,
            threads: vec![from_client, from_server],
        })
    }

    /// Where clients connect to.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it. Returns what has passed.
    pub(super) fn stop(mut self) -> Capture {
        self.shut_down();
        std::mem::take(&mut *self.shared.capture.lock().unwrap())
    }

    fn shut_down(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic there has already been printed, and the capture lacks what it should have.
            let _ = thread.join();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn socket() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// Records and forwards what arrives, until the relay is stopped. A socket error is a lost datagram.
fn pump(
    shared: &Shared,
    incoming: &UdpSocket,
    direction: Direction,
    forward: impl Fn(&[u8], SocketAddr) -> io::Result<usize>,
) {
    let mut buffer = vec![0; LARGEST];
    while !shared.is_stopped.load(Ordering::Relaxed) {
        if let Ok((length, sender)) = incoming.recv_from(&mut buffer) {
            let datagram = &buffer[..length];
            shared.capture.lock().unwrap().push(direction, datagram);
            let _ = forward(datagram, sender);
        }
    }
}
