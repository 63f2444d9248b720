# The same server with a socket of its own.
extends "hall_poll_all.gd"


func _listen() -> void:
	_server.listen(0, "127.0.0.1")


func _port() -> int:
	return _server.get_local_port()


func _serve() -> void:
	_answer_all()
	while _server.is_connection_available():
		_peers.append(_server.take_connection())


func close() -> void:
	super()
	_server.stop()
