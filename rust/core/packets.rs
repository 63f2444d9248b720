//! The queue of byte packets that a session keeps on each side, with its buffers used again.

use std::collections::VecDeque;

/// Buffers kept for later use, so that steady traffic allocates nothing and an idle session holds next to nothing.
const SPARE_BUFFERS: usize = 4;

/// Larger buffers are given back: they would be rare packets' memory held for common ones.
const LARGEST_SPARE: usize = 4096;

/// A first-in, first-out queue of packets.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    queue: VecDeque<Vec<u8>>,
    bytes: usize,
    spare: Vec<Vec<u8>>,
}

impl Packets {
    /// An empty buffer to fill and give to [`push`](Self::push).
    pub(crate) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    pub(crate) fn push(&mut self, packet: Vec<u8>) {
        self.bytes += packet.len();
        self.queue.push_back(packet);
    }

    /// Swaps the oldest packet into `packet` and keeps the buffer that was there. False: the queue is empty.
    pub(crate) fn pop_into(&mut self, packet: &mut Vec<u8>) -> bool {
        let Some(next) = self.queue.pop_front() else {
            return false;
        };
        self.bytes -= next.len();
        self.recycle(std::mem::replace(packet, next));
        true
    }

    /// The packet that was pushed last.
    pub(crate) fn last(&self) -> Option<&[u8]> {
        self.queue.back().map(Vec::as_slice)
    }

    /// Takes the packet out again that was pushed last.
    pub(crate) fn pop_last(&mut self) -> Option<Vec<u8>> {
        let packet = self.queue.pop_back()?;
        self.bytes -= packet.len();
        Some(packet)
    }

    /// Takes back a buffer that [`buffer`](Self::buffer) gave.
    pub(crate) fn recycle(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS && (1..=LARGEST_SPARE).contains(&buffer.capacity()) {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Packets::default();
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The bytes of all queued packets.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(packets: &mut Packets, bytes: &[u8]) {
        let mut buffer = packets.buffer();
        buffer.extend_from_slice(bytes);
        packets.push(buffer);
    }

    #[test]
    fn packets_leave_in_the_order_they_came_and_are_counted() {
        let mut packets = Packets::default();
        push(&mut packets, b"one");
        push(&mut packets, b"three");
        assert_eq!((packets.len(), packets.bytes()), (2, 8));
        let mut packet = Vec::new();
        assert!(packets.pop_into(&mut packet));
        assert_eq!(packet, b"one");
        assert!(packets.pop_into(&mut packet));
        assert_eq!(packet, b"three");
        assert!(!packets.pop_into(&mut packet));
        assert_eq!(packet, b"three", "an empty queue leaves the packet alone");
        assert_eq!((packets.len(), packets.bytes()), (0, 0));
    }

    #[test]
    fn a_buffer_that_comes_back_is_used_again() {
        let mut packets = Packets::default();
        push(&mut packets, b"first");
        let mut packet = Vec::new();
        packets.pop_into(&mut packet);
        let address = packet.as_ptr();
        push(&mut packets, b"again");
        packets.pop_into(&mut packet);
        push(&mut packets, b"third");
        packets.pop_into(&mut packet);
        assert_eq!(packet.as_ptr(), address);
    }
}
