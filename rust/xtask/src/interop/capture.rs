//! Datagrams that went over the wire, taken apart by the letter of RFC 6347, section 4.3.1.

use anyhow::{Result, ensure};

const RECORD_HEADER: usize = 13;
const APPLICATION_DATA: u8 = 23;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    FromClient,
    FromServer,
}

/// Datagrams of both directions, in order.
#[derive(Default)]
pub(super) struct Capture(Vec<(Direction, Vec<u8>)>);

impl Capture {
    pub(super) fn push(&mut self, direction: Direction, datagram: &[u8]) {
        self.0.push((direction, datagram.to_vec()));
    }

    /// Checks that no datagram of the handshake in that direction has more than `mtu` bytes of UDP payload, from the
    /// first one on, and that together they have at least `least`: so what was sent had to be cut.
    pub(super) fn check_handshake(&self, direction: Direction, mtu: usize, least: usize) -> Result<()> {
        let mut bytes = 0;
        for datagram in self.handshake(direction) {
            let length = datagram.len();
            ensure!(is_dtls(datagram), "not made of DTLS records: {datagram:02x?}");
            ensure!(
                length <= mtu,
                "a datagram of the handshake has {length} bytes, which is more than {mtu}"
            );
            bytes += length;
        }
        ensure!(
            bytes >= least,
            "the handshake has {bytes} bytes only, less than {least}"
        );
        Ok(())
    }

    /// The datagrams of that direction before the first one with application data.
    fn handshake(&self, direction: Direction) -> impl Iterator<Item = &[u8]> {
        self.0
            .iter()
            .filter(move |(of, _)| *of == direction)
            .map(|(_, datagram)| datagram.as_slice())
            .take_while(|datagram| datagram.first() != Some(&APPLICATION_DATA))
    }
}

/// True if a datagram consists of records that end where it ends.
fn is_dtls(mut datagram: &[u8]) -> bool {
    while !datagram.is_empty() {
        let Some((header, rest)) = datagram.split_at_checked(RECORD_HEADER) else {
            return false;
        };
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        let Some((_, rest)) = rest.split_at_checked(length) else {
            return false;
        };
        datagram = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{APPLICATION_DATA, Capture, Direction, RECORD_HEADER};

    const HANDSHAKE: u8 = 22;

    fn record(content_type: u8, fragment: &[u8]) -> Vec<u8> {
        let mut record = vec![content_type, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        record.extend(u16::try_from(fragment.len()).unwrap().to_be_bytes());
        record.extend(fragment);
        record
    }

    fn capture(datagrams: &[Vec<u8>]) -> Capture {
        let mut capture = Capture::default();
        for datagram in datagrams {
            capture.push(Direction::FromServer, datagram);
        }
        capture
    }

    fn problem(capture: &Capture) -> String {
        let limit = RECORD_HEADER + 100;
        let result = capture.check_handshake(Direction::FromServer, limit, 150);
        result.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_flight_that_fits_is_good() {
        let flight = [record(HANDSHAKE, &[1; 100]), record(HANDSHAKE, &[2; 100])];
        assert_eq!(problem(&capture(&flight)), "");
    }

    #[test]
    fn a_datagram_that_is_too_large_is_found() {
        let flight = [record(HANDSHAKE, &[1; 100]), record(HANDSHAKE, &[2; 101])];
        assert!(problem(&capture(&flight)).contains("114 bytes"));
    }

    #[test]
    fn a_flight_without_much_in_it_proves_nothing() {
        assert!(problem(&capture(&[record(HANDSHAKE, &[1; 100])])).contains("113 bytes only"));
    }

    #[test]
    fn what_comes_after_the_handshake_may_be_larger() {
        let datagrams = [
            record(HANDSHAKE, &[1; 100]),
            record(HANDSHAKE, &[2; 100]),
            record(APPLICATION_DATA, &[3; 1000]),
        ];
        assert_eq!(problem(&capture(&datagrams)), "");
    }

    #[test]
    fn the_other_direction_does_not_count() {
        let mut capture = capture(&[record(HANDSHAKE, &[1; 100]), record(HANDSHAKE, &[2; 100])]);
        capture.push(Direction::FromClient, &record(HANDSHAKE, &[3; 1000]));
        assert_eq!(problem(&capture), "");
    }

    #[test]
    fn what_is_not_dtls_is_found() {
        assert!(problem(&capture(&[vec![1, 2, 3]])).contains("not made of DTLS"));
    }
}
