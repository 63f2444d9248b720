# One of the two implementations that the differential suite compares. Both have the same methods under other class names.
extends RefCounted

var name := ""
# The names of its classes.
var server_class: StringName
var peer_class: StringName
var options_class: StringName


func make_server() -> RefCounted:
	return ClassDB.instantiate(server_class)


func make_peer() -> PacketPeer:
	return ClassDB.instantiate(peer_class)


func server_options(_key: CryptoKey, _certificate: X509Certificate) -> RefCounted:
	return null


func client_options(_trusted_chain: X509Certificate = null, _common_name_override: String = "") -> RefCounted:
	return null


func client_unsafe_options(_trusted_chain: X509Certificate = null) -> RefCounted:
	return null
