/// An input, read from its start as numbers and bytes.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Input(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// 0 at the end, as all numbers are.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    pub(crate) fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Bytes with their number before them, or what is left of them.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.number()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    /// Changes some bytes of `datagram`, or its length.
    pub(crate) fn edit(&mut self, datagram: &mut Vec<u8>) {
        for _ in 0..self.below(8) {
            let place = usize::from(self.number());
            let value = self.byte();
            match datagram.get_mut(place) {
                Some(byte) => *byte ^= value,
                None if value & 1 == 0 => datagram.truncate(place % (datagram.len() + 1)),
                None => datagram.extend_from_slice(self.bytes()),
            }
        }
    }
}
