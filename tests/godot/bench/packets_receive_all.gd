# The same packets, read in one call.
extends "packets.gd"


func _send(listener: UDPServer, from: PacketPeerDTLSOpenSSL, to: PacketPeerDTLSOpenSSL, burst: Array[PackedByteArray]) -> int:
	for payload in burst:
		from.put_packet(payload)
	listener.poll()
	var next := 0
	var arrived := 0
	for packet in to.receive_all():
		if packet == burst[next]:
			arrived += 1
		next += 1
	return arrived
