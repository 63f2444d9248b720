//! A peer that is not kept alive.

use godot::classes::WeakRef;
use godot::global::weakref;
use godot::meta::ToGodot;
use godot::obj::Gd;

use super::packet_peer_dtls::PacketPeerDTLS;

/// How a server knows its peers.
pub(super) struct WeakPeer(Gd<WeakRef>);

impl WeakPeer {
    pub(super) fn new(peer: &Gd<PacketPeerDTLS>) -> Self {
        WeakPeer(weakref(&peer.to_variant()).to())
    }

    /// A reference to the peer. None: its last reference is gone.
    ///
    /// The engine makes it, because of an object whose last reference is just going on another thread the `godot` crate
    /// can make none: it panics. To be called under the lock that a dying peer has to take to be forgotten, or the
    /// object could go while the engine looks at it. But no reference may go under that lock, because it may be the
    /// last one: keep the results in what outlives it.
    pub(super) fn upgrade(&self) -> Option<Gd<PacketPeerDTLS>> {
        self.0.get_ref().try_to().ok()
    }
}
