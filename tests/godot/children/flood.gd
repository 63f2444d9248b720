# Sends ClientHellos to a server, from one address and port after the other: all of 127.0.0.0/8 is this machine. Ends only
# when it is killed, or after 240 s.
# Arguments: port=<n> rate=<datagrams a second> each=<datagrams from each address, 1 by default>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Dtls := preload("res://harness/dtls.gd")
# A socket that is never read needs no memory for what it receives.
const BUFFER := 16
const SECONDS := 240.0

var _udp := PacketPeerUDP.new()
var _port := int(Arguments.value("port"))
var _rate := int(Arguments.value("rate"))
var _each := int(Arguments.value("each", "1"))
var _hellos: Array[PackedByteArray] = []
var _start := 0
var _sent := 0


func _initialize() -> void:
	for byte in 256:
		_hellos.append(Dtls.client_hello(Dtls.random_of(byte)))
	_start = Time.get_ticks_usec()


func _process(_delta: float) -> bool:
	var due := floori((Time.get_ticks_usec() - _start) * _rate / 1e6)
	# What cannot be sent in time is not made up for.
	_sent = maxi(_sent, due - _rate)
	while _sent < due:
		_send()
		_sent += 1
	return Time.get_ticks_msec() > SECONDS * 1000.0


func _send() -> void:
	if _sent % _each == 0:
		_take_address(floori(_sent / float(_each)))
	_udp.put_packet(_hellos[_sent % _hellos.size()])


func _take_address(number: int) -> void:
	var host := "127.%d.%d.%d" % [1 + floori(number / 62500.0) % 250, 1 + floori(number / 250.0) % 250, 1 + number % 250]
	_udp.close()
	_udp.bind(0, host, BUFFER)
	_udp.set_dest_address("127.0.0.1", _port)
