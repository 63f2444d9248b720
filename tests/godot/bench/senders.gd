# Clients of a server in another process that each send packets at a steady rate, spread evenly over time, and take what
# comes back. They are this addon's, whosever server it is. Ends when the server has closed all connections.
# Arguments: port=<n> count=<clients> first=<number of the first> rate=<packets a second of each>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const AT_ONCE := 16
const SECONDS := 120.0
# What is measured is the server, which needs the processor too.
const FRAMES_PER_SECOND := 125
const SIZE := 64

var _options := TLSOptionsOpenSSL.client(Fixtures.certificate("ca"))
var _port := int(Arguments.value("port"))
var _count := int(Arguments.value("count"))
var _first := int(Arguments.value("first"))
var _rate := float(Arguments.value("rate"))
var _clients: Array[PacketPeerDTLSOpenSSL] = []
var _connected: Array[PacketPeerDTLSOpenSSL] = []
var _payloads: Array[PackedByteArray] = []
# When the next packet is due, and whose turn it is.
var _due := 0.0
var _turn := 0


func _initialize() -> void:
	Engine.max_fps = FRAMES_PER_SECOND


func _process(_delta: float) -> bool:
	var living := 0
	_connected.clear()
	for client in _clients:
		client.receive_all()
		match client.get_status():
			PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
				living += 1
			PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
				living += 1
				_connected.append(client)
	var is_full := _connected.size() == _count
	while _clients.size() < _count and _clients.size() - _connected.size() < AT_ONCE:
		_begin()
		living += 1
	if is_full:
		_send()
	return living == 0 or Time.get_ticks_msec() > SECONDS * 1000.0


func _begin() -> void:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", _port)
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", _options)
	var payload := PackedByteArray()
	payload.resize(SIZE)
	payload.encode_s64(0, _first + _clients.size())
	_clients.append(client)
	_payloads.append(payload)


# All that is due by now.
func _send() -> void:
	var now := Time.get_ticks_usec() / 1e6
	if _due == 0.0:
		_due = now
		for index in _count:
			var cipher := _connected[index].get_cipher_name().to_ascii_buffer()
			for at in cipher.size():
				_payloads[index][16 + at] = cipher[at]
	while _due <= now:
		var payload := _payloads[_turn]
		payload.encode_s64(8, payload.decode_s64(8) + 1)
		_connected[_turn].put_packet(payload)
		_turn = (_turn + 1) % _count
		_due += 1.0 / (_rate * _count)
