# What is written to Godot's log, and the project setting that says how much.
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")


func test_a_client_says_why_it_failed_and_where() -> void:
	var lines := _lines_with_level("")
	if expect(not lines.is_empty(), "no line"):
		expect(lines[0].begins_with("WARNING: DTLS client: the other side's certificate leads to no authority"), lines[0])
		expect("/godot/failure_log.rs:" in lines[1], "not the place in the source: " + lines[1])


func test_level_error_hides_warnings() -> void:
	expect_equal(_lines_with_level("error").size(), 0, "lines")


func test_level_off_hides_warnings() -> void:
	expect_equal(_lines_with_level("off").size(), 0, "lines")


func test_level_info_shows_warnings() -> void:
	expect(not _lines_with_level("info").is_empty(), "no line")


func test_level_info_tells_the_version_of_openssl() -> void:
	var told := RegEx.create_from_string("OpenSSL DTLS \\S+ for \\S+, OpenSSL (\\d+)\\.(\\d+)\\.(\\d+)")
	for line in _run_with_level("info").lines:
		var found := told.search(line)
		if found != null:
			var version := [int(found.get_string(1)), int(found.get_string(2)), int(found.get_string(3))]
			expect(version >= [4, 0, 3], "too old: " + line)
			return
	expect(false, "no such line")


func test_unknown_level_counts_as_warn() -> void:
	expect(not _lines_with_level("loud").is_empty(), "no line")


# Runs a client that fails. Returns its first line about DTLS, and the one after it, which names the place.
func _lines_with_level(level: String) -> PackedStringArray:
	var child := _run_with_level(level)
	for index in child.lines.size():
		if "DTLS client" in child.lines[index]:
			return child.lines.slice(index, index + 2)
	return []


func _run_with_level(level: String) -> Child:
	var child := Child.new("refused_client", [], {} if level.is_empty() else { "log_level": level })
	expect_equal(child.result("STATUS"), "ERROR", "status")
	return child
