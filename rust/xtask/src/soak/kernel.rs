//! What Linux knows of a process: its memory, and the datagrams that were dropped in front of its sockets.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs;

/// Whether this system has the files that are read here.
pub(super) const TELLS_DROPS: bool = cfg!(target_os = "linux");

/// The resident memory of a process, in KiB.
pub(super) fn resident_kib(process: u32) -> Result<u64> {
    let status = read(&format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB"));
    number
        .and_then(|number| number.trim().parse().ok())
        .context("no memory is told")
}

/// How many datagrams the UDP sockets that a process has open now have lost because their buffers were full.
pub(super) fn drops(process: u32) -> Result<u64> {
    let sockets = sockets(process)?;
    let mut sum = 0;
    for table in ["/proc/net/udp", "/proc/net/udp6"] {
        sum += drops_in(&read(table)?, &sockets);
    }
    Ok(sum)
}

/// The same of all processes, since the system was started.
pub(super) fn drops_of_all() -> Result<u64> {
    drops_of_all_in(&read("/proc/net/snmp")?).context("no UDP errors are told")
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {path}"))
}

/// The inodes of the sockets of a process.
fn sockets(process: u32) -> Result<HashSet<String>> {
    let folder = format!("/proc/{process}/fd");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))?;
    let inode = |entry: fs::DirEntry| {
        let target = fs::read_link(entry.path()).ok()?;
        let inode = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(inode.to_owned())
    };
    Ok(entries.filter_map(|entry| inode(entry.ok()?)).collect())
}

/// proc(5): the tenth column is the inode, the last one the drops.
fn drops_in(table: &str, inodes: &HashSet<String>) -> u64 {
    let drops = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_ours = columns.get(9).is_some_and(|inode| inodes.contains(*inode));
        columns.last().filter(|_| is_ours)?.parse::<u64>().ok()
    };
    table.lines().skip(1).filter_map(drops).sum()
}

/// The names stand in one line, the numbers in the next.
fn drops_of_all_in(table: &str) -> Option<u64> {
    let mut lines = table.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let position = names.split(' ').position(|name| name == "RcvbufErrors")?;
    numbers.split(' ').nth(position)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{drops_in, drops_of_all_in};

    const UDP: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  100: 0100007F:1092 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 12
  101: 0100007F:1093 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 500
  102: 0100007F:1094 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4713 2 0000000000000000 3
";

    #[test]
    fn the_drops_of_ones_own_sockets_are_added() {
        let own = ["4711".to_owned(), "4713".to_owned()].into();
        assert_eq!(drops_in(UDP, &own), 15);
    }

    #[test]
    fn the_drops_of_all_are_found_by_their_name() {
        let table = "Tcp: InErrs\nTcp: 9\nUdp: InDatagrams NoPorts RcvbufErrors\nUdp: 1 2 3\nUdpLite: RcvbufErrors\n";
        assert_eq!(drops_of_all_in(table), Some(3));
        assert_eq!(drops_of_all_in("Tcp: InErrs\nTcp: 9\n"), None);
    }
}
