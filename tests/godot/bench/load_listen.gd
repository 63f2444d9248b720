# The same load on a server that owns its socket.
extends "load.gd"

const ListeningHall := preload("hall_listen.gd")


func _hall() -> Hall:
	return ListeningHall.new()
