# poll() of a connected peer for which nothing has come. A client asks its socket each time, a server's peer has been
# given what there is by UDPServer.poll().
extends "measurement.gd"

const Crowd := preload("crowd.gd")
const COUNT := 10_000


func measure() -> void:
	var cipher := Crowd.new().cipher()
	var crowd := Crowd.new()
	if not expect(crowd.connect_clients(1), "the handshake failed"):
		return
	report("a server's peer", _poll(crowd.peers[0]), "µs", cipher)
	report("a client", _poll(crowd.clients[0]), "µs", cipher)


func _poll(peer: PacketPeerDTLSOpenSSL) -> float:
	var start := Time.get_ticks_usec()
	for number in COUNT:
		peer.poll()
	return float(Time.get_ticks_usec() - start) / COUNT
