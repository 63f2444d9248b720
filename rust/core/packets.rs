//! The queue of byte packets that a session keeps on each side, and the buffers for all of them.
//!
//! A buffer that comes back is kept for whichever session needs one next, not for the one that had it: of a thousand
//! sessions each would have to fetch its own into the processor's cache, and hold it while it is idle.

use std::cell::RefCell;
use std::collections::VecDeque;

/// Buffers that a thread keeps, so that steady traffic allocates nothing.
const SPARE_BUFFERS: usize = 32;

/// Larger buffers are given back: they would be rare packets' memory held for common ones.
const LARGEST_SPARE: usize = 4096;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer.
pub(crate) fn buffer() -> Vec<u8> {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
    spare.ok().flatten().unwrap_or_default()
}

/// Takes a buffer back that [`Session::poll_transmit`](super::Session::poll_transmit) or
/// [`Session::recv`](super::Session::recv) has filled, for later packets of any session on this thread.
pub fn recycle(mut buffer: Vec<u8>) {
    if !(1..=LARGEST_SPARE).contains(&buffer.capacity()) {
        return;
    }
    buffer.clear();
    // A thread that ends keeps nothing.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < SPARE_BUFFERS {
            spare.push(buffer);
        }
    });
}

/// A first-in, first-out queue of packets.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    queue: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Packets {
    pub(crate) fn push(&mut self, packet: Vec<u8>) {
        self.bytes += packet.len();
        self.queue.push_back(packet);
    }

    /// Swaps the oldest packet into `packet`, whose buffer is used again. False: the queue is empty.
    pub(crate) fn pop_into(&mut self, packet: &mut Vec<u8>) -> bool {
        let Some(next) = self.queue.pop_front() else {
            return false;
        };
        self.bytes -= next.len();
        recycle(std::mem::replace(packet, next));
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
        let mut buffer = buffer();
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
        let (mut first, mut second) = (Packets::default(), Packets::default());
        push(&mut first, b"first");
        let mut packet = Vec::new();
        first.pop_into(&mut packet);
        let address = packet.as_ptr();
        push(&mut second, b"another");
        second.pop_into(&mut packet);
        push(&mut second, b"third");
        second.pop_into(&mut packet);
        assert_eq!(packet.as_ptr(), address, "by another queue too");
    }

    #[test]
    fn few_buffers_are_kept_and_no_large_ones() {
        recycle(Vec::with_capacity(LARGEST_SPARE + 1));
        assert_eq!(buffer().capacity(), 0);
        (0..2 * SPARE_BUFFERS).for_each(|_| recycle(vec![1]));
        let kept = std::iter::repeat_with(buffer).take_while(|buffer| buffer.capacity() > 0);
        assert_eq!(kept.count(), SPARE_BUFFERS);
    }
}
