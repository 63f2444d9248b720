# The thread that receives for a listening server between two polls: the project setting openssl_dtls/receive_thread.
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const ColumnEngine := preload("res://harness/column_engine.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Entrance := preload("res://harness/entrance.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const SETTING := "openssl_dtls/receive_thread"


func test_without_it_a_long_frame_loses_packets() -> void:
	var child := _child(false)
	expect(child.result("RECEIVED").to_int() < child.result("SENT").to_int(), "nothing was lost")
	if child.result("DROPPED") != "-1":
		var counted := child.result("RECEIVED").to_int() + child.result("DROPPED").to_int()
		expect_equal(counted, child.result("SENT").to_int(), "received and dropped")


func test_with_it_a_long_frame_loses_nothing() -> void:
	var child := _child(true)
	expect_equal(child.result("RECEIVED"), child.result("SENT"), "packets")
	expect_equal(child.result("IN_ORDER"), "true", "in order")
	expect(child.result("DROPPED") in ["0", "-1"], "dropped: " + child.result("DROPPED"))


func test_another_value_than_true_or_false_is_no_thread() -> void:
	var child := _child("perhaps")
	expect(child.result("RECEIVED").to_int() < child.result("SENT").to_int(), "nothing was lost")


func test_clients_connect_and_talk() -> void:
	ProjectSettings.set_setting(SETTING, true)
	var link := Pair.new(self, ColumnOurs.new(), ColumnEngine.new(), Entrance.new(true))
	ProjectSettings.set_setting(SETTING, false)
	for number in 5:
		expect(await link.establish_another(), "not connected: " + link.client_status())
		expect(await link.is_alive(), "no data")


# The thread, which has the socket too, has ended when the call returns.
func test_the_port_is_free_when_the_server_has_stopped() -> void:
	ProjectSettings.set_setting(SETTING, true)
	var port := 0
	for turn in 20:
		var server := Ours.set_up()
		expect_equal(server.listen(port, "127.0.0.1"), OK, "listen")
		port = server.get_local_port()
		if turn % 2 == 0:
			server.stop()
	ProjectSettings.set_setting(SETTING, false)


func _child(setting: Variant) -> Child:
	var child := Child.new("long_frame", [], { "receive_thread": setting })
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.log_lines(), PackedStringArray(), "lines")
	return child
