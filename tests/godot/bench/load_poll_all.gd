# The same load, with one call for all peers.
extends "load.gd"

const PollAllHall := preload("hall_poll_all.gd")


func _hall() -> Hall:
	return PollAllHall.new()
