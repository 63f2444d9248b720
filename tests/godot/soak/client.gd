# One client of the echo server, and what it counts.
extends RefCounted

const Ours := preload("res://harness/ours.gd")
# The number of the client, that of the packet, and when it was sent, in microseconds.
const HEADER := 24

static var _options := Ours.client()

var sent := 0
# Packets that the socket did not take.
var refused := 0
var received := 0
# Echoes of another client's packet, that came twice, or are not as they were sent.
var wrong := 0
# The longest time between two echoes, in microseconds.
var longest_silence := 0
# Milliseconds from a packet to its echo, rounded down, with the number of such packets.
var delays := {}

var _peer := PacketPeerDTLSOpenSSL.new()
var _number: int
# That of the last echo.
var _last := -1
var _last_time := 0
var _payload := PackedByteArray()


func _init(number: int, port: int) -> void:
	_number = number
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	_peer.connect_to_peer(udp, "server.test", _options)


func is_connected_to_server() -> bool:
	return _peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED


# What the library has dropped.
func dropped() -> int:
	var counted := _peer.get_statistics()
	return counted.dropped_malformed + counted.dropped_unexpected + counted.dropped_invalid


func send(size: int) -> void:
	if _payload.is_empty():
		_payload.resize(maxi(size, HEADER))
		_payload.encode_s64(0, _number)
		_last_time = Time.get_ticks_usec()
	_payload.encode_s64(8, sent)
	_payload.encode_s64(16, Time.get_ticks_usec())
	if _peer.put_packet(_payload) == OK:
		sent += 1
	else:
		refused += 1


# Counts the echoes that have come.
func receive() -> void:
	for packet in _peer.receive_all():
		_count(packet)


func _count(packet: PackedByteArray) -> void:
	received += 1
	if packet.size() != _payload.size() or packet.decode_s64(0) != _number or packet.decode_s64(8) <= _last:
		wrong += 1
		return
	_last = packet.decode_s64(8)
	var now := Time.get_ticks_usec()
	longest_silence = maxi(longest_silence, now - _last_time)
	_last_time = now
	var delay := floori((now - packet.decode_s64(16)) / 1000.0)
	delays[delay] = delays.get(delay, 0) + 1
