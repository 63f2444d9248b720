# Compiles every script of a project, and those given as arguments, with warnings as errors. The engine then prints each
# warning as an error of the script.
#
#     CASE <script> PASS | CASE <script> FAIL does not compile
#     DONE <number of scripts>
extends SceneTree

const SETTINGS := "debug/gdscript/warnings/"
# In the engine's own settings untyped declarations are ignored.
const FURTHER: PackedStringArray = ["untyped_declaration"]
enum Level { IGNORE, WARN, ERROR }


func _initialize() -> void:
	_make_errors_of_warnings()
	# The engine notices at the end of the frame that settings have changed.
	await process_frame
	await process_frame
	var scripts := _scripts_in("res://") + OS.get_cmdline_user_args()
	var all_compile := true
	for path in scripts:
		var script := load(path) as Script
		var compiles := script != null and script.can_instantiate()
		all_compile = all_compile and compiles
		print("CASE %s %s" % [path, "PASS" if compiles else "FAIL does not compile"])
	print("DONE %d" % scripts.size())
	quit(0 if all_compile else 1)


func _make_errors_of_warnings() -> void:
	for property in ProjectSettings.get_property_list():
		var path: String = property.name
		if path.begins_with(SETTINGS) and property.type == TYPE_INT:
			var is_shown: bool = ProjectSettings.property_get_revert(path) == Level.WARN
			if is_shown or path.trim_prefix(SETTINGS) in FURTHER:
				ProjectSettings.set_setting(path, Level.ERROR)


func _scripts_in(folder: String) -> PackedStringArray:
	var found: PackedStringArray = []
	for file in DirAccess.get_files_at(folder):
		if file.get_extension() == "gd":
			found.append(folder.path_join(file))
	for inner in DirAccess.get_directories_at(folder):
		if inner != "addons":
			found.append_array(_scripts_in(folder.path_join(inner)))
	return found
