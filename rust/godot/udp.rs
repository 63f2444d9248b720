//! The UDP socket under a connection.

use std::net::{IpAddr, SocketAddr};

use godot::builtin::PackedByteArray;
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::init::is_main_thread;
use godot::meta::ToGodot;
use godot::obj::Gd;

/// The socket reported an error in place of the number of its datagrams.
pub(super) struct SocketError;

/// The metadata that marks a socket which the script has connected itself.
const CONNECTED_BY_SCRIPT: &str = "_openssl_dtls_connected_by_script";

/// A `PacketPeerUDP` that is connected to one remote address.
pub(super) struct Udp {
    socket: Gd<PacketPeerUdp>,
    made_by_server: bool,
    /// It was made on the main thread, where its `UDPServer` must be then.
    of_main_thread: bool,
    /// What is being sent, kept for its memory.
    outgoing: PackedByteArray,
}

impl Udp {
    /// A socket that the script has connected and goes on to own.
    pub(super) fn connected(mut socket: Gd<PacketPeerUdp>) -> Self {
        socket.set_meta(CONNECTED_BY_SCRIPT, &true.to_variant());
        Self::new(socket, false)
    }

    /// A socket on which a client is expected: one that `UDPServer` made, or one that the script has connected.
    ///
    /// `UDPServer` fills in where the datagrams come from, other sockets learn it when they receive. So a socket that
    /// does not know it yet is the script's, and is marked as such: it is given to us again when the client comes back
    /// with its cookie, and knows it then.
    pub(super) fn accepted(socket: Gd<PacketPeerUdp>) -> Self {
        if socket.get_packet_port() == 0 || socket.has_meta(CONNECTED_BY_SCRIPT) {
            Self::connected(socket)
        } else {
            Self::new(socket, true)
        }
    }

    fn new(socket: Gd<PacketPeerUdp>, made_by_server: bool) -> Self {
        Udp {
            socket,
            made_by_server,
            of_main_thread: is_main_thread(),
            outgoing: PackedByteArray::new(),
        }
    }

    /// The socket itself.
    pub(super) fn socket(&self) -> Gd<PacketPeerUdp> {
        self.socket.clone()
    }

    /// How many datagrams can be received.
    pub(super) fn pending(&self) -> Result<usize, SocketError> {
        usize::try_from(self.socket.get_available_packet_count()).map_err(|_| SocketError)
    }

    /// The next datagram, which may be empty.
    pub(super) fn receive(&mut self) -> PackedByteArray {
        self.socket.get_packet()
    }

    /// Where the datagram that was received last came from.
    pub(super) fn sender(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.socket.get_packet_ip().to_string().parse().ok()?;
        let port = u16::try_from(self.socket.get_packet_port()).ok()?;
        Some(SocketAddr::new(address, port))
    }

    /// Sends one datagram. `ERR_BUSY`: the system's buffer is full. Any other error: the socket refuses.
    pub(super) fn send(&mut self, datagram: &[u8]) -> Error {
        // Asking for the length costs less than a resize that changes nothing.
        if self.outgoing.len() != datagram.len() {
            self.outgoing.resize(datagram.len());
        }
        self.outgoing.as_mut_slice().copy_from_slice(datagram);
        self.socket.put_packet(&self.outgoing)
    }

    /// Gives a socket that `UDPServer` made back to it, so that the same remote address can make a new one.
    ///
    /// Letting go of our reference would not be enough: as long as the script or C#'s garbage collector holds one, the
    /// server would go on to deliver the client's datagrams to the old socket. What the script itself has connected
    /// stays open.
    ///
    /// C#'s garbage collector comes here from a thread of its own, while the main thread may be in `UDPServer.poll()`,
    /// which knows its sockets without counting as a reference to them. The main thread then closes the socket, at the
    /// end of the frame.
    pub(super) fn release(&mut self) {
        if !self.made_by_server {
            return;
        }
        if self.of_main_thread && !is_main_thread() {
            // A queued call holds its arguments, here the socket.
            let close = self.socket.callable("close").unbind(1);
            close.call_deferred(&[self.socket.to_variant()]);
        } else {
            self.socket.close();
        }
    }
}
