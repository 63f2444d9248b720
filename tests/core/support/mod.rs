//! What the tests share.

mod crowd;
mod dimpl_pair;
mod identity;
mod link;
mod options;
mod pair;
mod peers;
mod plain_peer;
mod revocation;
mod seal;
#[cfg(target_os = "linux")]
pub(crate) mod wall_clock;
pub(crate) mod wire;

/// The largest datagram of a handshake, by default.
pub(crate) const MTU: usize = 1200;

pub(crate) use crowd::{Crowd, Guest, events as events_of, guest_address, packets_of};
pub(crate) use dimpl_pair::{DimplPair, dimpl_certificate, dimpl_config};
pub(crate) use identity::{Authority, Contents, Identity, ec_key, p256_key, rsa_key, trust};
pub(crate) use link::{Link, Loss, Weather};
pub(crate) use options::{psk_asking_server, psk_client, psk_key, psk_server};
pub(crate) use pair::{CLIENT_ADDRESS, Direction, Fate, Pair, address, client, client_config, events, packets};
pub(crate) use peers::Peers;
pub(crate) use plain_peer::PlainPeer;
pub(crate) use seal::Keys;
