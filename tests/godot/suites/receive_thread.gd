# The thread that receives for a listening server between two polls: the project setting openssl_dtls/receive_thread.
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")


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


func _child(setting: Variant) -> Child:
	var child := Child.new("long_frame", [], { "receive_thread": setting })
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.log_lines(), PackedStringArray(), "lines")
	return child
