# Opens the editor's help on each class of the addon and looks for what has no description, and at the class's icon.
# Prints one result a page and one an icon, as the suites in tests/godot do.
@tool
extends EditorPlugin

const MANIFEST := "res://addons/openssl_dtls/openssl_dtls.gdextension"
const ICON_SIZE := Vector2(16, 16)
# So long may it take to make the class reference.
const SECONDS := 60.0
const MISSING := "There is currently no description"

# Something that only the addon says, for each class.
const EXPECTED := {
	"DTLSServerOpenSSL": "Takes the DTLS connections of clients.",
	"PacketPeerDTLSOpenSSL": "Nobody who is trusted has issued the other side's certificate",
	"TLSOptionsOpenSSL": "The largest datagram that the handshake sends",
}


func _enter_tree() -> void:
	_run.call_deferred()


func _run() -> void:
	# Waits for the thread that reads the help on the engine's classes. That on extensions follows in the next frame.
	await _help_on("Object")
	var faults := {}
	for name: String in EXPECTED:
		faults[name + ".help"] = _help_fault(name, await _help_on(name))
		faults[name + ".icon"] = _icon_fault(name)
	for case: String in faults:
		print("CASE %s %s" % [case, "PASS" if faults[case] == "" else "FAIL " + faults[case]])
	print("DONE %d" % faults.size())
	get_tree().quit(0 if faults.values().all(func(fault: String) -> bool: return fault.is_empty()) else 1)


# What is wrong with a page. Empty: nothing.
func _help_fault(name: String, help: String) -> String:
	if help.is_empty():
		return "the editor shows no help"
	if MISSING in help:
		return "%d descriptions are missing" % help.count(MISSING)
	return "" if EXPECTED[name] in help else "the help does not say: " + EXPECTED[name]


# What is wrong with a class's icon. Empty: nothing.
func _icon_fault(name: String) -> String:
	var manifest := ConfigFile.new()
	manifest.load(MANIFEST)
	var path: String = manifest.get_value("icons", name, "")
	var icon := load(MANIFEST.get_base_dir().path_join(path)) as Texture2D
	if icon == null:
		return "the editor cannot load %s" % path
	return "" if icon.get_size() == ICON_SIZE else "its size is %s" % icon.get_size()


# The text of the page, which is there some time after the editor has made its class reference.
func _help_on(name: String) -> String:
	EditorInterface.get_script_editor().goto_help("class_name:" + name)
	var end := Time.get_ticks_msec() + int(SECONDS * 1000.0)
	while Time.get_ticks_msec() < end:
		await get_tree().process_frame
		for page in EditorInterface.get_script_editor().find_children("*", "RichTextLabel", true, false):
			var text := (page as RichTextLabel).get_parsed_text()
			if text.begins_with("Class:") and name in text.get_slice("\n", 0):
				return text
	return ""
