# A DTLS server whose clients are in another process: see clients.gd.
extends RefCounted

const Fixtures := preload("res://harness/fixtures.gd")
const CLIENTS := "res://bench/clients.gd"

# How many clients have told that they are connected, and the cipher suite that they told of.
var arrived: int:
	get:
		return _arrived.size()
var cipher := ""
# True once the first datagram of a client has come.
var has_begun := false

var _listener := UDPServer.new()
var _server := DTLSServerOpenSSL.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []
# Those of them whose client has told, as keys.
var _arrived := {}


func _init(certificate: String) -> void:
	_server.setup(TLSOptionsOpenSSL.server(Fixtures.key(certificate), Fixtures.certificate(certificate)))
	_open()


# Lets so many clients come, at most `at_once` of them in the middle of a handshake.
func invite(count: int, at_once: int) -> void:
	var arguments: PackedStringArray = ["--headless", "--path", ProjectSettings.globalize_path("res://")]
	arguments.append_array(["--script", CLIENTS, "--"])
	arguments.append_array(["port=%d" % _port(), "count=%d" % count, "at_once=%d" % at_once])
	OS.create_process(OS.get_executable_path(), arguments)


# What the server does in a frame. Returns the microseconds that it took.
func serve() -> int:
	var start := Time.get_ticks_usec()
	_accept()
	for peer in _peers:
		peer.poll()
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			continue
		while peer.get_available_packet_count() > 0:
			cipher = peer.get_packet().get_string_from_ascii()
			peer.put_packet("welcome".to_ascii_buffer())
			_arrived[peer] = true
	return Time.get_ticks_usec() - start


# Closes all connections, before the socket under them goes: so the clients end.
func close() -> void:
	_arrived.clear()
	_peers.clear()


func _open() -> void:
	_listener.max_pending_connections = 4096
	_listener.listen(0, "127.0.0.1")


func _port() -> int:
	return _listener.get_local_port()


func _accept() -> void:
	_listener.poll()
	while _listener.is_connection_available():
		has_begun = true
		var peer := _server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)
