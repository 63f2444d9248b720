# The same server, which sends what it has to send at the end of the frame.
extends "hall_listen.gd"


func _listen() -> void:
	_server.send_batching = true
	super()


func _serve() -> void:
	super()
	_server.flush()
