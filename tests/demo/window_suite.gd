# Base of the suites that use the demo's window as a person would, in an engine that runs the demo project.
extends "../godot/harness/suite.gd"

const SECURITY := "DTLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519"
const SIZE := Vector2i(1152, 648)
# Of each row and column of a picture, one in so many is looked at.
const STEP := 3
const LEAST_COLORS := 100
# The share of the most frequent color, which is that of the background.
const MOST_OF_ONE_COLOR := 0.9


# A window of the demo. `free` it at the end of the case.
func open_window() -> Control:
	var scene: PackedScene = load("res://window/window.tscn")
	var window: Control = scene.instantiate()
	root.add_child(window)
	return window


# Presses a button of one of the panels, if it can be.
func press(panel: Node, button: String) -> void:
	var pressed: Button = panel.get_node("%" + button)
	if not expect(pressed.is_visible_in_tree() and not pressed.disabled, "%s cannot be pressed" % button):
		return
	if pressed.toggle_mode:
		pressed.button_pressed = not pressed.button_pressed
	else:
		pressed.pressed.emit()


# What a label of the window shows.
func text(window: Control, label: String) -> String:
	var figures: Node = window.get_node("%Figures")
	return (figures.get_node("%" + label) as Label).text


func log_text(window: Control) -> String:
	return (window.get_node("%Log") as RichTextLabel).get_parsed_text()


# Writes what is on the screen into a file of the folder that the argument `pictures=` names, and looks at it.
func take_picture(name: String) -> void:
	await RenderingServer.frame_post_draw
	var image := root.get_texture().get_image()
	image.save_png(_argument("pictures").path_join(name))
	expect_equal(image.get_size(), SIZE, "size")
	var colors := {}
	var pixels := 0
	for x in range(0, image.get_width(), STEP):
		for y in range(0, image.get_height(), STEP):
			var color := image.get_pixel(x, y).to_rgba32()
			var count: int = colors.get(color, 0)
			colors[color] = count + 1
			pixels += 1
	expect(colors.size() >= LEAST_COLORS, "only %d colors" % colors.size())
	var most: int = colors.values().max()
	var share := most / float(pixels)
	expect(share <= MOST_OF_ONE_COLOR, "%d %% of the picture are of one color" % roundi(share * 100.0))


# Tells something to the other process, which has the same user folder.
func tell(what: String) -> void:
	FileAccess.open("user://" + what, FileAccess.WRITE).close()


func is_told(what: String) -> bool:
	return FileAccess.file_exists("user://" + what)


func _argument(name: String) -> String:
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with(name + "="):
			return argument.trim_prefix(name + "=")
	return ""
