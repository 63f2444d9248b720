//! The core under a virtual clock: each module is one subject, each test one behaviour.
//!
//! Nothing here sleeps or opens a socket. A [`support::Pair`] carries datagrams between two sessions and moves the
//! time from deadline to deadline.
//!
//! Only on Linux does OpenSSL take its time from the caller (see `rust/core/clock.rs`). Elsewhere the modules that need
//! a retransmission are left out, and the summary of `cargo xtask test` says so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

mod support;

mod close;
mod config;
mod configuration_file;
mod data;
mod duplication;
mod exporter;
mod first_contact;
mod half_open;
mod handshake;
mod key_limits;
mod key_log;
mod misbehaviour;
mod renegotiation;
mod session_cache;
mod verification;

#[cfg(target_os = "linux")]
mod alerts;
#[cfg(target_os = "linux")]
mod alpn;
#[cfg(target_os = "linux")]
mod anew;
#[cfg(target_os = "linux")]
mod client_certificates;
#[cfg(target_os = "linux")]
mod clock_steps;
#[cfg(target_os = "linux")]
mod corpora;
#[cfg(target_os = "linux")]
mod endpoint;
mod endpoint_limits;
#[cfg(target_os = "linux")]
mod endpoint_replay;
#[cfg(target_os = "linux")]
mod endpoint_restart;
#[cfg(target_os = "linux")]
mod endpoint_weather;
#[cfg(target_os = "linux")]
mod erasure;
#[cfg(target_os = "linux")]
mod failure;
#[cfg(target_os = "linux")]
mod fleet;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
mod independent;
#[cfg(target_os = "linux")]
mod loss;
#[cfg(target_os = "linux")]
mod mtu;
#[cfg(target_os = "linux")]
mod noise;
#[cfg(target_os = "linux")]
mod old_peers;
#[cfg(target_os = "linux")]
mod pinning;
#[cfg(target_os = "linux")]
mod psk;
#[cfg(target_os = "linux")]
mod psk_lookup;
#[cfg(target_os = "linux")]
mod reordering;
#[cfg(target_os = "linux")]
mod replay;
#[cfg(target_os = "linux")]
mod restart;
#[cfg(target_os = "linux")]
mod resumption;
#[cfg(target_os = "linux")]
mod retransmission;
#[cfg(target_os = "linux")]
mod revocation;
#[cfg(target_os = "linux")]
mod settings;
#[cfg(target_os = "linux")]
mod socket_errors;
#[cfg(target_os = "linux")]
mod standstill;
#[cfg(target_os = "linux")]
mod statistics;
#[cfg(target_os = "linux")]
mod tickets;
#[cfg(target_os = "linux")]
mod timeouts;
#[cfg(target_os = "linux")]
mod weather;
