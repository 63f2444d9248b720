# A listening server whose frame takes long, while a client sends more than the system's buffer holds.
# Prints `SENT <packets>`, `RECEIVED <packets>`, `IN_ORDER <true or false>`, `DROPPED <datagrams that the system has lost>`.
extends SceneTree

const Ours := preload("res://harness/ours.gd")
# Room for some 60 packets: the time in which a third of all is sent. So long may a thread of this program stand still.
const RECEIVE_BUFFER := 65_536
const COUNT := 150
const PACKET := 1000

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
	var packet := PackedByteArray()
	packet.resize(PACKET)
	for number in COUNT:
		packet.encode_u32(0, number)
		_client.put_packet(packet)
		# Not one buffer's worth at a time.
		OS.delay_msec(10)
	print("SENT ", COUNT)
	_server.poll()
	var numbers: Array[int] = []
	for received in _peer.receive_all():
		numbers.append(received.decode_u32(0))
	var sorted := numbers.duplicate()
	sorted.sort()
	print("RECEIVED ", numbers.size())
	print("IN_ORDER ", numbers == sorted)
	print("DROPPED ", _server.get_statistics().dropped_by_system)
