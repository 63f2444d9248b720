# The same storm on a server that owns its socket.
extends "storm.gd"

const ListeningLobby := preload("lobby_listen.gd")


func _lobby() -> Lobby:
	return ListeningLobby.new("rsa")
