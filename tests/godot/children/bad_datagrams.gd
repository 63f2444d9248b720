# Sends bad datagrams to a server, each from an address that has no session, and polls the server as a game does.
# Arguments: column=engine or column=ours, count=<datagrams>. Prints `TAKEN <datagrams>`: peers that the
# server made of them, or what has come to its own socket.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Column := preload("res://harness/column.gd")
const Dtls := preload("res://harness/dtls.gd")
const Entrance := preload("res://harness/entrance.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Socket := preload("res://harness/socket.gd")
# So many sources does UDPServer show in one poll.
const SOURCES := 16

var _entrance := Entrance.new()
var _server: RefCounted
var _taken := 0


func _initialize() -> void:
	var column: Column = load("res://harness/column_%s.gd" % Arguments.value("column")).new()
	_server = column.make_server()
	_server.setup(column.server_options(Fixtures.key("server"), Fixtures.certificate("server")))
	_entrance.open(_server)
	_send(int(Arguments.value("count")))
	if _entrance.is_servers_own:
		_taken = _server.get_statistics().datagrams_in
	print("TAKEN %d" % _taken)
	quit()


func _send(count: int) -> void:
	var sources: Array[Socket] = []
	for number in SOURCES:
		sources.append(Socket.new(_entrance.port(_server)))
	var datagrams := _bad_datagrams()
	for number in count:
		sources[number % SOURCES].send(datagrams[number % datagrams.size()])
		if number % SOURCES == SOURCES - 1:
			_accept()
	_accept()


func _accept() -> void:
	_entrance.poll(_server)
	for peer in _entrance.take(_server):
		peer.poll()
		_taken += 1


# Of several kinds; an odd number, so that each source sends every kind.
static func _bad_datagrams() -> Array[PackedByteArray]:
	var hello := Dtls.client_hello(Dtls.random_of(1))
	var long := PackedByteArray()
	long.resize(1400)
	long.fill(0x16)
	return [
		"is this a DTLS server?".to_utf8_buffer(),
		PackedByteArray([Dtls.HANDSHAKE]),
		hello.slice(0, 14),
		hello.slice(0, 60),
		Dtls.record(99, PackedByteArray([1, 2, 3, 4])),
		Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE),
		Dtls.record(Dtls.HANDSHAKE, PackedByteArray([Dtls.CLIENT_HELLO, 0xff, 0xff, 0xff])),
		Dtls.client_hello(Dtls.random_of(1), Dtls.random_of(2)),
		long,
	]
