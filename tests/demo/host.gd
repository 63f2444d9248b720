# The window of a host, which the guest's window in another process joins.
extends "window_suite.gd"

const SECONDS := 100.0


func test_a_host_lets_a_guest_and_200_bots_in() -> void:
	allow(SECONDS)
	var window := open_window()
	var panel: Node = window.get_node("%Host")
	(panel.get_node("%Port") as SpinBox).value = 0
	press(panel, "Open")
	expect("Hosting on port" in log_text(window), log_text(window))
	print("HOSTING")
	var has_all := func() -> bool: return text(window, "State").ends_with(": 201 guests")
	if expect(await until(has_all, SECONDS), "the state is: " + text(window, "State")):
		expect_equal(text(window, "Detail"), SECURITY, "what is known of the connections")
		var has_answers := func() -> bool: return text(window, "RoundTrip").ends_with(" ms")
		expect(await until(has_answers, SECONDS), "the round trip is: " + text(window, "RoundTrip"))
		await take_picture("host.png")
	tell("full")
	# The guest's further cases begin.
	allow(SECONDS)
	expect(await until(func() -> bool: return is_told("done"), SECONDS), "the guest does not end")
	press(panel, "Close")
	expect("The host is closed" in log_text(window), log_text(window))
	window.free()
