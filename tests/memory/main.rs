//! How much memory hostile traffic makes us hold. A test program of its own, because it counts what is allocated, by
//! OpenSSL too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code, unused_imports, reason = "not all of what the tests share is used here")]

mod allocator;
#[path = "../core/support/mod.rs"]
mod support;

mod connections;
mod flood;
mod handshake;
