# Stands between one client and a server: forwards datagrams, remembers them, and lets a test drop, change or add some.
extends RefCounted

const Socket := preload("res://harness/socket.gd")

# Where the client connects to.
var port: int:
	get:
		return _front.port
# Every datagram that arrived from either side, in order.
var from_client: Array[PackedByteArray] = []
var from_server: Array[PackedByteArray] = []
# If set: called as filter(datagram, is_from_client, index), returns the datagrams to forward in its place. `index` counts
# per direction from 0. It must not refer to this relay, or neither is ever freed.
var filter := Callable()

var _front := Socket.new()
var _back: Socket


func _init(server_port: int) -> void:
	_back = Socket.new(server_port)


func poll() -> void:
	for datagram: PackedByteArray in _front.receive():
		from_client.append(datagram)
		for forwarded: PackedByteArray in _filtered(from_client, true):
			send_to_server(forwarded)
	for datagram: PackedByteArray in _back.receive():
		from_server.append(datagram)
		for forwarded: PackedByteArray in _filtered(from_server, false):
			send_to_client(forwarded)


func send_to_server(datagram: PackedByteArray) -> void:
	_back.send(datagram)


func send_to_client(datagram: PackedByteArray) -> void:
	_front.send(datagram)


# Forgets what was recorded so far.
func forget() -> void:
	from_client.clear()
	from_server.clear()


func _filtered(record: Array[PackedByteArray], is_from_client: bool) -> Array:
	var datagram := record[-1]
	return filter.call(datagram, is_from_client, record.size() - 1) if filter.is_valid() else [datagram]
