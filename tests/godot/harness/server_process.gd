# A DTLS echo server in a process of its own, which lives as long as this object.
extends "res://harness/background_process.gd"

const Dtls := preload("res://harness/dtls.gd")
const Socket := preload("res://harness/socket.gd")

# 0: the server has not told it yet.
var port := 0

var _port_file: String
var _probe: Socket


# Serves the certificate `server` with a ticket key and a cookie secret that are all of one byte.
func _init(byte: int) -> void:
	# The server takes a port that is free, and tells which: one that was free a moment ago can be somebody else's by now.
	_port_file = ProjectSettings.globalize_path("user://server_%d.port" % get_instance_id())
	DirAccess.remove_absolute(_port_file)
	var secret := Dtls.random_of(byte).hex_encode()
	var arguments: PackedStringArray = ["port=0", "port_file=" + _port_file]
	arguments.append_array(["key=res://fixtures/server.key", "cert=res://fixtures/server.crt"])
	arguments.append_array(["ticket_key=" + secret, "cookie_secret=" + secret])
	super("res://interop/server.gd", arguments)


# Asks the server something. True once it has answered.
func is_ready() -> bool:
	if port == 0 and FileAccess.file_exists(_port_file):
		_learn_port()
	if port == 0:
		return false
	_probe.send(Dtls.client_hello(Dtls.random_of(0)))
	return not _probe.receive().is_empty()


func _learn_port() -> void:
	var line := FileAccess.get_file_as_string(_port_file)
	# Else the server is still at it.
	if line.ends_with("\n"):
		port = line.to_int()
		_probe = Socket.new(port)
		DirAccess.remove_absolute(_port_file)
