# The same server with a socket of its own.
extends "lobby.gd"


func _open() -> void:
	_server.listen(0, "127.0.0.1")


func _port() -> int:
	return _server.get_local_port()


func _accept() -> void:
	_server.poll()
	has_begun = has_begun or _server.get_statistics().datagrams_in > 0
	while _server.is_connection_available():
		_peers.append(_server.take_connection())
