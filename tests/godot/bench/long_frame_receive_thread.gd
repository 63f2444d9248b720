# The same with a thread that receives.
extends "long_frame.gd"

const OwnHall := preload("hall_receive_thread.gd")


func _hall() -> Hall:
	return OwnHall.new()
