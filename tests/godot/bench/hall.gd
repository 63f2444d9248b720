# A DTLS server that sends back what its clients send, which are in other processes: see senders.gd.
extends RefCounted

const Fixtures := preload("res://harness/fixtures.gd")
const SENDERS := "res://bench/senders.gd"
# A process can have 1024 files open on many systems.
const CLIENTS_A_PROCESS := 500
const CONNECT_SECONDS := 60.0
# Clients that come together have come out of step when so much time has passed.
const SETTLE_SECONDS := 0.5

# Packets that go back for each that comes.
var answers := 1
var cipher := ""

var _listener := UDPServer.new()
var _server := DTLSServerOpenSSL.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []
# What `_serve` has received, to be looked at when nobody looks at the clock.
var _packets: Array[PackedByteArray] = []
# By client: the number of its first packet, that of its last, and how many have come.
var _counted := {}
var _usec := 0


func _init() -> void:
	_listener.max_pending_connections = 4096
	_server.setup(TLSOptionsOpenSSL.server(Fixtures.key("server"), Fixtures.certificate("server")))
	_listen()


# Lets so many clients come, each of which sends so many packets a second once it is connected.
func invite(count: int, rate: float) -> void:
	for first in range(0, count, CLIENTS_A_PROCESS):
		var arguments: PackedStringArray = ["--headless", "--path", ProjectSettings.globalize_path("res://")]
		arguments.append_array(["--script", SENDERS, "--", "port=%d" % _port(), "rate=%f" % rate, "first=%d" % first])
		arguments.append("count=%d" % mini(CLIENTS_A_PROCESS, count - first))
		OS.create_process(OS.get_executable_path(), arguments)


# Serves until packets of so many clients have come. False if that takes too long.
func fill(count: int) -> bool:
	var limit := Time.get_ticks_msec() + CONNECT_SECONDS * 1000.0
	while _counted.size() < count:
		if Time.get_ticks_msec() > limit:
			return false
		await _frame()
	await run(SETTLE_SECONDS)
	return true


# Counts anew from now on.
func begin() -> void:
	_counted.clear()
	_usec = 0


# Serves for so long.
func run(seconds: float) -> void:
	var end := Time.get_ticks_msec() + seconds * 1000.0
	while Time.get_ticks_msec() < end:
		await _frame()


# Is away for so long, as a game that loads a level.
func sleep(seconds: float) -> void:
	OS.delay_msec(int(seconds * 1000.0))


# Microseconds that the server took for each packet that has come, and for what has gone back.
func usec_a_packet() -> float:
	var packets := 0
	for counted: PackedInt64Array in _counted.values():
		packets += counted[2]
	return float(_usec) / packets


# Packets that have not come though later ones of the same client have.
func lost() -> int:
	var missing := 0
	for counted: PackedInt64Array in _counted.values():
		missing += counted[1] - counted[0] + 1 - counted[2]
	return missing


# Closes all connections, before the socket under them goes: so the clients end.
func close() -> void:
	_peers.clear()


func _frame() -> void:
	await (Engine.get_main_loop() as SceneTree).process_frame
	var start := Time.get_ticks_usec()
	_serve()
	_usec += Time.get_ticks_usec() - start
	for packet in _packets:
		_count(packet)
	_packets.clear()


# Packets may overtake each other on their way.
func _count(packet: PackedByteArray) -> void:
	var client := packet.decode_s64(0)
	var number := packet.decode_s64(8)
	var counted: PackedInt64Array = _counted.get(client, PackedInt64Array([number, number, 0]))
	counted[0] = mini(counted[0], number)
	counted[1] = maxi(counted[1], number)
	counted[2] += 1
	_counted[client] = counted
	cipher = packet.slice(16).get_string_from_ascii()


func _listen() -> void:
	_listener.listen(0, "127.0.0.1")


func _port() -> int:
	return _listener.get_local_port()


# What the server does in a frame.
func _serve() -> void:
	_accept()
	for peer in _peers:
		peer.poll()
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			continue
		while peer.get_available_packet_count() > 0:
			_answer(peer, peer.get_packet())


func _accept() -> void:
	_listener.poll()
	while _listener.is_connection_available():
		var peer := _server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)


func _answer(peer: PacketPeerDTLSOpenSSL, packet: PackedByteArray) -> void:
	for number in answers:
		peer.put_packet(packet)
	_packets.append(packet)
