# Sends ClientHellos from one address and port after the other: all of 127.0.0.0/8 is this machine.
extends RefCounted

const Dtls := preload("res://harness/dtls.gd")
# A socket that is never read needs no memory for what it receives.
const BUFFER := 16

var _udp := PacketPeerUDP.new()
var _port: int
var _each: int
var _hellos: Array[PackedByteArray] = []


# So many from each address, to this port.
func _init(port: int, each := 1) -> void:
	_port = port
	_each = each
	for byte in 256:
		_hellos.append(Dtls.client_hello(Dtls.random_of(byte)))


# The one of this number, which says where it comes from.
func send(number: int) -> void:
	if number % _each == 0:
		_take_address(floori(number / float(_each)))
	_udp.put_packet(_hellos[number % _hellos.size()])


func _take_address(number: int) -> void:
	var host := "127.%d.%d.%d" % [1 + floori(number / 62500.0) % 250, 1 + floori(number / 250.0) % 250, 1 + number % 250]
	_udp.close()
	_udp.bind(0, host, BUFFER)
	_udp.set_dest_address("127.0.0.1", _port)
