# Runs a program of res://children in an engine of its own, for what one process cannot see of itself.
extends RefCounted

const Arguments := preload("res://harness/arguments.gd")
# The project names this file as the one whose settings override its own.
const SETTINGS := "user://settings.cfg"

var exit_code: int
# Everything that was written, errors included.
var lines: PackedStringArray


# Waits for its end. `settings` are the child's project settings under openssl_dtls/, `wrapper` is a command that runs it.
func _init(
	program: String,
	arguments: PackedStringArray,
	settings: Dictionary = {},
	wrapper: PackedStringArray = [],
) -> void:
	var output: Array = []
	var command := wrapper + PackedStringArray([OS.get_executable_path()])
	command.append_array(["--headless", "--path", ProjectSettings.globalize_path("res://")])
	command.append_array(["--script", "res://children/%s.gd" % program, "--"])
	command.append_array(arguments + Arguments.of_children())
	_write(settings)
	exit_code = OS.execute(command[0], command.slice(1), output, true)
	DirAccess.remove_absolute(ProjectSettings.globalize_path(SETTINGS))
	lines = (output[0] as String).split("\n")


# In a network namespace of its own, where it may do what it likes. Null: that is not possible here.
static func isolated(program: String, arguments: PackedStringArray) -> RefCounted:
	const WRAPPER: PackedStringArray = ["unshare", "--map-root-user", "--net"]
	var can := OS.get_name() == "Linux" and OS.execute("unshare", WRAPPER.slice(1) + PackedStringArray(["ip", "link"])) == 0
	return new(program, arguments, {}, WRAPPER) if can else null


# What stands after `name` in a line of the program's own. Empty if there is none.
func result(name: String) -> String:
	for line in lines:
		if line.begins_with(name + " "):
			return line.trim_prefix(name + " ").strip_edges()
	return ""


# The lines that the DTLS classes have written, of either implementation.
func log_lines() -> PackedStringArray:
	var found: PackedStringArray = []
	for line in lines:
		if line.begins_with("ERROR:") or line.begins_with("WARNING:") or line.begins_with("mbedtls error:"):
			found.append(line)
	return found


func _write(settings: Dictionary) -> void:
	var file := ConfigFile.new()
	for name: String in settings:
		file.set_value("openssl_dtls", name, settings[name])
	if not settings.is_empty():
		file.save(SETTINGS)
