# What frame.gd measures, without DTLS.
extends "measurement.gd"

const Crowd := preload("crowd_udp.gd")
const Frame := preload("frame.gd")

var _packet_costs := {}


func measure() -> void:
	for size in Frame.SIZES:
		var crowd := Crowd.new()
		if not expect(crowd.connect_clients(size), "a first packet was lost"):
			return
		report("idle, %d connected" % size, _idle(crowd, Frame.frames(size)), "µs", "")
		_busy(crowd, Frame.frames(size))
	report("cost of a packet, 1000 connected against 10", _packet_costs[1000] / _packet_costs[10], "times", "")


func _idle(crowd: Crowd, count: int) -> float:
	var start := Time.get_ticks_usec()
	for number in count:
		crowd.listener.poll()
		_serve(crowd.peers)
	return float(Time.get_ticks_usec() - start) / count


func _busy(crowd: Crowd, count: int) -> void:
	var size := crowd.clients.size()
	var sent := payloads(size, Frame.PAYLOAD)
	var arrived := 0
	var listening := 0
	var serving := 0
	for number in count:
		for first in range(0, size, Frame.BURST):
			for index in range(first, mini(first + Frame.BURST, size)):
				crowd.clients[index].put_packet(sent[index])
			var before := Time.get_ticks_usec()
			crowd.listener.poll()
			listening += Time.get_ticks_usec() - before
		var start := Time.get_ticks_usec()
		_serve(crowd.peers)
		serving += Time.get_ticks_usec() - start
		for index in size:
			if crowd.clients[index].get_packet() == sent[index]:
				arrived += 1
	_packet_costs[size] = float(serving) / count / size
	var lost := count * size - arrived
	report("a packet each, %d connected" % size, float(listening + serving) / count, "µs", "", lost)


func _serve(peers: Array[PacketPeerUDP]) -> void:
	for peer in peers:
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
