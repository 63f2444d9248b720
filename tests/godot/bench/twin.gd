# The same text for the engine's classes: what the addon asks of a game that changes over, the other way round.
extends RefCounted

const SOURCES := "res://bench/"
const TWINS := "res://.godot/bench/"


# Writes the twins of all scripts of the folder. They refer to each other by relative paths.
static func write() -> void:
	DirAccess.make_dir_recursive_absolute(TWINS)
	for file in DirAccess.get_files_at(SOURCES):
		if file.get_extension() == "gd":
			var text := FileAccess.get_file_as_string(SOURCES + file)
			FileAccess.open(TWINS + file, FileAccess.WRITE).store_string(text.replace("OpenSSL", ""))
