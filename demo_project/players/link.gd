# One end of a DTLS connection: sends pings, answers those of the other end, and measures how long an answer takes.
extends RefCounted

signal said(line: String)

enum Packet { PING, PONG }

# A byte that says what it is, and the time of the ping in microseconds.
const PACKET_BYTES := 9
# A ping that is not answered by then is lost.
const LOST_USEC := 2_000_000

var peer: PacketPeerDTLSOpenSSL
# Packets sent and received, since it was set to 0.
var packets := 0
# Pings that were not answered, since it was set to 0.
var lost := 0
# Milliseconds, one for each answer, since it was cleared.
var round_trips: PackedFloat32Array = []

var _name: String
var _interval_usec: int
# When the pings were sent that are still to be answered.
var _pings: PackedInt64Array = []
var _next_ping := 0


# `name` is what the log calls the other end.
func _init(link_peer: PacketPeerDTLSOpenSSL, name: String, pings_per_second: int) -> void:
	peer = link_peer
	peer.status_changed.connect(_on_status_changed)
	_name = name
	_interval_usec = floori(1e6 / pings_per_second)
	# So that the pings of many links do not all fall into one frame.
	_next_ping = Time.get_ticks_usec() + randi() % _interval_usec


# True until the connection has ended one way or the other.
func is_alive() -> bool:
	return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING or is_connected_to_peer()


func is_connected_to_peer() -> bool:
	return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED


# The protocol's version, the cipher suite and the group of the keys. Empty while not connected.
func security() -> String:
	if not is_connected_to_peer():
		return ""
	return "%s, %s, %s" % [peer.get_protocol_version(), peer.get_cipher_name(), peer.get_group_name()]


# Flights of the handshake that were sent again because no answer came.
func retransmissions() -> int:
	return peer.get_statistics()["retransmissions"]


# Such as FAILURE_PIN_MISMATCH.
func failure_name() -> String:
	var names := ClassDB.class_get_enum_constants(&"PacketPeerDTLSOpenSSL", &"FailureReason")
	return names[peer.get_failure_reason()]


# Moves the connection on and takes what has come.
func poll() -> void:
	for packet in peer.receive_all():
		_receive(packet)


# Sends a ping if it is time to.
func ping() -> void:
	var now := Time.get_ticks_usec()
	if now < _next_ping or not is_connected_to_peer():
		return
	_next_ping = now + _interval_usec
	while not _pings.is_empty() and now - _pings[0] > LOST_USEC:
		_pings.remove_at(0)
		lost += 1
	_pings.append(now)
	_send(Packet.PING, now)


func _receive(packet: PackedByteArray) -> void:
	if packet.size() != PACKET_BYTES:
		return
	packets += 1
	var time := packet.decode_s64(1)
	match packet[0]:
		Packet.PING:
			_send(Packet.PONG, time)
		Packet.PONG:
			_end_ping(time)


# Only the first answer to a ping of our own counts.
func _end_ping(time: int) -> void:
	var index := _pings.find(time)
	if index >= 0:
		_pings.remove_at(index)
		round_trips.append((Time.get_ticks_usec() - time) / 1000.0)


func _send(kind: Packet, time: int) -> void:
	var packet := PackedByteArray()
	packet.resize(PACKET_BYTES)
	packet[0] = kind
	packet.encode_s64(1, time)
	if peer.put_packet(packet) == OK:
		packets += 1


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status) -> void:
	match status:
		PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			said.emit("%s: handshaking" % _name)
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			var resumed := ", resumed" if peer.is_session_resumed() else ""
			said.emit("%s: connected, %s%s" % [_name, peer.get_protocol_version(), resumed])
		PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED:
			said.emit("%s: disconnected" % _name)
		_:
			said.emit("%s: %s: %s" % [_name, failure_name(), peer.get_failure_message()])
