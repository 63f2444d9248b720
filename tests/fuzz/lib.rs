//! What is done with an input of the fuzzers, and what has to hold whatever it is.
//!
//! `cargo xtask fuzz` makes the inputs, with libFuzzer; `tests/core/corpora.rs` takes those that it has found worth
//! keeping. The header filter, which is not public, has its own in `rust/core/fuzzing.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod crowd;
mod held;
mod input;
mod listener;
mod options;
mod scenario;
#[allow(clippy::duplicate_mod, reason = "core's tests have it too")]
#[path = "../core/support/seal.rs"]
mod seal;
mod side;
#[allow(
    dead_code,
    clippy::duplicate_mod,
    reason = "core's tests have it too, and need all of it"
)]
#[path = "../core/support/wire.rs"]
mod wire;
mod world;

pub use crowd::endpoint;
pub use listener::listener;
pub use options::options;

use world::Direction;

/// An attacker's datagrams to a server's session in any of its states.
pub fn server(input: &[u8]) {
    world::attack(input, Direction::ToServer);
}

/// An attacker's datagrams to a client's session in any of its states.
pub fn client(input: &[u8]) {
    world::attack(input, Direction::ToClient);
}
