# A program of this project in an engine of its own, which lives as long as this object.
extends RefCounted

const Arguments := preload("res://harness/arguments.gd")

# 0: it has been ended.
var _process: int


func _init(script: String, arguments: PackedStringArray) -> void:
	var command: PackedStringArray = ["--headless", "--path", ProjectSettings.globalize_path("res://")]
	command.append_array(["--script", script, "--"])
	_process = OS.create_process(OS.get_executable_path(), command + arguments + Arguments.of_children())


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE and _process != 0:
		OS.kill(_process)


func is_running() -> bool:
	return _process != 0 and OS.is_process_running(_process)


# Ends it at once.
func end() -> void:
	OS.kill(_process)
	_process = 0


# Whether this system can let a process stand still.
static func can_be_suspended() -> bool:
	return OS.get_name() in ["Linux", "macOS"]


# Lets it stand still, whatever it is at.
func suspend() -> void:
	OS.execute("kill", ["-STOP", str(_process)])


# Lets it go on where it was.
func resume() -> void:
	OS.execute("kill", ["-CONT", str(_process)])
