//! The UDP socket under a connection.

use std::net::{IpAddr, SocketAddr};

use godot::builtin::PackedByteArray;
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;

/// The socket reported an error in place of the number of its datagrams.
pub(super) struct SocketError;

/// A `PacketPeerUDP` that is connected to one remote address.
pub(super) struct Udp {
    socket: Gd<PacketPeerUdp>,
    made_by_server: bool,
    /// What is being sent, kept for its memory.
    outgoing: PackedByteArray,
}

impl Udp {
    /// A socket that the script has connected and goes on to own.
    pub(super) fn connected(socket: Gd<PacketPeerUdp>) -> Self {
        Udp {
            socket,
            made_by_server: false,
            outgoing: PackedByteArray::new(),
        }
    }

    /// A socket on which a client is expected: one that `UDPServer` made, or one that the script has connected.
    pub(super) fn accepted(socket: Gd<PacketPeerUdp>) -> Self {
        // Before the first read only a socket of `UDPServer` knows where its datagrams come from.
        let made_by_server = socket.get_packet_port() != 0;
        Udp {
            made_by_server,
            ..Udp::connected(socket)
        }
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
        self.outgoing.resize(datagram.len());
        self.outgoing.as_mut_slice().copy_from_slice(datagram);
        self.socket.put_packet(&self.outgoing)
    }

    /// Gives a socket that `UDPServer` made back to it, so that the same remote address can make a new one.
    ///
    /// Letting go of our reference would not be enough: as long as the script or C#'s garbage collector holds one, the
    /// server would go on to deliver the client's datagrams to the old socket. What the script itself has connected
    /// stays open.
    pub(super) fn release(&mut self) {
        if self.made_by_server {
            self.socket.close();
        }
    }
}
