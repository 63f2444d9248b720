//! Many datagrams for one peer in one call, which the system cuts up: UDP's generic segmentation offload.

use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Sends `datagrams`, each of `size` bytes but for the last.
///
/// # Errors
/// Where the system, or the network's device, cannot do so. Nothing was sent then.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn send(socket: &UdpSocket, address: SocketAddr, datagrams: &[u8], size: u16) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};

    let address = SockaddrStorage::from(address);
    let buffers = [io::IoSlice::new(datagrams)];
    let control = [ControlMessage::UdpGsoSegments(&size)];
    sendmsg(
        socket.as_raw_fd(),
        &buffers,
        &control,
        MsgFlags::empty(),
        Some(&address),
    )?;
    Ok(())
}

/// Sends `datagrams`, each of `size` bytes but for the last.
///
/// # Errors
/// Always: nothing was sent.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn send(_socket: &UdpSocket, _address: SocketAddr, _datagrams: &[u8], _size: u16) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
