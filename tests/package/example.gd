# The example of the package's README, in a project that has the package in it and nothing else. The test runner has
# written its two scripts there, reads what they print, and sends `quit`.
extends SceneTree

const Commands := preload("../godot/harness/commands.gd")

var _commands := Commands.new()


func _initialize() -> void:
	for script_name: String in ["server", "client"]:
		var script: GDScript = load("res://%s.gd" % script_name)
		var node: Node = script.new()
		root.add_child(node)


func _process(_delta: float) -> bool:
	if _commands.next() != "quit":
		return false
	_commands.close()
	return true
