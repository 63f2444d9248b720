//! A link with weather, in the manner of Linux's netem: what becomes of each datagram is decided by a seed, so a bad day
//! can be lived through again.

use std::time::Duration;

use super::Direction;

/// The longest time by which a datagram that is overtaken comes late: later than two retransmissions.
const LONGEST_DETOUR: Duration = Duration::from_secs(4);

/// Random numbers that the same seed repeats (xorshift64).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        // Neighbouring seeds are to have nothing in common (splitmix64), and the state is never 0.
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Dice((mixed ^ (mixed >> 31)) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    /// True with a probability of 0 to 1.
    fn happens(&mut self, probability: f64) -> bool {
        (self.next() as f64) < probability * (1u64 << 53) as f64
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn up_to(&mut self, longest: Duration) -> Duration {
        Duration::from_micros(self.next() % (longest.as_micros() as u64 + 1))
    }
}

/// How a link loses datagrams.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Loss {
    #[default]
    None,
    /// Each with this probability, whatever became of the one before.
    Random(f64),
    /// The model of Gilbert and Elliott: nothing is lost until a burst begins, and half of what is sent until it ends.
    /// Each datagram begins or ends one with these probabilities.
    Bursts { begin: f64, end: f64 },
}

/// What a link does to datagrams, each with a probability of 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) loss: Loss,
    /// Arrive twice.
    pub(crate) duplicated: f64,
    /// Come late by up to [`LONGEST_DETOUR`].
    pub(crate) overtaken: f64,
    /// Have a few of their bytes changed.
    pub(crate) corrupted: f64,
    /// Are cut short.
    pub(crate) truncated: f64,
    /// Are followed by a datagram of another connection: see [`Link::beside`].
    pub(crate) spliced: f64,
    pub(crate) latency: Duration,
    /// The latency varies by up to so much.
    pub(crate) jitter: Duration,
}

/// A link between a client and a server, with weather of its own in each direction.
pub(crate) struct Link {
    weather: Weather,
    dice: Dice,
    /// Whether a burst is on, to the server and to the client.
    bursts: [bool; 2],
    other_connection: Vec<(Direction, Vec<u8>)>,
}

impl Link {
    pub(crate) fn new(weather: Weather, seed: u64) -> Self {
        Link {
            weather,
            dice: Dice::new(seed),
            bursts: [false; 2],
            other_connection: Vec::new(),
        }
    }

    /// Takes the datagrams that are spliced from here.
    pub(crate) fn beside(mut self, other_connection: &[(Direction, Vec<u8>)]) -> Self {
        self.other_connection = other_connection.to_vec();
        self
    }

    /// What arrives for a datagram, each after its time.
    pub(crate) fn carry(&mut self, direction: Direction, datagram: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        let is_lost = self.loses(direction);
        let is_duplicated = self.dice.happens(self.weather.duplicated);
        let copies = match (is_lost, is_duplicated) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        };
        let mut arrivals: Vec<_> = (0..copies).map(|_| (self.delay(), self.damage(datagram))).collect();
        arrivals.extend(self.splice(direction));
        arrivals
    }

    fn loses(&mut self, direction: Direction) -> bool {
        match self.weather.loss {
            Loss::None => false,
            Loss::Random(probability) => self.dice.happens(probability),
            Loss::Bursts { begin, end } => {
                let burst = &mut self.bursts[usize::from(direction == Direction::ToClient)];
                *burst ^= self.dice.happens(if *burst { end } else { begin });
                *burst && self.dice.happens(0.5)
            }
        }
    }

    fn delay(&mut self) -> Duration {
        let detour = if self.dice.happens(self.weather.overtaken) {
            self.dice.up_to(LONGEST_DETOUR)
        } else {
            Duration::ZERO
        };
        self.weather.latency + self.dice.up_to(self.weather.jitter) + detour
    }

    fn damage(&mut self, datagram: &[u8]) -> Vec<u8> {
        let mut bytes = datagram.to_vec();
        if self.dice.happens(self.weather.corrupted) {
            for _ in 0..=self.dice.below(4) {
                let place = self.dice.below(bytes.len());
                bytes[place] ^= 1 + self.dice.below(255) as u8;
            }
        }
        if self.dice.happens(self.weather.truncated) {
            bytes.truncate(self.dice.below(datagram.len()));
        }
        bytes
    }

    fn splice(&mut self, direction: Direction) -> Option<(Duration, Vec<u8>)> {
        if !self.dice.happens(self.weather.spliced) {
            return None;
        }
        let mut same_way = self.other_connection.iter().filter(|(way, _)| *way == direction);
        let number = self.dice.below(same_way.clone().count());
        let datagram = same_way.nth(number)?.1.clone();
        Some((self.delay(), datagram))
    }
}
