# Opens the editor's help on each class of the addon and looks for what has no description.
# Prints one result a class, as the suites in tests/godot do.
@tool
extends EditorPlugin

const MISSING := "There is currently no description"

# Something that only the addon says, for each class.
const EXPECTED := {
	"DTLSServerOpenSSL": "Takes the DTLS connections of clients.",
	"PacketPeerDTLSOpenSSL": "Nobody who is trusted has issued the other side's certificate.",
	"TLSOptionsOpenSSL": "The largest datagram that the handshake sends",
}


func _enter_tree() -> void:
	_run.call_deferred()


func _run() -> void:
	# Waits for the thread that reads the help on the engine's classes. That on extensions follows in the next frame.
	await _help_on("Object")
	var passed := 0
	for name: String in EXPECTED:
		var help := await _help_on(name)
		if help.is_empty():
			print("CASE %s FAIL the editor shows no help" % name)
		elif MISSING in help:
			print("CASE %s FAIL %d descriptions are missing" % [name, help.count(MISSING)])
		elif EXPECTED[name] not in help:
			print("CASE %s FAIL the help does not say: %s" % [name, EXPECTED[name]])
		else:
			print("CASE %s PASS" % name)
			passed += 1
	print("DONE %d" % EXPECTED.size())
	get_tree().quit(0 if passed == EXPECTED.size() else 1)


# The text of the page, which is there some frames after the editor has made its class reference.
func _help_on(name: String) -> String:
	EditorInterface.get_script_editor().goto_help("class_name:" + name)
	for frame in 600:
		await get_tree().process_frame
		for page in EditorInterface.get_script_editor().find_children("*", "RichTextLabel", true, false):
			var text := (page as RichTextLabel).get_parsed_text()
			if text.begins_with("Class:") and name in text.get_slice("\n", 0):
				return text
	return ""
