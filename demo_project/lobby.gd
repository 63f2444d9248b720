# A game that one of the players hosts: what the host tells the lobby is all that a guest needs to know.
# Run it with: godot --path demo_project lobby.tscn
extends Node

const Host := preload("res://lobby_host.gd")
const Guest := preload("res://lobby_guest.gd")

# Players on other computers need the host's own address here, and a host that listens on "*".
const ADDRESS := "127.0.0.1"
const SECONDS := 20.0

@onready var _lines: Label = $Lines
@onready var _host: Host = $Host
@onready var _guest: Guest = $Guest


func _ready() -> void:
	_host.said.connect(_show)
	_host.failed.connect(_fail)
	_guest.said.connect(_show)
	_guest.failed.connect(_fail)
	_guest.welcomed.connect(_end.bind(0))
	get_tree().create_timer(SECONDS).timeout.connect(_fail.bind("no answer within %d seconds" % int(SECONDS)))

	_host.open(ADDRESS)
	# These three are what a lobby hands out, over a connection that the players trust.
	_show("Hosting at %s, port %d" % [ADDRESS, _host.port()])
	_show("Fingerprint %s" % _host.fingerprint())
	_guest.join(ADDRESS, _host.port(), _host.fingerprint())


func _show(line: String) -> void:
	print(line)
	_lines.text += line + "\n"


func _fail(reason: String) -> void:
	printerr("The lobby failed: ", reason)
	_lines.text += "The lobby failed: " + reason + "\n"
	_end(1)


# In a window the result stays to be looked at.
func _end(exit_code: int) -> void:
	_host.set_process(false)
	_guest.set_process(false)
	if DisplayServer.get_name() == "headless":
		get_tree().quit(exit_code)
