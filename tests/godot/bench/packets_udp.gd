# What packets.gd measures, without DTLS.
extends "measurement.gd"

const Crowd := preload("crowd_udp.gd")
const Packets := preload("packets.gd")


func measure() -> void:
	var crowd := Crowd.new()
	if not expect(crowd.connect_clients(1), "the first packet was lost"):
		return
	for size in Packets.SIZES:
		var burst := payloads(Packets.BURST, size)
		var arrived := 0
		var start := Time.get_ticks_usec()
		for number in Packets.BURSTS:
			arrived += _send(crowd.listener, crowd.clients[0], crowd.peers[0], burst)
		var seconds := (Time.get_ticks_usec() - start) / 1e6
		report("%d bytes" % size, arrived / seconds, "packets/s", "", Packets.BURST * Packets.BURSTS - arrived)


func _send(listener: UDPServer, from: PacketPeerUDP, to: PacketPeerUDP, burst: Array[PackedByteArray]) -> int:
	for payload in burst:
		from.put_packet(payload)
	listener.poll()
	var next := 0
	var arrived := 0
	while to.get_available_packet_count() > 0:
		if to.get_packet() == burst[next]:
			arrived += 1
		next += 1
	return arrived
