//! The extension: what Godot and its scripts see of [`crate::core`].
//!
//! One file a class, named like it: [`dtls_server`], [`packet_peer_dtls`], [`tls_options`]; and one an enum:
//! [`status`], [`failure_reason`], [`verify_client`], [`version`], which share the technique of [`class_enum`]. Under
//! them lies [`connection`], which moves datagrams between one UDP socket ([`udp`]) and one session, and lets
//! [`workers`] compute a server's handshakes. [`roster`] finds those of a server that have something to do.
//!
//! Without a UDP socket of the engine's: [`listening`] is a server with a socket of its own, [`hosted_connection`] one of
//! its connections, and [`client_connection`] a client's. [`link`] is a connection of any kind.
//!
//! [`options`], with [`client_role`] and [`server_role`], is what a script has asked for; [`credentials`],
//! [`psk_keys`], [`key_log`] and [`trust`] are what that refers to. They become core's configurations when they are
//! used. [`refusal`], [`failure_log`], [`statistics`] and [`monitors`] tell what came of it.
//!
//! What holds for the whole project stands in its settings ([`project_setting`]): [`log`], [`default_mtu`] and
//! [`workers`] have one each.
//!
//! `editor_help` is in the editor's library alone.
//!
//! Two rules hold for every entry from Godot. A panic must not leave it ([`guard`]). And what a script has given to be
//! called, by a signal or as a Callable, is called only where it may call every method again and may drop the last
//! reference to the caller ([`packet_peer_dtls`]).

mod argument;
mod class_enum;
mod client_connection;
mod client_role;
mod clock;
mod connection;
mod credentials;
mod default_mtu;
mod dtls_server;
#[cfg(feature = "editor")]
mod editor_help;
mod entry;
mod failure_log;
mod failure_reason;
mod guard;
mod hosted_connection;
mod key_log;
mod link;
mod listening;
mod log;
mod monitors;
mod options;
mod packet_peer_dtls;
mod project_setting;
mod psk_keys;
mod receive_thread;
mod refusal;
mod roster;
mod server_role;
mod statistics;
mod status;
mod tls_options;
mod trust;
mod udp;
mod verify_client;
mod version;
mod weak_peer;
mod workers;
