# A DTLS echo server in a process of its own, which lives as long as this object.
extends RefCounted

const Dtls := preload("res://harness/dtls.gd")
const Socket := preload("res://harness/socket.gd")

var port: int

var _process: int
var _probe: Socket


# Serves the certificate `server` with a ticket key and a cookie secret that are all of one byte.
func _init(byte: int) -> void:
	var free := Socket.new()
	port = free.port
	free.close()
	var secret := Dtls.random_of(byte).hex_encode()
	var command: PackedStringArray = ["--headless", "--path", ProjectSettings.globalize_path("res://")]
	command.append_array(["--script", "res://interop/server.gd", "--", "port=%d" % port])
	command.append_array(["key=res://fixtures/server.key", "cert=res://fixtures/server.crt"])
	command.append_array(["ticket_key=" + secret, "cookie_secret=" + secret])
	_process = OS.create_process(OS.get_executable_path(), command)
	_probe = Socket.new(port)


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE:
		OS.kill(_process)


# Asks the server something. True once it has answered.
func is_ready() -> bool:
	_probe.send(Dtls.client_hello(Dtls.random_of(0)))
	return not _probe.receive().is_empty()
