//! The core under a virtual clock: each module is one subject, each test one behaviour.
//!
//! Nothing here sleeps or opens a socket. A [`support::Pair`] carries datagrams between two sessions and moves the
//! time from deadline to deadline.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

mod handshake;
