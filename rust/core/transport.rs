//! The two queues of datagrams that OpenSSL reads from and writes to: one read is one datagram, one write is one.
//!
//! A memory BIO would not do: it merges datagrams, and what it merges is larger than the MTU.
//!
//! The one exception are flights: OpenSSL sends one again with a write for each message, and here they share datagrams as
//! they did the first time. A flight of one datagram is not lost in part, and its messages do not overtake each other: of
//! a ChangeCipherSpec that comes before its time nothing is kept.

use std::io::{self, Read, Write};

use super::packets::{self, Packets};
use super::record::{self, ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE, Record};
use super::settings::Mtu;

/// What OpenSSL takes for its socket.
#[derive(Debug)]
pub(crate) struct Transport {
    /// The largest datagram that a flight is put into.
    mtu: usize,
    incoming: Vec<u8>,
    outgoing: Packets,
    sequence_offset: u64,
    /// The sequence number for the next plaintext record that OpenSSL reads.
    next_sequence: u64,
    /// That of the last plaintext record of a flight that it wrote.
    last_plaintext: u64,
}

impl Transport {
    /// A transport whose flights go out in datagrams of up to `mtu` bytes.
    pub(crate) fn new(mtu: Mtu) -> Self {
        Transport {
            mtu: mtu.get() as usize,
            incoming: Vec::new(),
            outgoing: Packets::default(),
            sequence_offset: 0,
            next_sequence: 0,
            last_plaintext: 0,
        }
    }

    /// Puts flights into datagrams of up to `mtu` bytes from now on.
    pub(crate) fn set_mtu(&mut self, mtu: Mtu) {
        self.mtu = mtu.get() as usize;
    }

    /// Appends a record to the datagram that OpenSSL will read next.
    ///
    /// Plaintext records are numbered anew. Nothing protects their own numbers, and OpenSSL's replay window believes
    /// them: one forged record from far ahead would shut out the rest of the handshake. Messages that come twice or
    /// out of order are told by their own sequence numbers.
    pub(crate) fn feed(&mut self, record: &Record<'_>) {
        let start = self.incoming.len();
        self.append(record.bytes);
        if record.epoch == 0 {
            if let Some(copy) = self.incoming.get_mut(start..) {
                record::set_sequence(copy, self.next_sequence);
            }
            self.next_sequence += 1;
        }
    }

    /// Puts a datagram in front of OpenSSL as it is.
    pub(crate) fn feed_unchanged(&mut self, datagram: &[u8]) {
        self.discard();
        self.append(datagram);
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.incoming.is_empty() {
            self.incoming = packets::buffer();
        }
        self.incoming.extend_from_slice(bytes);
    }

    /// Takes away what OpenSSL has not read.
    pub(crate) fn discard(&mut self) {
        packets::recycle(std::mem::take(&mut self.incoming));
    }

    pub(crate) fn outgoing(&mut self) -> &mut Packets {
        &mut self.outgoing
    }

    /// The sequence number of the last plaintext record that went out in a flight.
    pub(crate) fn last_plaintext(&self) -> u64 {
        self.last_plaintext
    }

    /// The alert with which OpenSSL has given up, if it has.
    pub(crate) fn take_alert(&mut self) -> Option<Vec<u8>> {
        let is_alert = |datagram: &Vec<u8>| datagram.first() == Some(&ALERT);
        self.outgoing.pop_last().filter(is_alert)
    }

    /// Makes this the transport of a session that begins with the ClientHello in a record of this number, which
    /// OpenSSL has read.
    ///
    /// The ServerHello has to carry the record sequence number of the ClientHello that it answers (RFC 6347, section
    /// 4.2.1), which a client that had to retransmit has counted up. OpenSSL always starts at 1, and a client that
    /// has seen a second HelloVerifyRequest drops that as a replay.
    pub(crate) fn begin_at(&mut self, sequence: u64) {
        self.sequence_offset = sequence.saturating_sub(1);
        self.next_sequence = sequence + 1;
    }

