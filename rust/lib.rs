//! The DTLS classes of Godot, on OpenSSL.
//!
//! Two layers, and nothing of one in the other:
//!
//! * [`core`] is DTLS: a state machine over OpenSSL that knows no Godot, no socket and no clock.
//!   Datagrams and the time go in, datagrams, events and a deadline come out.
//! * `godot` is the extension: the classes that scripts see. It moves bytes between a `PacketPeerUDP` and a
//!   [`core::Session`] and translates options, errors and statuses.
//!
//! The cargo feature `extension` (on by default) builds the second one, with the sockets of `net` and the threads of
//! `pool`. Without it only `core` is built, which is all that its tests need.

// What the network or a script sends must not be able to panic.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub mod core;
#[cfg(feature = "extension")]
mod godot;
#[cfg(any(feature = "extension", test))]
mod net;
#[cfg(any(feature = "extension", test))]
mod pool;
