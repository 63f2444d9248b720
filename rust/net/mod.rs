//! Sockets of our own, for what the engine's cannot do: one for a server and all its clients, and one for a client.
//!
//! Nothing here blocks. An error of a socket is never more than a datagram that did not come or go: what the network
//! reports, anyone can forge.

mod batch;
mod client_socket;
mod lost;
mod receive_buffer;
mod receive_thread;
mod segments;
mod server_socket;

use std::io::{self, ErrorKind};

#[cfg(feature = "extension")]
pub(crate) use batch::Batch;
#[cfg(feature = "extension")]
pub(crate) use client_socket::{ClientSocket, Received};
pub(crate) use receive_buffer::ReceiveBuffer;
#[cfg(feature = "extension")]
pub(crate) use receive_thread::{Inbox, ReceiveThread};
pub(crate) use server_socket::ServerSocket;

use crate::core::Refused;

/// The largest UDP payload is 65507 bytes.
const MAX_DATAGRAM: usize = 65_536;

/// What a server takes between two polls and at each poll is no more, so that a flood cannot hold up a frame for ever.
pub(crate) const MAX_DATAGRAMS: usize = 8192;

/// What the system says when it has no memory for a datagram.
#[cfg(unix)]
const NO_BUFFERS: i32 = libc::ENOBUFS;
/// `WSAENOBUFS` of Windows.
#[cfg(not(unix))]
const NO_BUFFERS: i32 = 10055;

/// A buffer that every datagram fits into.
#[cfg(feature = "extension")]
pub(crate) fn buffer() -> Vec<u8> {
    vec![0; MAX_DATAGRAM]
}

/// Why a datagram was not sent.
fn refused(error: &io::Error) -> Refused {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Refused::Busy,
        _ if error.raw_os_error() == Some(NO_BUFFERS) => Refused::Busy,
        _ => Refused::Error,
    }
}
