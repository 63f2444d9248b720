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
mod data;
mod duplication;
mod first_contact;
mod handshake;
mod socket_errors;
mod verification;

#[cfg(target_os = "linux")]
mod alerts;
#[cfg(target_os = "linux")]
mod independent;
#[cfg(target_os = "linux")]
mod loss;
#[cfg(target_os = "linux")]
mod mtu;
#[cfg(target_os = "linux")]
mod noise;
#[cfg(target_os = "linux")]
mod reordering;
#[cfg(target_os = "linux")]
mod restart;
#[cfg(target_os = "linux")]
mod retransmission;
#[cfg(target_os = "linux")]
mod weather;
