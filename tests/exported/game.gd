# What the exported demo starts with in the tests: opens a host with the argument `open`, and joins the one that another
# process has opened with the argument `join`. Quits when both have talked to each other.
#
# It has no window: at the end of a release build, Debian's template prints errors about whatever is in a container.
extends Node

const Guest := preload("res://players/guest.gd")
const Host := preload("res://players/host.gd")
const Identity := preload("res://players/identity.gd")
const Invitation := preload("res://players/invitation.gd")

const SECONDS := 60.0
const ANSWERS := 5

var _had_guest := false

@onready var _host: Host = $Host
@onready var _guest: Guest = $Guest


func _ready() -> void:
	get_tree().create_timer(SECONDS).timeout.connect(get_tree().quit.bind(1))
	var invitation := Invitation.new()
	if "open" in OS.get_cmdline_user_args():
		var options := Identity.self_signed()
		_host.open(0, options)
		invitation.port = _host.port()
		invitation.proof = options.get_fingerprint_sha256()
		invitation.save_as_last()
		# What a release build writes to the standard output comes at its end.
		printerr("HOSTING")
	else:
		invitation.load_last()
		_guest.join(invitation, invitation.address, invitation.port)


func _process(_delta: float) -> void:
	_had_guest = _had_guest or _host.connected() > 0
	var has_answers := _guest.link != null and _guest.link.round_trips.size() >= ANSWERS
	# The guest goes first.
	if has_answers or (_had_guest and _host.connected() == 0):
		print("MET in a %s build" % ["debug" if OS.is_debug_build() else "release"])
		set_process(false)
		_guest.leave()
		get_tree().quit()
