# Clients that send packets to an echo server, each at the same rate and evenly spread over time.
# Arguments: port=<n> peers=<clients> rate=<packets a second of each> seconds=<n> size=<bytes of a packet>
# Prints `CONNECTED <clients>` when all are, waits for the command `start`, sends, prints `SENT`, takes echoes until the command
# `figures`, prints `FIGURES <a line of JSON>` and waits for `quit`.
#
#     FIGURES { sent, refused, received, wrong, dropped, echoes: [for each client], silence_msec, delays: { msec: echoes } }
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Client := preload("client.gd")
const Commands := preload("res://harness/commands.gd")
# So many are in the handshake at the same time.
const AT_ONCE := 8
const CONNECT_SECONDS := 120
# What they measure is the server, which needs the processor too.
const FRAMES_PER_SECOND := 250

enum Phase { CONNECTING, READY, SENDING, SENT }

var _commands := Commands.new()
var _port := int(Arguments.value("port"))
var _count := int(Arguments.value("peers"))
var _rate := int(Arguments.value("rate"))
var _usec := int(Arguments.value("seconds")) * 1_000_000
var _size := int(Arguments.value("size"))
var _clients: Array[Client] = []
var _phase := Phase.CONNECTING
var _start := 0
# Whose turn it is counts on from 0.
var _turn := 0


func _initialize() -> void:
	Engine.max_fps = FRAMES_PER_SECOND


func _process(_delta: float) -> bool:
	# What was there before the command has to be received before it is obeyed.
	var command := _commands.next()
	for client in _clients:
		client.receive()
	match _phase:
		Phase.CONNECTING:
			_connect()
		Phase.SENDING:
			_send(Time.get_ticks_usec())
	return _obey(command)


func _connect() -> void:
	var connected := 0
	for client in _clients:
		connected += int(client.is_connected_to_server())
	while _clients.size() < _count and _clients.size() - connected < AT_ONCE:
		_clients.append(Client.new(_clients.size(), _port))
	if connected == _count:
		_phase = Phase.READY
		print("CONNECTED %d" % connected)
	elif Time.get_ticks_msec() > CONNECT_SECONDS * 1000:
		printerr("%d of %d clients are connected" % [connected, _count])
		quit(1)


# All that is due by now.
func _send(now: int) -> void:
	var due := floori(mini(now - _start, _usec) * _rate * _count / 1e6)
	while _turn < due:
		_clients[_turn % _count].send(_size)
		_turn += 1
	if now - _start >= _usec:
		_phase = Phase.SENT
		print("SENT")


func _tell() -> void:
	var total := { "sent": 0, "refused": 0, "received": 0, "wrong": 0, "dropped": 0, "silence_msec": 0.0 }
	var echoes: PackedInt64Array = []
	var delays := {}
	for client in _clients:
		total.sent += client.sent
		total.refused += client.refused
		total.received += client.received
		total.wrong += client.wrong
		total.dropped += client.dropped()
		total.silence_msec = maxf(total.silence_msec, client.longest_silence / 1000.0)
		echoes.append(client.received)
		for msec: int in client.delays:
			delays[msec] = delays.get(msec, 0) + client.delays[msec]
	total.merge({ "echoes": echoes, "delays": delays })
	print("FIGURES " + JSON.stringify(total))


func _obey(command: String) -> bool:
	match command:
		"start":
			_phase = Phase.SENDING
			_start = Time.get_ticks_usec()
		"figures":
			_tell()
		"quit":
			_clients.clear()
			_commands.close()
			return true
	return false
