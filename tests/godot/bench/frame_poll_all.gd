# The same frames, with one call for all peers.
extends "frame.gd"


func _serve(crowd: Crowd) -> void:
	for peer in crowd.server.poll_all():
		for packet in peer.receive_all():
			peer.put_packet(packet)
