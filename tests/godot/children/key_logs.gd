# Makes several options that log keys. Argument: path=<path>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Ours := preload("res://harness/ours.gd")


func _initialize() -> void:
	for number in 3:
		Ours.client().key_log_path = Arguments.value("path")
		Ours.server().key_log_path = Arguments.value("path") + ".server"
	quit()
