# The window of a guest. It finds the host of the other process by the invitation that the host has left.
extends "window_suite.gd"

const Bots := preload("res://players/bots.gd")
const Socket := preload("../godot/harness/socket.gd")
const JOIN_SECONDS := 15.0

enum Trust { FINGERPRINT, AUTHORITY, PRE_SHARED_KEY, NOTHING }


func test_a_guest_joins_and_so_do_200_bots() -> void:
	allow(90.0)
	var window := await _joined()
	expect_equal(text(window, "Detail"), SECURITY, "what is known of the connection")
	var has_answers := func() -> bool: return text(window, "RoundTrip").ends_with(" ms")
	expect(await until(has_answers, JOIN_SECONDS), "the round trip is: " + text(window, "RoundTrip"))
	press(window.get_node("%Network"), "Bots")
	var have_joined := func() -> bool: return "Bots: 200 of 200 connected" in log_text(window)
	expect(await until(have_joined, 60.0), log_text(window))
	await take_picture("guest.png")
	expect(await until(func() -> bool: return is_told("full"), 60.0), "the host is not full")
	window.free()


# So much is lost that not all handshakes are complete in their 20 seconds.
func test_handshakes_get_through_a_bad_network() -> void:
	allow(60.0)
	var window := await _joined()
	var network: Node = window.get_node("%Network")
	(network.get_node("%Loss") as Slider).value = 20
	(network.get_node("%Delay") as Slider).value = 30
	press(network, "Bots")
	var bots: Bots = window.get_node("Bots")
	expect(await until(func() -> bool: return bots.connected() >= 100, 50.0), "only %d bots" % bots.connected())
	expect(text(window, "Retransmissions").to_int() > 0, "nothing was sent again")
	press(network, "Bots")
	window.free()


func test_another_fingerprint_is_told() -> void:
	var window := await _opened()
	var panel := _join_panel(window)
	(panel.get_node("%Proof") as LineEdit).text = "00".repeat(32)
	press(panel, "Join")
	var has_failed := func() -> bool: return text(window, "State") == "FAILURE_PIN_MISMATCH"
	expect(await until(has_failed, JOIN_SECONDS), "the state is: " + text(window, "State"))
	expect("Host: FAILURE_PIN_MISMATCH: the server is not the one" in log_text(window), log_text(window))
	window.free()


func test_the_certificate_that_the_host_has_kept_is_an_authority() -> void:
	var window := await _opened()
	_choose(window, Trust.AUTHORITY)
	(_join_panel(window).get_node("%Proof") as LineEdit).text = "user://host.crt"
	press(_join_panel(window), "Join")
	expect(await until(_is_connected.bind(window), JOIN_SECONDS), log_text(window))
	expect(not _figure(window, "Unverified").visible, "it is called unverified")
	window.free()


func test_what_is_unsafe_is_told() -> void:
	var window := await _opened()
	expect(not (_join_panel(window).get_node("%Warning") as Control).visible, "a warning from the start")
	_choose(window, Trust.NOTHING)
	expect((_join_panel(window).get_node("%Warning") as Control).visible, "no warning before")
	press(_join_panel(window), "Join")
	expect(await until(_is_connected.bind(window), JOIN_SECONDS), log_text(window))
	expect(await until(func() -> bool: return _figure(window, "Unverified").visible, 5.0), "not called unverified")
	window.free()


func test_that_nobody_listens_is_told() -> void:
	var nobody := Socket.new()
	nobody.refuse()
	var window := await _opened()
	(_join_panel(window).get_node("%Port") as SpinBox).value = nobody.port
	press(_join_panel(window), "Join")
	expect(await until(func() -> bool: return "Nobody listens there" in log_text(window), 5.0), log_text(window))
	window.free()


func _run() -> void:
	await super()
	tell("done")


# As the host's button "Join from another window" does it, except for the process.
func _joined() -> Control:
	var window := await _opened()
	press(_join_panel(window), "Join")
	expect(await until(_is_connected.bind(window), JOIN_SECONDS), log_text(window))
	return window


# At the panel to join.
func _opened() -> Control:
	var window := open_window()
	(window.get_node("%Tabs") as TabContainer).current_tab = 1
	await process_frame
	return window


func _join_panel(window: Control) -> Node:
	return window.get_node("%Join")


func _choose(window: Control, trust: Trust) -> void:
	var button: OptionButton = _join_panel(window).get_node("%Trust")
	button.select(trust)
	button.item_selected.emit(trust)


func _is_connected(window: Control) -> bool:
	return text(window, "State").begins_with("Connected to 127.0.0.1")


func _figure(window: Control, name: String) -> Control:
	return window.get_node("%Figures").get_node("%" + name)
