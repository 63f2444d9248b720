# A listening server whose frame takes long, while a client sends more than the system's buffer holds.
# Prints `SENT <packets>`, `RECEIVED <packets>`, `IN_ORDER <true or false>`, `DROPPED <datagrams that the system has lost>`.
extends SceneTree

const Ours := preload("res://harness/ours.gd")
const RECEIVE_BUFFER := 8192
const COUNT := 200

var _server := DTLSServerOpenSSL.new()
var _client := PacketPeerDTLSOpenSSL.new()
var _peer: PacketPeerDTLSOpenSSL = null


func _initialize() -> void:
	_server.receive_buffer_size = RECEIVE_BUFFER
	_server.setup(Ours.server())
	_server.listen(0, "127.0.0.1")
	_client.connect_to_host("127.0.0.1", _server.get_local_port(), "server.test", Ours.client())


func _process(_delta: float) -> bool:
	_server.poll()
	_client.poll()
	if _server.is_connection_available():
		_peer = _server.take_connection()
	if _peer == null or _peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
		return Time.get_ticks_msec() > 20_000
	_send_and_receive()
	return true


func _send_and_receive() -> void:
	for number in COUNT:
		_client.put_packet(var_to_bytes(number))
		# Not one buffer's worth at a time.
		if number % 2 == 0:
			OS.delay_msec(3)
	print("SENT ", COUNT)
	_server.poll()
	var numbers: Array[int] = []
	for packet in _peer.receive_all():
		numbers.append(bytes_to_var(packet))
	var sorted := numbers.duplicate()
	sorted.sort()
	print("RECEIVED ", numbers.size())
	print("IN_ORDER ", numbers == sorted)
	print("DROPPED ", _server.get_statistics().dropped_by_system)
