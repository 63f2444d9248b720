# Quits when all handshakes of a crowd have begun.
extends "res://harness/suite.gd"

const Crowd := preload("res://harness/joining_crowd.gd")


func _run() -> void:
	allow(CASE_SECONDS)
	var crowd := Crowd.new(40)
	var have_begun := func() -> bool:
		crowd.poll()
		return crowd.peers.size() == 40
	await until(have_begun)
	crowd.poll()
	quit()
