# The same server, with one call for all peers.
extends "hall.gd"


func _serve() -> void:
	_listener.poll()
	while _listener.is_connection_available():
		var peer := _server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)
	_answer_all()


func _answer_all() -> void:
	for peer in _server.poll_all():
		for packet in peer.receive_all():
			_answer(peer, packet)
