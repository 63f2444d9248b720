# The user arguments of a program, each `name=value`.
extends RefCounted


static func value(name: String, default: String = "") -> String:
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with(name + "="):
			return argument.substr(name.length() + 1)
	return default
