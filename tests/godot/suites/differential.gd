# Every row of the contract between the engine's DTLS classes and ours, looked at in both.
# A row fails without an observation from either, with one that is not what the table states, with a difference that
# names no deliberate difference, and with a deliberate difference where there is none.
#
# What goes on between the two ends is also looked at in ours alone, with a server that listens.
# also with: listen
# time limit: 600 s
extends "res://harness/suite.gd"

const Column := preload("res://harness/column.gd")
const EngineColumn := preload("res://harness/column_engine.gd")
const Part := preload("res://contract/part.gd")
const PARTS := {
	"server": preload("res://contract/server.gd"),
	"cookie": preload("res://contract/cookie.gd"),
	"peer": preload("res://contract/peer.gd"),
	"packets": preload("res://contract/packets.gd"),
	"handshake": preload("res://contract/handshake.gd"),
	"certificates": preload("res://contract/certificates.gd"),
	"udp": preload("res://contract/udp.gd"),
	"api": preload("res://contract/api.gd"),
	"environment": preload("res://contract/environment.gd"),
}
# Those that run with `listen`. The others are about UDPServer and its sockets, or about no server.
const LISTEN_PARTS: PackedStringArray = ["peer", "packets", "handshake", "certificates"]
# Rows of theirs in which a server's socket goes without a word, or is open before the server is set up.
const ROWS_OF_UDP_SERVER: PackedStringArray = [
	"peer.socket_error.while_connected", "peer.socket_error.data_before", "packets.put.refused_by_socket",
	"handshake.times.nothing_queued",
	"certificates.server.key_of_another_certificate", "certificates.server.padded_serial",
]
# The deliberate differences are D1 to this one. A script can see each of them.
const DIFFERENCES := 19
# In seconds.
const ROW_SECONDS := 30.0
const SLOW_ROW_SECONDS := 150.0

var _columns: Array[Column] = []


func _init() -> void:
	_columns.append(EngineColumn.new())
	if ClassDB.class_exists(&"DTLSServerOpenSSL"):
		_columns.append(load("res://harness/column_ours.gd").new())


func cases() -> Dictionary:
	var found := {}
	var listens := Arguments.has("listen")
	for part: String in LISTEN_PARTS if listens else PackedStringArray(PARTS.keys()):
		var script: GDScript = PARTS[part]
		var rows: Dictionary = script.new().rows()
		for row: String in rows:
			var id := "%s.%s" % [part, row]
			if not listens or id not in ROWS_OF_UDP_SERVER:
				found[id] = _compare.bind(script, row, rows[row])
		if not listens:
			found[part + ".every_observation_has_a_row"] = _test_rows.bind(script, rows)
	if not listens:
		found["differences.each_is_seen"] = _test_differences
	return found


# The implementation that is not this one.
func other(column: Column) -> Column:
	return _columns[1] if column == _columns[0] else _columns[0]


func _compare(script: GDScript, row: String, stated: Dictionary) -> void:
	if stated.slow and not runs_all():
		skip("runs with `all`")
		return
	allow(SLOW_ROW_SECONDS if stated.slow else ROW_SECONDS)
	expect(stated.engine == stated.ours or not stated.difference.is_empty(), "a difference without a number")
	expect(stated.engine != stated.ours or stated.difference.is_empty(), "%s, but no difference" % stated.difference)
	var seen := {}
	var names: PackedStringArray = ["ours"] if Arguments.has("listen") else ["engine", "ours"]
	for column in _columns:
		if column.name in names:
			_observe(script, row, column, seen)
	var limit := SLOW_ROW_SECONDS if stated.slow else ROW_SECONDS
	await until(func() -> bool: return seen.size() == names.size(), limit)
	for name in names:
		if expect(seen.get(name, "") != "", "%s: no result" % name):
			expect(seen[name] == stated[name], "%s: saw %s, stated is %s" % [name, seen[name], stated[name]])


# Both implementations are looked at at the same time: what takes long takes long once.
func _observe(script: GDScript, row: String, column: Column, seen: Dictionary) -> void:
	var part: Part = script.new()
	part.suite = self
	part.column = column
	var is_there := part.has_method(_method_of(row))
	seen[column.name] = await part.call(_method_of(row)) if is_there else ""


func _test_rows(script: GDScript, rows: Dictionary) -> void:
	var methods := PackedStringArray(rows.keys().map(_method_of))
	var base: Script = Part
	var helpers := base.get_script_method_list().map(func(method: Dictionary) -> String: return method.name)
	for method: Dictionary in script.get_script_method_list():
		var name: String = method.name
		expect(name.begins_with("_") or name in helpers or name in methods, "no row for " + name)


func _test_differences() -> void:
	var named := {}
	for part: String in PARTS:
		for row: Dictionary in PARTS[part].new().rows().values():
			named[row.difference] = true
	for number in range(1, DIFFERENCES + 1):
		expect(named.has("D%d" % number), "no row names D%d" % number)


static func _method_of(row: String) -> String:
	return row.replace(".", "_")
