# A text that nobody else on this computer can read, where files have such permissions.
extends RefCounted


static func write(path: String, text: String) -> void:
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		push_warning("%s cannot be written: %s" % [path, error_string(FileAccess.get_open_error())])
		return
	# Before there is anything in it.
	FileAccess.set_unix_permissions(path, FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_WRITE_OWNER)
	file.store_string(text)
