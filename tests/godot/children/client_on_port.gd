# A client on a port of its own. Sends how many seconds it took to connect, and stays until it is killed, 60 s at the most.
# Arguments: port=<own port> server=<port>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const SECONDS := 60.0

var _peer := PacketPeerDTLSOpenSSL.new()


func _initialize() -> void:
	var udp := PacketPeerUDP.new()
	udp.bind(int(Arguments.value("port")), "127.0.0.1")
	udp.connect_to_host("127.0.0.1", int(Arguments.value("server")))
	_peer.status_changed.connect(_on_status_changed.bind(Time.get_ticks_msec()))
	_peer.connect_to_peer(udp, "server.test", TLSOptionsOpenSSL.client(Fixtures.certificate("ca")))


func _process(_delta: float) -> bool:
	_peer.poll()
	return Time.get_ticks_msec() > SECONDS * 1000.0


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status, start: int) -> void:
	if status == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
		_peer.put_packet(str((Time.get_ticks_msec() - start) / 1000.0).to_utf8_buffer())
