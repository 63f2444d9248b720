# Base of every suite: runs its cases one after the other and prints the lines that the test runner reads.
#
#     CASE <id> PASS | CASE <id> FAIL <reason> | CASE <id> SKIP <reason>
#     DONE <number of cases>
#
# A case is a method whose name begins with `test_`, with `slow_test_` if it runs only with the user argument `all`, or with
# `udp_test_` if it is about what there is with a UDPServer alone: it does not run with the user argument `listen`.
# It makes what it needs by itself, and whatever it made is gone when it returns.
extends SceneTree

const Arguments := preload("arguments.gd")
# No case takes longer, unless it asks for more with `allow`.
const CASE_SECONDS := 20.0

var _failures: PackedStringArray = []
var _skipped := ""
var _case_end := 0


func _initialize() -> void:
	_run.call_deferred()


# The cases of this suite: id to Callable, in the order in which they run.
func cases() -> Dictionary:
	var script: Script = get_script()
	var suite := script.resource_path.get_file().get_basename()
	var found := {}
	for method: Dictionary in script.get_script_method_list():
		var name: String = method.name
		if name.begins_with("udp_test_") and Arguments.has("listen"):
			continue
		for prefix: String in ["test_", "slow_test_", "udp_test_"]:
			if name.begins_with(prefix):
				found[suite + "." + name.trim_prefix(prefix)] = Callable(self, name)
	return found


# True if the cases that take long run too.
func runs_all() -> bool:
	return Arguments.has("all")


# Fails the running case if `condition` is false. The case goes on; return early where that makes no sense.
func expect(condition: bool, what: String) -> bool:
	if not condition:
		_failures.append(what)
	return condition


func expect_equal(actual: Variant, expected: Variant, what: String) -> bool:
	var is_equal: bool = typeof(actual) == typeof(expected) and actual == expected
	return expect(is_equal, "%s: %s, not %s" % [what, actual, expected])


# The running case cannot be run here.
func skip(reason: String) -> void:
	_skipped = reason


# Gives the running case this long from now on.
func allow(seconds: float) -> void:
	_case_end = Time.get_ticks_msec() + int(seconds * 1000.0)


# Waits frame by frame until `condition` returns true. False if that did not happen in time.
func until(condition: Callable, seconds: float = 5.0) -> bool:
	var end := mini(Time.get_ticks_msec() + int(seconds * 1000.0), _case_end)
	while not condition.call():
		if Time.get_ticks_msec() > end:
			return false
		await process_frame
	return true


# Calls `action` in every frame for this long: for what must not happen.
func during(seconds: float, action: Callable) -> void:
	var end := Time.get_ticks_msec() + int(seconds * 1000.0)
	var time_is_up := func() -> bool:
		action.call()
		return Time.get_ticks_msec() >= end
	await until(time_is_up, seconds + 1.0)


func _run() -> void:
	var all_passed := true
	var found := cases()
	for id: String in found:
		var case: Callable = found[id]
		all_passed = await _run_case(id, case) and all_passed
	print("DONE %d" % found.size())
	quit(0 if all_passed else 1)


func _run_case(id: String, case: Callable) -> bool:
	_failures.clear()
	_skipped = ""
	allow(CASE_SECONDS)
	if case.get_method().begins_with("slow_") and not runs_all():
		skip("runs with `all`")
	else:
		await case.call()
		expect(Time.get_ticks_msec() <= _case_end, "took longer than its time limit")
	if not _failures.is_empty():
		print("CASE %s FAIL %s" % [id, "; ".join(_failures).replace("\n", " ")])
		return false
	print("CASE %s PASS" % id if _skipped.is_empty() else "CASE %s SKIP %s" % [id, _skipped])
	return true
