# Runs one measurement in rounds, contender after contender in each, and prints a line of JSON for each figure.
# Arguments: measurement=<name> contenders=<names, separated by commas> rounds=<n>
#
#     ENVIRONMENT { godot, processor, cores }
#     FIGURE { contender, round, row, value, unit, cipher, lost }
#
# The contender `ours` is the script of the measurement's name, `engine` its twin, any other is in <measurement>_<contender>.gd.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Twin := preload("res://bench/twin.gd")


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	print("ENVIRONMENT " + JSON.stringify({
		"godot": Engine.get_version_info().string,
		"processor": OS.get_processor_name(),
		"cores": OS.get_processor_count(),
	}))
	Twin.write()
	var contenders := {}
	for contender in Arguments.value("contenders").split(","):
		contenders[contender] = _load(Arguments.value("measurement"), contender)
	for number in int(Arguments.value("rounds")):
		for contender: String in contenders:
			if not await _round(number, contender, contenders[contender]):
				quit(1)
				return
	quit()


func _load(measurement: String, contender: String) -> Object:
	var path := "%s%s_%s.gd" % [Twin.SOURCES, measurement, contender]
	match contender:
		"ours":
			path = "%s%s.gd" % [Twin.SOURCES, measurement]
		"engine":
			path = "%s%s.gd" % [Twin.TWINS, measurement]
	return (load(path) as GDScript).new()


# Untyped: a twin's base is not the base that is known here.
func _round(number: int, contender: String, measurement: Object) -> bool:
	measurement.figures.clear()
	await measurement.measure()
	if not measurement.failure.is_empty():
		printerr("FAILED %s: %s" % [contender, measurement.failure])
		return false
	for figure: Dictionary in measurement.figures:
		figure.merge({ "contender": contender, "round": number })
		print("FIGURE " + JSON.stringify(figure))
	return true
