# Makes a key and a certificate, starts the server and the client with them, and shows what they say.
extends Node

const Server := preload("res://server.gd")
const Client := preload("res://client.gd")

# The name in the certificate, which the client expects the server to have.
const HOST := "localhost"
const SECONDS := 20.0

@onready var _lines: Label = $Lines
@onready var _server: Server = $Server
@onready var _client: Client = $Client


func _ready() -> void:
	_server.said.connect(_show)
	_server.failed.connect(_fail)
	_client.said.connect(_show)
	_client.failed.connect(_fail)
	_client.answered.connect(_end.bind(0))
	get_tree().create_timer(SECONDS).timeout.connect(_fail.bind("no answer within %d seconds" % int(SECONDS)))

	var made := TLSOptionsOpenSSL.server_self_signed(HOST)
	_server.start(made.get_private_key(), made.get_own_certificate())
	_client.start(_server.port(), HOST, made.get_own_certificate())


func _show(line: String) -> void:
	print(line)
	_lines.text += line + "\n"


func _fail(reason: String) -> void:
	printerr("The demo failed: ", reason)
	_lines.text += "The demo failed: " + reason + "\n"
	_end(1)


# In a window the result stays to be looked at.
func _end(exit_code: int) -> void:
	_server.set_process(false)
	_client.set_process(false)
	if DisplayServer.get_name() == "headless":
		get_tree().quit(exit_code)
