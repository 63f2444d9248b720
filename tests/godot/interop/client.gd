# A DTLS client for servers outside this process.
# Arguments: host=<address> port=<n> name=<hostname> send=<text> times=<connections> own_socket=yes (in place of a
# PacketPeerUDP) and those of options.gd
# Prints `CONNECTED <facts>`, sends the text as a line, prints `RECEIVED <text>` and exits with 0, or makes the next connection.
# Otherwise prints `FAILED <reason>` and exits with 1, after 20 s at the latest.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Facts := preload("res://interop/facts.gd")
const Names := preload("res://harness/names.gd")
const Options := preload("res://interop/options.gd")
const SECONDS := 20.0

var _peer: PacketPeerDTLSOpenSSL
var _connections := 0


func _initialize() -> void:
	_connect()


func _process(_delta: float) -> bool:
	_peer.poll()
	if _peer.get_available_packet_count() > 0:
		print("RECEIVED " + _peer.get_packet().get_string_from_utf8().strip_edges())
		_peer.disconnect_from_peer()
		if _connections < int(Arguments.value("times", "1")):
			_connect()
		else:
			quit(0)
	elif Time.get_ticks_msec() > SECONDS * 1000.0:
		_fail("no answer")
	return false


func _connect() -> void:
	_connections += 1
	_peer = PacketPeerDTLSOpenSSL.new()
	_peer.status_changed.connect(_on_status_changed)
	var error := _connect_to(Arguments.value("host", "127.0.0.1"), int(Arguments.value("port")), Arguments.value("name"))
	if error != OK:
		_fail(Names.error(error))


func _connect_to(host: String, port: int, name: String) -> Error:
	if Arguments.value("own_socket") == "yes":
		return _peer.connect_to_host(host, port, name, Options.client())
	var udp := PacketPeerUDP.new()
	var error := udp.connect_to_host(host, port)
	return error if error != OK else _peer.connect_to_peer(udp, name, Options.client())


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status) -> void:
	match status:
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			print("CONNECTED " + Facts.of(_peer))
			_peer.put_packet((Arguments.value("send") + "\n").to_utf8_buffer())
		PacketPeerDTLSOpenSSL.STATUS_ERROR, PacketPeerDTLSOpenSSL.STATUS_ERROR_HOSTNAME_MISMATCH:
			_fail(_peer.get_failure_detail())


func _fail(reason: String) -> void:
	print("FAILED " + reason)
	quit(1)
