//! What the system has lost of what has come for a socket, because nobody took it in time.

use std::net::UdpSocket;

/// How many datagrams. None: this system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn count(socket: &UdpSocket) -> Option<u64> {
    use std::fs;
    use std::os::fd::AsRawFd;

    // `socket:[inode]`
    let link = fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).ok()?;
    let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned();
    let table = match socket.local_addr().ok()?.is_ipv6() {
        true => "/proc/self/net/udp6",
        false => "/proc/self/net/udp",
    };
    find(&fs::read_to_string(table).ok()?, &inode)
}

/// How many datagrams. None: this system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn count(_socket: &UdpSocket) -> Option<u64> {
    None
}

/// Looks a socket up in the kernel's table, whose tenth column is the inode and whose last one is what was lost.
#[cfg(any(target_os = "linux", test))]
fn find(table: &str, inode: &str) -> Option<u64> {
    let line = table
        .lines()
        .find(|line| line.split_whitespace().nth(9) == Some(inode))?;
    line.split_whitespace().nth(12)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1234: 0100007F:1092 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5150 2 00000000 17
 1235: 0100007F:1093 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51500 2 00000000 0
";

    #[test]
    fn the_line_of_the_socket_has_the_number() {
        assert_eq!(find(TABLE, "5150"), Some(17));
        assert_eq!(find(TABLE, "515"), None);
    }
}
