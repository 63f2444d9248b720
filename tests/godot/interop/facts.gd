# What a connected peer tells of its session, in one line.
extends RefCounted


static func of(peer: PacketPeerDTLSOpenSSL) -> String:
	return "%s %s resumed=%s alpn=%s peer=%s" % [
		peer.get_protocol_version(),
		peer.get_cipher_name(),
		peer.is_session_resumed(),
		peer.get_alpn_protocol(),
		peer.get_peer_subject(),
	]
