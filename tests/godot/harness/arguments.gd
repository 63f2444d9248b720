# The user arguments of a program, each `name=value` or a `name` alone.
extends RefCounted


static func value(name: String, default: String = "") -> String:
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with(name + "="):
			return argument.substr(name.length() + 1)
	return default


static func has(name: String) -> bool:
	return name in OS.get_cmdline_user_args()


# Those that go to the programs which a suite starts.
static func of_children() -> PackedStringArray:
	return ["listen"] if has("listen") else []
