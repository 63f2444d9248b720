# The same on a server that owns its socket.
extends "long_frame.gd"

const OwnHall := preload("hall_listen.gd")


func _hall() -> Hall:
	return OwnHall.new()
