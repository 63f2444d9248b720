# Unloads the extension. Prints `BEFORE <number of its monitors>` and `AFTER <number of its monitors>`. With the argument
# `remove` a script has removed one of them before.
extends SceneTree

const EXTENSION := "res://addons/openssl_dtls/openssl_dtls.gdextension"


func _initialize() -> void:
	print("BEFORE ", _monitors())
	if "remove" in OS.get_cmdline_user_args():
		Performance.remove_custom_monitor("openssl_dtls/drops")
	GDExtensionManager.unload_extension(EXTENSION)
	print("AFTER ", _monitors())
	quit()


func _monitors() -> int:
	var ours := func(name: StringName) -> bool: return name.begins_with("openssl_dtls/")
	return Performance.get_custom_monitor_names().filter(ours).size()
