# Takes the picture of the window that the README shows: a host whose 200 guests have come over a network that loses
# datagrams, and then becomes slow.
extends "window_suite.gd"


func test_picture() -> void:
	allow(120.0)
	var window := open_window()
	var network: Node = window.get_node("%Network")
	press(window.get_node("%Host"), "Open")
	(network.get_node("%Loss") as Slider).value = 5
	await _pass(2.0)
	press(network, "Bots")
	await _pass(14.0)
	(network.get_node("%Delay") as Slider).value = 60
	await _pass(13.0)
	await take_picture("picture.png")
	window.free()


func _pass(seconds: float) -> void:
	await create_timer(seconds).timeout
