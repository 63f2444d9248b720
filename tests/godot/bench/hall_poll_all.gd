# The same server, with one call for all peers.
extends "hall.gd"


func _serve() -> void:
	_listener.poll()
	while _listener.is_connection_available():
		var peer := _server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)
	_answer()


func _answer() -> void:
	for peer in _server.poll_all():
		for packet in peer.receive_all():
			peer.put_packet(packet)
			_packets.append(packet)
