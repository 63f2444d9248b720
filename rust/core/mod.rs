//! DTLS as a state machine: datagrams and a clock go in, datagrams, events and a deadline come out.
//!
//! Nothing here does IO, blocks, reads a clock or knows Godot. The order of use is that of quinn-proto and dimpl:
//!
//! 1. [`Session::client`], or [`Session::server`] with a shared [`Listener`];
//! 2. every datagram that arrives goes into [`Session::handle_datagram`], every due
//!    [`next_timeout`](Session::next_timeout) into [`Session::handle_timeout`];
//! 3. after each call [`Session::poll_transmit`] is drained into the socket and [`Session::poll_event`] is read.
//!
//! What the network sends is never an error: it is dropped and counted in [`Statistics`], or it ends the session with
//! a [`Failure`] that says who is to blame. What the caller configures wrongly is a [`ConfigError`].

mod clock;
mod config;
mod cookie;
mod exchange;
mod failure;
mod ffi;
mod filter;
mod hello;
mod limiter;
mod listener;
mod name;
mod packets;
pub mod pem;
mod record;
mod session;
mod state;
mod statistics;
mod transport;
mod trust;

pub use config::{ClientConfig, ConfigError, ServerConfig, Verification};
pub use failure::Failure;
pub use limiter::LogLimiter;
pub use listener::{Accepted, Contact, Listener};
pub use name::ServerName;
pub use session::Session;
pub use state::{Event, SendError, State};
pub use statistics::Statistics;
pub use trust::TrustStore;

/// The largest payload that one DTLS record can carry, in bytes (RFC 6347, section 4.1.1).
pub const MAX_PAYLOAD: usize = 16_384;

/// The largest handshake datagram that is sent, in bytes of UDP payload.
pub const MTU: u32 = 1200;

/// The version of the OpenSSL that is linked in, such as `OpenSSL 4.0.3 29 Sep 2026`.
pub fn openssl_version() -> &'static str {
    openssl::version::version()
}

/// The version number of the OpenSSL that is linked in, as `OpenSSL_version_num` gives it: `0xMNN00PP0`.
pub fn openssl_version_number() -> i64 {
    openssl::version::number()
}
