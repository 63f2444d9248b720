//! The extension: what Godot and its scripts see of [`crate::core`].
//!
//! One file a class, named like it: [`dtls_server`], [`packet_peer_dtls`], [`tls_options`]. Under them lies
//! [`connection`], which moves datagrams between one UDP socket ([`udp`]) and one session. [`options`], [`credentials`]
//! and [`trust`] turn what a script gave into core's configurations, [`refusal`] and [`status`] turn core's answers
//! into Godot's.
//!
//! Two rules hold for every entry from Godot. A panic must not leave it ([`guard`]). And a signal is emitted only where
//! its handlers may call every method again and may drop the last reference to the emitter ([`packet_peer_dtls`]).

mod argument;
mod connection;
mod credentials;
mod dtls_server;
mod entry;
mod failure_log;
mod guard;
mod log;
mod options;
mod packet_peer_dtls;
mod refusal;
mod status;
mod tls_options;
mod trust;
mod udp;
