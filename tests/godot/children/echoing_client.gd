# A client that sends every packet back, until the server closes the connection or has been silent for a minute.
# Argument: port=<n>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Ours := preload("res://harness/ours.gd")

var _udp := PacketPeerUDP.new()
var _peer := PacketPeerDTLSOpenSSL.new()


func _initialize() -> void:
	_udp.connect_to_host("127.0.0.1", int(Arguments.value("port")))
	var options := Ours.client()
	options.idle_timeout_ms = 60_000
	_peer.connect_to_peer(_udp, "server.test", options)


func _process(_delta: float) -> bool:
	for packet in _peer.receive_all():
		_peer.put_packet(packet)
	return _peer.get_status() not in [PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED]
