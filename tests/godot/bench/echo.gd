# A packet to the server and back.
extends "measurement.gd"

const Crowd := preload("crowd.gd")
const SIZE := 64
const COUNT := 1000


func measure() -> void:
	var cipher := Crowd.new().cipher()
	var crowd := Crowd.new()
	if not expect(crowd.connect_clients(1), "the handshake failed"):
		return
	var listener := crowd.listener
	var client := crowd.clients[0]
	var peer := crowd.peers[0]
	var payload := payloads(1, SIZE)[0]
	var arrived := 0
	var start := Time.get_ticks_usec()
	for number in COUNT:
		client.put_packet(payload)
		listener.poll()
		peer.poll()
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
		client.poll()
		while client.get_available_packet_count() > 0:
			if client.get_packet() == payload:
				arrived += 1
	report("%d bytes" % SIZE, float(Time.get_ticks_usec() - start) / COUNT, "µs", cipher, COUNT - arrived)
