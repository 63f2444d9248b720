//! Loss, duplication and reordering together, by seeds: whatever the network does, a handshake ends, and in one of the
//! two ways that a network can be to blame for.

use std::time::Duration;

use openssl_dtls::core::Failure;

use crate::support::{Fate, Pair};

/// A xorshift generator: the same seed, the same weather.
struct Weather(u64);

impl Weather {
    fn new(seed: u64) -> Self {
        Weather(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }

    /// Of 100 datagrams `lost` are lost, 10 come twice and 30 come up to 1.5 seconds late.
    fn fate(&mut self, lost: u64) -> Fate {
        match self.below(100) {
            number if number < lost => Fate::Drop,
            number if number < lost + 10 => Fate::Duplicate,
            number if number < lost + 40 => Fate::Delay(Duration::from_millis(self.below(1500))),
            _ => Fate::Deliver,
        }
    }
}

/// Lets pairs shake hands in so many different weathers. Gives back how many of them connected; the others were out of
/// time, and nothing else.
fn shake_hands(seeds: u64, lost: u64, make: fn() -> Pair) -> u64 {
    let mut connected = 0;
    for seed in 0..seeds {
        let mut weather = Weather::new(seed);
        let mut pair = make().network(move |_, _, _| weather.fate(lost));
        pair.run();
        for failure in pair.client.failure().into_iter().chain(&pair.server_failures) {
            let is_expected = matches!(failure, Failure::CookieExchange | Failure::HandshakeTimeout);
            assert!(is_expected, "seed {seed}: {failure}");
        }
        if pair.is_connected() {
            connected += 1;
            pair.calm();
            pair.pass(Duration::from_secs(5));
            pair.exchange();
        }
    }
    connected
}

#[test]
fn in_common_weather_handshakes_connect() {
    assert!(shake_hands(300, 5, Pair::new) >= 297);
}

#[test]
fn in_foul_weather_most_handshakes_connect() {
    let connected = shake_hands(300, 30, Pair::new);
    assert!(connected >= 200, "{connected}");
}

#[test]
fn a_large_chain_goes_through_common_weather() {
    assert!(shake_hands(60, 5, Pair::with_large_chain) >= 57);
}
