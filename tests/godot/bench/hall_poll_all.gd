# The same server, with one call for all peers.
extends "hall.gd"


func _serve() -> void:
	_accept()
	_answer_all()


func _answer_all() -> void:
	for peer in _server.poll_all():
		for packet in peer.receive_all():
			_answer(peer, packet)
