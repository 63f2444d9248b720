# The same frames of a server that owns its socket.
extends "frame.gd"

const ListeningCrowd := preload("crowd_listen.gd")


func _crowd() -> Crowd:
	return ListeningCrowd.new()


func _serve(crowd: Crowd) -> void:
	for peer in crowd.server.poll_all():
		for packet in peer.receive_all():
			peer.put_packet(packet)
