# A DTLS client in a process of its own, which lives until it is killed: it says no goodbye.
extends RefCounted

var _process: int


# Its own port, and that of the server on this machine.
func _init(port: int, server: int) -> void:
	var command: PackedStringArray = ["--headless", "--path", ProjectSettings.globalize_path("res://")]
	command.append_array(["--script", "res://children/client_on_port.gd", "--", "port=%d" % port, "server=%d" % server])
	_process = OS.create_process(OS.get_executable_path(), command)


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE:
		OS.kill(_process)


func kill() -> void:
	OS.kill(_process)
