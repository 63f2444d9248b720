# Packets one way, from a client to the server, in bursts: all are sent, then the other end reads until nothing is left.
extends "measurement.gd"

const Crowd := preload("crowd.gd")
const SIZES: Array[int] = [64, 480, 1200]
# So many fit the buffers of a socket and of PacketPeerUDP.
const BURST := 16
const BURSTS := 300


func measure() -> void:
	var cipher := Crowd.new().cipher()
	var crowd := Crowd.new()
	if not expect(crowd.connect_clients(1), "the handshake failed"):
		return
	for size in SIZES:
		var burst := payloads(BURST, size)
		var arrived := 0
		var start := Time.get_ticks_usec()
		for number in BURSTS:
			arrived += _send(crowd.listener, crowd.clients[0], crowd.peers[0], burst)
		var seconds := (Time.get_ticks_usec() - start) / 1e6
		report("%d bytes" % size, arrived / seconds, "packets/s", cipher, BURST * BURSTS - arrived)


# Returns how many arrived as they were sent.
func _send(listener: UDPServer, from: PacketPeerDTLSOpenSSL, to: PacketPeerDTLSOpenSSL, burst: Array[PackedByteArray]) -> int:
	for payload in burst:
		from.put_packet(payload)
	listener.poll()
	var next := 0
	var arrived := 0
	to.poll()
	# The engine's class hands out one packet a poll.
	while to.get_available_packet_count() > 0:
		while to.get_available_packet_count() > 0:
			if to.get_packet() == burst[next]:
				arrived += 1
			next += 1
		to.poll()
	return arrived
