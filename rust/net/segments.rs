//! Many datagrams for one peer in one call, which the system cuts up: UDP's generic segmentation offload.

use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Sends `datagrams`, each of `size` bytes but for the last.
///
/// # Errors
/// Where the system, or the network's device, cannot do so. Nothing was sent then.
#[cfg(target_os = "linux")]
pub(super) fn send(socket: &UdpSocket, address: SocketAddr, datagrams: &[u8], size: u16) -> io::Result<()> {
    use socket2::{MsgHdr, SockAddr, SockRef};

    let address = SockAddr::from(address);
    let buffers = [io::IoSlice::new(datagrams)];
    let control = control(size);
    let message = MsgHdr::new()
        .with_addr(&address)
        .with_buffers(&buffers)
        .with_control(&control);
    SockRef::from(socket).sendmsg(&message, 0).map(drop)
}

/// Sends `datagrams`, each of `size` bytes but for the last.
///
/// # Errors
/// Always: nothing was sent.
#[cfg(not(target_os = "linux"))]
pub(super) fn send(_socket: &UdpSocket, _address: SocketAddr, _datagrams: &[u8], _size: u16) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The control message `UDP_SEGMENT` of udp(7): its length without what pads it, its level, its type, the size.
#[cfg(target_os = "linux")]
fn control(size: u16) -> [u8; 2 * size_of::<usize>() + 8] {
    const HEADER: usize = size_of::<usize>() + 2 * size_of::<libc::c_int>();
    let mut control = [0; 2 * size_of::<usize>() + 8];
    let parts = [
        (HEADER + size_of::<u16>()).to_ne_bytes().as_slice(),
        &libc::SOL_UDP.to_ne_bytes(),
        &libc::UDP_SEGMENT.to_ne_bytes(),
        &size.to_ne_bytes(),
    ]
    .concat();
    for (byte, value) in control.iter_mut().zip(parts) {
        *byte = value;
    }
    control
}
