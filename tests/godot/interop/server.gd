# A DTLS echo server for peers outside Godot.
# Arguments: port=<n> key=<pem path> cert=<pem path>
# Prints `LISTENING <port>`, then `RECEIVED <text>` for each packet. Exits with 0 after a packet `quit`, with 1 after 30 s.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const SECONDS := 30.0

var _listener := UDPServer.new()
var _server := DTLSServerOpenSSL.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []


func _initialize() -> void:
	var key := FileAccess.get_file_as_string(Arguments.value("key"))
	var chain := FileAccess.get_file_as_string(Arguments.value("cert"))
	if _server.setup(TLSOptionsOpenSSL.server_from_pem(key, chain)) != OK:
		_end(1)
	elif _listener.listen(int(Arguments.value("port")), "127.0.0.1") != OK:
		_end(1)
	else:
		print("LISTENING %d" % _listener.get_local_port())


func _process(_delta: float) -> bool:
	_listener.poll()
	while _listener.is_connection_available():
		var peer := _server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)
	for peer in _peers:
		_echo(peer)
	if Time.get_ticks_msec() > SECONDS * 1000.0:
		_end(1)
	return false


func _echo(peer: PacketPeerDTLSOpenSSL) -> void:
	peer.poll()
	while peer.get_available_packet_count() > 0:
		var packet := peer.get_packet()
		var text := packet.get_string_from_utf8().strip_edges()
		print("RECEIVED " + text)
		peer.put_packet(packet)
		if text == "quit":
			_end(0)


# Closes the sessions: a peer that is dropped says goodbye.
func _end(exit_code: int) -> void:
	_peers.clear()
	quit(exit_code)
