# However much the network sends to one server object: it writes at most a line a minute to the log.
# also with: listen
# time limit: 300 s
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const MOST_LINES := 2


func test_bad_datagrams_from_strangers() -> void:
	allow(120.0)
	var child := Child.new("bad_datagrams", ["column=ours", "count=100000"])
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.result("TAKEN"), "100000", "taken")
	_expect_quiet(child)


func test_bad_datagrams_from_a_clients_address() -> void:
	allow(120.0)
	var child := Child.new("bad_session", ["count=20000"])
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.result("ALIVE"), "true", "the session afterwards")
	_expect_quiet(child)


func test_failing_handshakes() -> void:
	allow(120.0)
	var child := Child.new("failing_handshakes", ["count=200"])
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.result("FAILED"), "200", "failed connections of the server")
	_expect_quiet(child)


func _expect_quiet(child: Child) -> void:
	var lines := child.log_lines()
	expect(lines.size() <= MOST_LINES, "%d lines, the first: %s" % [lines.size(), " | ".join(lines.slice(0, 3))])