    /// Where to append `datagram`: to the one before it if both are of a flight and there is room, else to an empty one.
    fn place_for(&mut self, datagram: &[u8]) -> Vec<u8> {
        let fits = |last: &[u8]| is_of_flight(last) && last.len() + datagram.len() <= self.mtu;
        if is_of_flight(datagram) && self.outgoing.last().is_some_and(fits) {
            self.outgoing.pop_last().unwrap_or_default()
        } else {
            packets::buffer()
        }
    }
}

/// True for messages of the handshake. A flight has no other records.
fn is_of_flight(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(&(HANDSHAKE | CHANGE_CIPHER_SPEC)))
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        // As with a UDP socket, what does not fit is lost. Never more than fits: OpenSSL would read past its buffer.
        let length = self.incoming.as_slice().read(buffer)?;
        self.discard();
        Ok(length)
    }
}

impl Write for Transport {
    /// Never blocks: a write that OpenSSL has to repeat is where its DTLS has had security defects.
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        let mut buffer = self.place_for(datagram);
        let start = buffer.len();
        buffer.extend_from_slice(datagram);
        if let (1.., Some(added)) = (self.sequence_offset, buffer.get_mut(start..)) {
            record::shift_plaintext_sequence(added, self.sequence_offset);
        }
        if is_of_flight(datagram)
            && let Some(added) = buffer.get(start..)
        {
            let plaintext = record::records(added).flatten().filter(|record| record.epoch == 0);
            self.last_plaintext = plaintext.last().map_or(self.last_plaintext, |record| record.sequence);
        }
        self.outgoing.push(buffer);
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::record::APPLICATION_DATA;

    fn record(content_type: u8, epoch: u8, sequence: u8) -> Vec<u8> {
        vec![content_type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, sequence, 0, 1, 9]
    }

    #[test]
    fn one_read_gives_one_datagram_and_no_more_than_fits() {
        let mut transport = Transport::new(Mtu::DEFAULT);
        transport.feed_unchanged(b"abcdef");
        let mut buffer = [0; 4];
        assert_eq!(transport.read(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer, b"abcd");
        assert_eq!(
            transport.read(&mut buffer).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
    }

    #[test]
    fn plaintext_records_are_numbered_as_they_come() {
        let datagram = [(0, 7), (1, 7), (0, 3)]
            .map(|(epoch, sequence)| record(HANDSHAKE, epoch, sequence))
            .concat();
        let mut transport = Transport::new(Mtu::DEFAULT);
        transport.begin_at(2);
        for record in record::records(&datagram) {
            transport.feed(&record.unwrap());
        }
        let numbers: Vec<_> = record::records(&transport.incoming)
            .map(|record| record.unwrap().sequence)
            .collect();
        assert_eq!(numbers, [3, 7, 4]);
    }

    #[test]
    fn one_write_is_one_datagram() {
        let mut transport = Transport::new(Mtu::DEFAULT);
        transport.write_all(&record(APPLICATION_DATA, 1, 7)).unwrap();
        transport.write_all(&record(APPLICATION_DATA, 1, 8)).unwrap();
        transport.write_all(&record(HANDSHAKE, 1, 9)).unwrap();
        transport.write_all(&record(ALERT, 1, 10)).unwrap();
        assert_eq!(transport.outgoing().len(), 4);
    }

    #[test]
    fn the_messages_of_a_flight_share_a_datagram_as_far_as_they_fit() {
        let mut transport = Transport::new(Mtu::new(256).unwrap());
        transport.begin_at(5);
        let message = record(HANDSHAKE, 0, 1);
        for _ in 0..256 / message.len() + 1 {
            transport.write_all(&message).unwrap();
        }
        assert_eq!(transport.outgoing().len(), 2);
        let mut datagram = Vec::new();
        transport.outgoing().pop_into(&mut datagram);
        assert!(record::records(&datagram).all(|record| record.unwrap().sequence == 5));
    }
}
