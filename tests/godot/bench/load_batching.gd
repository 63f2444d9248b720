# The same load on a server that gathers what it sends.
extends "load_listen.gd"

const BatchingHall := preload("hall_batching.gd")


func _hall() -> Hall:
	return BatchingHall.new()
