# A DTLS echo server in a process of its own, which lives as long as this object.
extends "res://harness/background_process.gd"

const Dtls := preload("res://harness/dtls.gd")
const Socket := preload("res://harness/socket.gd")

var port: int

var _probe: Socket


# Serves the certificate `server` with a ticket key and a cookie secret that are all of one byte.
func _init(byte: int) -> void:
	var free := Socket.new()
	port = free.port
	# Before the port is free, or it could be the one that this gets.
	_probe = Socket.new(port)
	free.close()
	var secret := Dtls.random_of(byte).hex_encode()
	var arguments: PackedStringArray = ["port=%d" % port, "key=res://fixtures/server.key", "cert=res://fixtures/server.crt"]
	arguments.append_array(["ticket_key=" + secret, "cookie_secret=" + secret])
	super("res://interop/server.gd", arguments)


# Asks the server something. True once it has answered.
func is_ready() -> bool:
	_probe.send(Dtls.client_hello(Dtls.random_of(0)))
	return not _probe.receive().is_empty()
