# The UDP layer that both implementations live on.
extends "res://contract/part.gd"


func rows() -> Dictionary:
	return {
		"pending.limit": same("16 of 20"),
		"stop.taken_peer": differs("ERROR", "CONNECTED", "D7"),
		"stop.put_packet": same("OK CONNECTED"),
		"full_buffer": same("some lost, alive"),
		"user_connected_socket.server": same("first ERROR, at last HANDSHAKING"),
		"user_connected_socket.after_close": same("open"),
	}


# UDPServer shows so many new sources a poll, whoever they are.
func pending_limit() -> String:
	var link := pair()
	var clients: Array[PacketPeer] = []
	for number in 20:
		var client := column.make_peer()
		client.connect_to_peer(udp_to(link.listener.get_local_port()), "server.test", column.client_unsafe_options())
		clients.append(client)
	link.accept()
	return "%d of %d" % [link.turned_away.size(), clients.size()]


# UDPServer.stop() closes the sockets under the sessions.
func stop_taken_peer() -> String:
	var link := pair()
	await link.establish()
	link.listener.stop()
	link.accepted[0].poll()
	return link.server_status()


func stop_put_packet() -> String:
	var link := pair()
	await link.establish()
	link.listener.stop()
	var error := link.accepted[0].put_packet("nobody is here".to_utf8_buffer())
	return "%s %s" % [Names.error(error), link.server_status()]


# More than a UDP peer of a server keeps between two polls: the newest datagrams are lost, and nothing else.
func full_buffer() -> String:
	var link := pair()
	await link.establish()
	var payload := PackedByteArray()
	payload.resize(1000)
	for number in 100:
		link.client.put_packet(payload)
	link.listener.poll()
	var received: Array[PackedByteArray] = []
	var read := func() -> void:
		link.poll()
		while link.accepted[0].get_available_packet_count() > 0:
			received.append(link.accepted[0].get_packet())
	await suite.during(0.2, read)
	var lost := "some lost" if received.size() > 30 and received.size() < 100 else "%d received" % received.size()
	return "%s, %s" % [lost, "alive" if await link.is_alive() else "dead"]


# A server without UDPServer, on a socket that is connected to its only client, takes that again and again. The engine
# refuses the first cookie as well: it did not know the client's address when it made it.
func user_connected_socket_server() -> String:
	var statuses: PackedStringArray = []
	await _accept_on_own_socket(pair(), statuses)
	return "first %s, at last %s" % [statuses[0], statuses[-1]]


func user_connected_socket_after_close() -> String:
	var link := pair()
	var udp := await _accept_on_own_socket(link, [])
	await link.until(link.is_connected_both_ways)
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.server_status() == "DISCONNECTED")
	return "open" if udp.is_socket_connected() else "closed"


func _accept_on_own_socket(link: Pair, statuses: PackedStringArray) -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.bind(0, "127.0.0.1")
	link.client_udp.bind(0, "127.0.0.1")
	udp.connect_to_host("127.0.0.1", link.client_udp.get_local_port())
	link.client_udp.connect_to_host("127.0.0.1", udp.get_local_port())
	link.client.connect_to_peer(link.client_udp, "server.test", column.client_options(Fixtures.certificate("ca")))
	var is_accepted := func() -> bool:
		link.client.poll()
		if udp.get_available_packet_count() == 0:
			return false
		var peer: PacketPeer = link.server.take_connection(udp)
		statuses.append(Names.status(peer))
		if statuses[-1] == "HANDSHAKING":
			link.accepted.append(peer)
		return not link.accepted.is_empty()
	await suite.until(is_accepted)
	return udp
