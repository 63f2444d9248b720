# Clients of a server in another process: this addon's, whosever server it is. Each says on arrival which cipher suite it
# has. Ends when the server has closed all connections.
# Arguments: port=<n> count=<clients> at_once=<handshakes that may run at the same time>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const SECONDS := 60.0

var _options := _make_options()
var _port := int(Arguments.value("port"))
var _to_come := int(Arguments.value("count"))
var _at_once := int(Arguments.value("at_once"))
var _arriving: Array[PacketPeerDTLSOpenSSL] = []
var _connected: Array[PacketPeerDTLSOpenSSL] = []


func _process(_delta: float) -> bool:
	while _to_come > 0 and _arriving.size() < _at_once:
		_begin()
	for client in _arriving:
		client.poll()
		if client.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			client.put_packet(client.get_cipher_name().to_ascii_buffer())
			_connected.append(client)
	for client in _connected:
		client.poll()
	_arriving = _arriving.filter(_is_handshaking)
	_connected = _connected.filter(_is_connected)
	return _arriving.is_empty() and _connected.is_empty() or Time.get_ticks_msec() > SECONDS * 1000.0


func _begin() -> void:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", _port)
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", _options)
	_arriving.append(client)
	_to_come -= 1


func _is_handshaking(client: PacketPeerDTLSOpenSSL) -> bool:
	return client.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING


func _is_connected(client: PacketPeerDTLSOpenSSL) -> bool:
	return client.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED


# Every one of them is new.
func _make_options() -> TLSOptionsOpenSSL:
	var options := TLSOptionsOpenSSL.client(Fixtures.certificate("ca"))
	options.session_resumption = false
	return options
