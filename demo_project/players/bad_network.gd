# A bad network: a relay in front of a host, which loses and delays the datagrams of this window's guests. It knows nothing
# of DTLS, and cannot read what it carries.
extends Node

# Nobody listens at the host's address.
signal refused

# Of all datagrams, each way: 0 to 1.
var loss := 0.0
# Each way.
var delay_msec := 0

const MAX_PENDING := 4096
# A wire that nobody has used for so long is taken down.
const IDLE_MSEC := 30_000

var _front := UDPServer.new()
var _wires: Array[Wire] = []
var _address := ""
var _host_port := 0


# Stands before the host at this address and port.
func open(address: String, host_port: int) -> Error:
	close()
	_address = address
	_host_port = host_port
	_front.max_pending_connections = MAX_PENDING
	return _front.listen(0, "127.0.0.1")


func close() -> void:
	_wires.clear()
	_front.stop()


# Where the guests connect to, on 127.0.0.1.
func port() -> int:
	return _front.get_local_port()


# Takes what has come and gives what is due. Done in every frame.
func carry() -> void:
	if not _front.is_listening():
		return
	_front.poll()
	while _front.is_connection_available():
		_wires.append(Wire.new(_front.take_connection(), _address, _host_port))
	var now := Time.get_ticks_msec()
	for wire in _wires:
		if not wire.carry(now, loss, delay_msec):
			refused.emit()
	_wires = _wires.filter(func(wire: Wire) -> bool: return now - wire.last_use < IDLE_MSEC)


func _process(_delta: float) -> void:
	carry()


# What one guest and the host send to each other.
class Wire:
	var last_use := 0

	var _guest: PacketPeerUDP
	var _host := PacketPeerUDP.new()
	var _to_host: Array[Datagram] = []
	var _to_guest: Array[Datagram] = []

	func _init(guest: PacketPeerUDP, address: String, port: int) -> void:
		_guest = guest
		_host.connect_to_host(address, port)
		last_use = Time.get_ticks_msec()

	# False: nobody listens there.
	func carry(now: int, loss: float, delay_msec: int) -> bool:
		_take(_guest, _to_host, now, loss, delay_msec)
		_take(_host, _to_guest, now, loss, delay_msec)
		_give(_to_host, _host, now)
		_give(_to_guest, _guest, now)
		return _host.get_available_packet_count() >= 0

	func _take(from: PacketPeerUDP, queue: Array[Datagram], now: int, loss: float, delay_msec: int) -> void:
		while from.get_available_packet_count() > 0:
			last_use = now
			var bytes := from.get_packet()
			if randf() >= loss:
				queue.append(Datagram.new(bytes, now + delay_msec))

	func _give(queue: Array[Datagram], to: PacketPeerUDP, now: int) -> void:
		while not queue.is_empty() and queue[0].due <= now:
			var datagram: Datagram = queue.pop_front()
			to.put_packet(datagram.bytes)


class Datagram:
	var bytes: PackedByteArray
	# In milliseconds.
	var due: int

	func _init(content: PackedByteArray, time: int) -> void:
		bytes = content
		due = time
