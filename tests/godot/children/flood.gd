# Sends ClientHellos to a server, as `strangers.gd` says. Ends only when it is killed, or after 240 s.
# Arguments: port=<n> rate=<datagrams a second> each=<datagrams from each address, 1 by default>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Strangers := preload("res://harness/strangers.gd")
const SECONDS := 240.0

var _rate := int(Arguments.value("rate"))
var _strangers := Strangers.new(int(Arguments.value("port")), int(Arguments.value("each", "1")))
var _start := 0
var _sent := 0


func _initialize() -> void:
	_start = Time.get_ticks_usec()


func _process(_delta: float) -> bool:
	var due := floori((Time.get_ticks_usec() - _start) * _rate / 1e6)
	# What cannot be sent in time is not made up for.
	_sent = maxi(_sent, due - _rate)
	while _sent < due:
		_strangers.send(_sent)
		_sent += 1
	return Time.get_ticks_msec() > SECONDS * 1000.0
