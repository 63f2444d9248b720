# Clients of a server in another process: this addon's, whosever server it is. Each tells the server which cipher suite it
# has, until the server has answered: datagrams get lost where so many come at once. Ends when the server has closed all
# connections.
# Arguments: port=<n> count=<clients> at_once=<handshakes that may run at the same time>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const SECONDS := 60.0
const TELL_AGAIN_MSEC := 50
const ANSWERED := 1 << 62

var _options := _make_options()
var _port := int(Arguments.value("port"))
var _to_come := int(Arguments.value("count"))
var _at_once := int(Arguments.value("at_once"))
var _clients: Array[PacketPeerDTLSOpenSSL] = []
# When each tells again, in milliseconds.
var _next_telling := {}


func _process(_delta: float) -> bool:
	var handshaking := 0
	var connected := 0
	for client in _clients:
		client.poll()
		match client.get_status():
			PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
				handshaking += 1
			PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
				connected += 1
				_tell(client)
	while _to_come > 0 and handshaking < _at_once:
		_begin()
		handshaking += 1
	return handshaking + connected == 0 or Time.get_ticks_msec() > SECONDS * 1000.0


func _begin() -> void:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", _port)
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", _options)
	_clients.append(client)
	_to_come -= 1


func _tell(client: PacketPeerDTLSOpenSSL) -> void:
	while client.get_available_packet_count() > 0:
		client.get_packet()
		_next_telling[client] = ANSWERED
	if Time.get_ticks_msec() >= _next_telling.get(client, 0):
		client.put_packet(client.get_cipher_name().to_ascii_buffer())
		_next_telling[client] = Time.get_ticks_msec() + TELL_AGAIN_MSEC


# Every one of them is new.
func _make_options() -> TLSOptionsOpenSSL:
	var options := TLSOptionsOpenSSL.client(Fixtures.certificate("ca"))
	options.session_resumption = false
	return options
