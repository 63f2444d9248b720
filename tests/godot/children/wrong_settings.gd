# Gives every property of a server's options each value that it cannot have.
extends SceneTree

const Ours := preload("res://harness/ours.gd")
const Properties := preload("res://harness/properties.gd")


func _initialize() -> void:
	var options := Ours.server()
	var properties := Properties.common().merged(Properties.of_servers())
	for property: String in properties:
		for value: Variant in properties[property][2]:
			options.set(property, value)
	quit()
