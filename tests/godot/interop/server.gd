# A DTLS echo server for peers outside this process.
# Arguments: port=<n> port_file=<where to write the port that it has got> listen (on a socket of its own, see entrance.gd) and
# those of options.gd
# Prints `LISTENING <port>`, for each client `CONTACT`, when its first datagram has come, and `CONNECTED <facts>`, then
# `RECEIVED <text>` for each packet. Exits with 0 after a packet `quit`, with 1 after 60 s.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Entrance := preload("res://harness/entrance.gd")
const Facts := preload("res://interop/facts.gd")
const Options := preload("res://interop/options.gd")
const SECONDS := 60.0

var _entrance := Entrance.new()
var _server := DTLSServerOpenSSL.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []
var _contacts := 0


func _initialize() -> void:
	if _server.setup(Options.server()) != OK:
		_end(1)
	elif _entrance.open(_server, int(Arguments.value("port"))) != OK:
		_end(1)
	else:
		print("LISTENING %d" % _entrance.port(_server))
		_write_port(Arguments.value("port_file"))


func _process(_delta: float) -> bool:
	_entrance.poll(_server)
	for peer: PacketPeerDTLSOpenSSL in _entrance.take(_server):
		_add(peer)
	_tell_contacts()
	for peer: PacketPeerDTLSOpenSSL in _peers.duplicate():
		_echo(peer)
	if Time.get_ticks_msec() > SECONDS * 1000.0:
		_end(1)
	return false


func _add(peer: PacketPeerDTLSOpenSSL) -> void:
	if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
		print("CONNECTED " + Facts.of(peer))
	if peer.get_status() in [PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED]:
		peer.status_changed.connect(_on_status_changed.bind(peer.get_instance_id()))
		_peers.append(peer)


func _write_port(path: String) -> void:
	if not path.is_empty():
		FileAccess.open(path, FileAccess.WRITE).store_line(str(_entrance.port(_server)))


func _tell_contacts() -> void:
	var contacts: int = _server.get_statistics().hello_verify_requests
	while _contacts < contacts:
		_contacts += 1
		print("CONTACT")


func _echo(peer: PacketPeerDTLSOpenSSL) -> void:
	peer.poll()
	while peer.get_available_packet_count() > 0:
		var packet := peer.get_packet()
		var text := packet.get_string_from_utf8().strip_edges()
		print("RECEIVED " + text)
		peer.put_packet(packet)
		if text == "quit":
			_end(0)


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status, id: int) -> void:
	var peer: PacketPeerDTLSOpenSSL = instance_from_id(id)
	match status:
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			print("CONNECTED " + Facts.of(peer))
		PacketPeerDTLSOpenSSL.STATUS_ERROR:
			print("FAILED " + peer.get_failure_detail())


# Closes the sessions: a peer that is dropped says goodbye.
func _end(exit_code: int) -> void:
	_peers.clear()
	quit(exit_code)
