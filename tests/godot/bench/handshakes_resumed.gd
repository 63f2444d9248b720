# Handshakes of a client that comes back.
extends "handshakes.gd"


# After the first connection, which leaves a ticket.
func _crowd(certificate: String) -> Crowd:
	var crowd := Crowd.new(certificate, true)
	expect(crowd.connect_clients(1), "the first handshake failed")
	expect(crowd.connect_clients(1) and crowd.clients[1].is_session_resumed(), "the second handshake was not resumed")
	return crowd
