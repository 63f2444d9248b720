# One frame of a server: poll all peers, read all packets, answer each. Idle, and with one packet from every client.
extends "measurement.gd"

const Crowd := preload("crowd.gd")
const SIZES: Array[int] = [1, 10, 100, 1000]
const PAYLOAD := 64
# The buffer of the server's one socket holds this many packets for certain.
const BURST := 100

# Microseconds a packet by number of peers, without what takes the packets off the socket.
var _packet_costs := {}


# So many frames that a round is neither over at once nor takes for ever.
static func frames(size: int) -> int:
	return maxi(40, floori(4000.0 / size))


func measure() -> void:
	var cipher := _crowd().cipher()
	for size in SIZES:
		var crowd := _crowd()
		if not expect(crowd.connect_clients(size), "a handshake failed"):
			return
		report("idle, %d connected" % size, _idle(crowd, frames(size)), "µs", cipher)
		_busy(crowd, frames(size), cipher)
	report("cost of a packet, 1000 connected against 10", _packet_costs[1000] / _packet_costs[10], "times", cipher)


func _idle(crowd: Crowd, count: int) -> float:
	var start := Time.get_ticks_usec()
	for number in count:
		crowd.receive()
		_serve(crowd)
	return float(Time.get_ticks_usec() - start) / count


func _busy(crowd: Crowd, count: int, cipher: String) -> void:
	var size := crowd.clients.size()
	var sent := payloads(size, PAYLOAD)
	var arrived := 0
	var listening := 0
	var serving := 0
	for number in count:
		for first in range(0, size, BURST):
			for index in range(first, mini(first + BURST, size)):
				crowd.clients[index].put_packet(sent[index])
			var before := Time.get_ticks_usec()
			crowd.receive()
			listening += Time.get_ticks_usec() - before
		var start := Time.get_ticks_usec()
		_serve(crowd)
		serving += Time.get_ticks_usec() - start
		for index in size:
			crowd.clients[index].poll()
			if crowd.clients[index].get_packet() == sent[index]:
				arrived += 1
	_packet_costs[size] = float(serving) / count / size
	var lost := count * size - arrived
	report("a packet each, %d connected" % size, float(listening + serving) / count, "µs", cipher, lost)


func _crowd() -> Crowd:
	return Crowd.new()


func _serve(crowd: Crowd) -> void:
	for peer in crowd.peers:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
