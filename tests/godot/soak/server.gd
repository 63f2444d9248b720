# A DTLS server that echoes what its peers send.
# Arguments: fps=<frames a second, 0 for as many as there can be> listen (on a socket of its own, see entrance.gd)
# Prints `LISTENING <port>`. Takes the commands `figures`, for which it prints a line of JSON, and `quit`.
#
#     FIGURES { peers, received, sent, refused, frames, longest_frame_usec, dropped }
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Commands := preload("res://harness/commands.gd")
const Entrance := preload("res://harness/entrance.gd")
const Ours := preload("res://harness/ours.gd")

var _commands := Commands.new()
var _entrance := Entrance.new()
var _server := DTLSServerOpenSSL.new()
# As keys.
var _peers := {}
var _received := 0
var _sent := 0
# Echoes that the socket did not take.
var _refused := 0
var _frames := 0
var _longest_frame := 0


func _initialize() -> void:
	Engine.max_fps = int(Arguments.value("fps", "0"))
	_server.setup(Ours.server())
	_entrance.widen(_server, 4096)
	_entrance.open(_server)
	print("LISTENING %d" % _entrance.port(_server))


func _process(_delta: float) -> bool:
	# What was there before the command has to be received before it is obeyed.
	var command := _commands.next()
	var start := Time.get_ticks_usec()
	_serve()
	_frames += 1
	_longest_frame = maxi(_longest_frame, Time.get_ticks_usec() - start)
	match command:
		"figures":
			_tell()
		"quit":
			_commands.close()
			return true
	return false


func _serve() -> void:
	if not _entrance.is_servers_own:
		_entrance.poll(_server)
	for peer: PacketPeerDTLSOpenSSL in _entrance.take(_server):
		if peer.get_status() in [PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED]:
			_peers[peer] = true
	for peer: PacketPeerDTLSOpenSSL in _server.poll_all():
		for packet in peer.receive_all():
			_received += 1
			if peer.put_packet(packet) == OK:
				_sent += 1
			else:
				_refused += 1
		if peer.get_status() in [PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED, PacketPeerDTLSOpenSSL.STATUS_ERROR]:
			_peers.erase(peer)


func _tell() -> void:
	var counted := _server.get_statistics()
	var dropped: int = counted.dropped_malformed + counted.dropped_unexpected + counted.dropped_invalid
	dropped += counted.dropped_unread
	print("FIGURES " + JSON.stringify({
		"peers": _peers.size(), "received": _received, "sent": _sent, "refused": _refused, "frames": _frames,
		"longest_frame_usec": _longest_frame, "dropped": dropped,
	}))
	_longest_frame = 0
