# A plain UDP socket on loopback, for crafted datagrams.
extends RefCounted

var port: int:
	get:
		return _udp.get_local_port()
# Where datagrams go: given, or learnt from what arrived last.
var remote_port := 0

var _udp := PacketPeerUDP.new()


func _init(remote: int = 0) -> void:
	remote_port = remote
	_udp.bind(0, "127.0.0.1")


func send(datagram: PackedByteArray) -> void:
	if datagram.is_empty():
		_send_empty()
		return
	_udp.set_dest_address("127.0.0.1", remote_port)
	_udp.put_packet(datagram)


# Everything that has arrived.
func receive() -> Array[PackedByteArray]:
	var datagrams: Array[PackedByteArray] = []
	while _udp.get_available_packet_count() > 0:
		datagrams.append(_udp.get_packet())
		remote_port = _udp.get_packet_port()
	return datagrams


func close() -> void:
	_udp.close()


# From now on nobody listens there, as the system tells whoever sends to it. The port is not free, so that nobody else gets it
# as long as this object is there.
func refuse() -> void:
	# Who has connected a socket gets what comes from there, and nothing else. From the port `discard` nothing comes.
	_udp.connect_to_host("127.0.0.1", 9)


# PacketPeerUDP sends no empty datagram, but ENet's socket does: it takes our port for a moment. What arrives meanwhile is
# lost.
func _send_empty() -> void:
	var own_port := port
	_udp.close()
	var sender := ENetConnection.new()
	sender.create_host_bound("127.0.0.1", own_port)
	sender.socket_send("127.0.0.1", remote_port, PackedByteArray())
	sender.destroy()
	_udp.bind(own_port, "127.0.0.1")
