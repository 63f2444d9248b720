# The engine's own classes, on mbedTLS.
extends "res://harness/column.gd"


func _init() -> void:
	name = "engine"
	server_class = &"DTLSServer"
	peer_class = &"PacketPeerDTLS"
	options_class = &"TLSOptions"


func server_options(key: CryptoKey, certificate: X509Certificate) -> RefCounted:
	return TLSOptions.server(key, certificate)


func client_options(trusted_chain: X509Certificate = null, common_name_override: String = "") -> RefCounted:
	return TLSOptions.client(trusted_chain, common_name_override)


func client_unsafe_options(trusted_chain: X509Certificate = null) -> RefCounted:
	return TLSOptions.client_unsafe(trusted_chain)
