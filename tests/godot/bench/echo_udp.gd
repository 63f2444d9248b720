# What echo.gd measures, without DTLS.
extends "measurement.gd"

const Crowd := preload("crowd_udp.gd")
const Echo := preload("echo.gd")


func measure() -> void:
	var crowd := Crowd.new()
	if not expect(crowd.connect_clients(1), "the first packet was lost"):
		return
	var listener := crowd.listener
	var client := crowd.clients[0]
	var peer := crowd.peers[0]
	var payload := payloads(1, Echo.SIZE)[0]
	var arrived := 0
	var start := Time.get_ticks_usec()
	for number in Echo.COUNT:
		client.put_packet(payload)
		listener.poll()
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
		while client.get_available_packet_count() > 0:
			if client.get_packet() == payload:
				arrived += 1
	var microseconds := float(Time.get_ticks_usec() - start) / Echo.COUNT
	report("%d bytes" % Echo.SIZE, microseconds, "µs", "", Echo.COUNT - arrived)
