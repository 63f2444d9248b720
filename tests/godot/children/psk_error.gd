# Servers whose lookup of pre-shared keys has a script error for one client, and none for the next.
# Prints `UNTYPED <why the server refused the client>`, `TYPED <the same>` and `NEXT <true if the next one is connected>`.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const PSK: PackedByteArray = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]

var _keys := { "player": PSK }


func _run() -> void:
	allow(CASE_SECONDS)
	print("UNTYPED ", Names.failure((await _refused(_lookup_untyped)).failed_peer()))
	var link := await _refused(_lookup_typed)
	print("TYPED ", Names.failure(link.failed_peer()))
	# A server that gives up in its own time.
	link.setup(TLSOptionsOpenSSL.server_psk(_lookup_typed))
	print("NEXT ", await link.establish_another("server.test", TLSOptionsOpenSSL.client_psk("player", PSK)))
	quit()


# A server that has refused a client with an identity that nobody has.
func _refused(lookup: Callable) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	var server := TLSOptionsOpenSSL.server_psk(lookup)
	# Enough to get as far as the keys: what comes after that fails only when the time is up.
	server.handshake_timeout_ms = 2500
	link.setup(server)
	link.connect_client("server.test", TLSOptionsOpenSSL.client_psk("stranger", PSK))
	await link.until(func() -> bool: return link.failed_peer() != null, 8.0)
	return link


# There is no such key in the Dictionary: the engine stops either function here.
func _lookup_untyped(identity: String) -> Variant:
	return _keys[identity]


func _lookup_typed(identity: String) -> PackedByteArray:
	return _keys[identity]
