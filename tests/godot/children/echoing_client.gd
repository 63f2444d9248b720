# A client that sends every packet back, until the server closes the connection or has been silent for a minute. It says no
# goodbye when it is killed. With `tell` it sends how many seconds it took to connect.
# Arguments: port=<of the server> own_port=<n, by default any> tell
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Ours := preload("res://harness/ours.gd")

var _udp := PacketPeerUDP.new()
var _peer := PacketPeerDTLSOpenSSL.new()


func _initialize() -> void:
	_udp.bind(int(Arguments.value("own_port", "0")), "127.0.0.1")
	_udp.connect_to_host("127.0.0.1", int(Arguments.value("port")))
	if Arguments.has("tell"):
		_peer.status_changed.connect(_tell.bind(Time.get_ticks_msec()))
	var options := Ours.client()
	options.idle_timeout_ms = 60_000
	_peer.connect_to_peer(_udp, "server.test", options)


func _process(_delta: float) -> bool:
	for packet in _peer.receive_all():
		_peer.put_packet(packet)
	return _peer.get_status() not in [PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED]


func _tell(status: PacketPeerDTLSOpenSSL.Status, start: int) -> void:
	if status == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
		_peer.put_packet(str((Time.get_ticks_msec() - start) / 1000.0).to_utf8_buffer())
