# The classes of this addon, on OpenSSL.
extends "res://harness/column.gd"


func _init() -> void:
	name = "ours"
	server_class = &"DTLSServerOpenSSL"
	peer_class = &"PacketPeerDTLSOpenSSL"
	options_class = &"TLSOptionsOpenSSL"


func server_options(key: CryptoKey, certificate: X509Certificate) -> RefCounted:
	return TLSOptionsOpenSSL.server(key, certificate)


func client_options(trusted_chain: X509Certificate = null, common_name_override: String = "") -> RefCounted:
	return TLSOptionsOpenSSL.client(trusted_chain, common_name_override)


func client_unsafe_options(trusted_chain: X509Certificate = null) -> RefCounted:
	return TLSOptionsOpenSSL.client_unsafe(trusted_chain)
