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

mod association;
mod attachment;
mod certificate_failure;
mod client_configs;
mod clock;
mod config;
mod config_error;
mod context;
mod cookie;
mod endpoint;
mod failure;
mod ffi;
mod filter;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod half_open;
mod hello;
mod identity;
mod limiter;
mod listener;
mod packets;
pub mod pem;
mod psk;
mod recent;
mod record;
mod resumption;
mod secret;
mod secrets;
mod served_host;
mod session;
pub mod settings;
mod state;
mod statistics;
mod tickets;
mod transport;
mod trust;
mod verify;

pub use association::{Association, Outlet, Refused, Turn, Unsent};
pub use certificate_failure::{CertificateFailure, CertificateProblem, subject_text};
pub use client_configs::ClientConfigs;
pub use config::{
    ClientConfig, ClientOptions, ClientVerification, ServerConfig, ServerCredentials, ServerOptions, Verification,
};
pub use config_error::ConfigError;
pub use endpoint::{Endpoint, News, Work};
pub use failure::Failure;
pub use half_open::Caps;
pub use identity::{Fingerprint, FingerprintError, Identity};
pub use limiter::LogLimiter;
pub use listener::{Accepted, Contact, Listener};
pub use packets::recycle;
pub use psk::{ClientPsk, PskAnswer, PskIdentity, PskKey, PskKeys};
pub use served_host::ServedHost;
pub use session::Session;
pub use settings::Settings;
pub use state::{Event, SendError, State};
pub use statistics::{ServerStatistics, Statistics};
pub use trust::TrustStore;
pub use verify::ServerName;

/// The largest payload that one DTLS record can carry, in bytes (RFC 6347, section 4.1.1).
pub const MAX_PAYLOAD: usize = 16_384;

/// Keeps OpenSSL from reading a configuration file, that of the environment variable `OPENSSL_CONF` or the one in
/// `/usr/local/ssl`. It is about other programs, and could take all algorithms away or load code of its own.
///
/// Call this before anything else: OpenSSL reads the file when it is first used.
pub fn ignore_configuration_files() {
    ffi::ignore_configuration_files();
}

/// The version of the OpenSSL that is linked in, such as `OpenSSL 4.0.3 29 Sep 2026`.
pub fn openssl_version() -> &'static str {
    openssl::version::version()
}

/// The version number of the OpenSSL that is linked in, as `OpenSSL_version_num` gives it: `0xMNN00PP0`.
pub fn openssl_version_number() -> i64 {
    openssl::version::number()
}
