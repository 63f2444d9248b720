# The cookie exchange, and a ClientHello from where a session already is.
extends "res://contract/part.gd"

# See _restart().
var _silent_client: PacketPeer


func rows() -> Dictionary:
	return {
		"request.size": same("60 bytes"),
		"replayed": same("HANDSHAKING"),
		"from_another_port": same("ERROR"),
		"exchange.pair": same("ERROR, then CONNECTED"),
		"kept_udp_peer.client": differs("HANDSHAKING", "CONNECTED", "D12"),
		"kept_udp_peer.state": differs("open", "closed", "D12"),
		"hello_while_connected": same("answered with 60 bytes, alive"),
		"restarted.old_peer": differs("ERROR", "DISCONNECTED", "D12"),
		"restarted.client": same("CONNECTED"),
		"session_end.udp_peer": differs("open", "closed", "D12"),
	}


func request_size() -> String:
	var link := pair()
	var client := Socket.new(link.listener.get_local_port())
	return "%d bytes" % (await _answers(link, client, Dtls.client_hello(Dtls.random_of(1))))[0].size()


# The second ClientHello again, after its first peer is gone.
func replayed() -> String:
	var link := pair()
	var client := Socket.new(link.listener.get_local_port())
	var hello := await _hello_with_cookie(link, client, Dtls.random_of(1))
	await _answers(link, client, hello)
	link.accepted.clear()
	client.send(hello)
	await link.until(func() -> bool: return not link.accepted.is_empty())
	return link.server_status()


func from_another_port() -> String:
	var link := pair()
	# Both are there until the end: one that is gone could leave its port to the other.
	var first := Socket.new(link.listener.get_local_port())
	var second := Socket.new(link.listener.get_local_port())
	var hello := await _hello_with_cookie(link, first, Dtls.random_of(1))
	link.turned_away.clear()
	await _answers(link, second, hello)
	return " ".join(link.turned_away)


func exchange_pair() -> String:
	var link := pair()
	await link.establish()
	return "%s, then %s" % [" ".join(link.turned_away), link.server_status()]


# A game that keeps a reference to every UDP peer that it gets.
func kept_udp_peer_client() -> String:
	var link := pair()
	link.connect_client()
	var kept: Array[PacketPeerUDP] = []
	var peers: Array[PacketPeer] = []
	var is_done := func() -> bool:
		_take_and_keep(link, kept, peers)
		link.client.poll()
		return link.client_status() != "HANDSHAKING"
	await suite.until(is_done, 2.5)
	return link.client_status()


func kept_udp_peer_state() -> String:
	var link := pair()
	link.connect_client()
	var kept: Array[PacketPeerUDP] = []
	var is_taken := func() -> bool:
		_take_and_keep(link, kept, [])
		return not kept.is_empty()
	await suite.until(is_taken)
	return _state(kept[0])


# From the address of a living session, as anyone on the network can send it.
func hello_while_connected() -> String:
	var link := pair()
	link.add_relay()
	await link.establish()
	link.relay.forget()
	link.relay.send_to_server(Dtls.client_hello(Dtls.random_of(1)))
	await link.until(func() -> bool: return not link.relay.from_server.is_empty())
	var alive := "alive" if await link.is_alive() else "dead"
	return "answered with %d bytes, %s" % [link.relay.from_server[0].size(), alive]


func restarted_old_peer() -> String:
	var link := pair()
	await link.establish()
	var old := link.accepted[0]
	await _restart(link)
	return Names.status(old)


func restarted_client() -> String:
	var link := pair()
	await link.establish()
	await _restart(link)
	return link.client_status()


# The server's UDP peer when the client has closed the session.
func session_end_udp_peer() -> String:
	var link := pair()
	link.connect_client()
	var kept: Array[PacketPeerUDP] = []
	var first_is_turned_away := func() -> bool:
		link.poll()
		return not link.turned_away.is_empty()
	await suite.until(first_is_turned_away)
	var both_are_connected := func() -> bool:
		_take_and_keep(link, kept, link.accepted)
		link.client.poll()
		return link.is_connected_both_ways()
	await suite.until(both_are_connected)
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.server_status() != "CONNECTED")
	return _state(kept[0])


# The client falls silent, and another one begins on the same port. Its object is kept: the engine's says goodbye when it is
# freed, and for that opens the closed socket again, on any port that is free. That can be the old one.
func _restart(link: Pair) -> void:
	var port := link.client_udp.get_local_port()
	link.client_udp.close()
	_silent_client = link.client
	link.client = column.make_peer()
	link.client_udp = PacketPeerUDP.new()
	link.client_udp.bind(port, "127.0.0.1")
	link.client_udp.connect_to_host("127.0.0.1", link.listener.get_local_port())
	link.client.connect_to_peer(link.client_udp, "server.test", column.client_options(Fixtures.certificate("ca")))
	await link.until(func() -> bool: return link.accepted.size() == 2 and link.is_connected_both_ways(), 8.0)


func _take_and_keep(link: Pair, kept: Array[PacketPeerUDP], peers: Array[PacketPeer]) -> void:
	link.listener.poll()
	while link.listener.is_connection_available():
		var udp := link.listener.take_connection()
		kept.append(udp)
		peers.append(link.server.take_connection(udp))
	for peer in peers:
		peer.poll()


func _hello_with_cookie(link: Pair, client: Socket, random: PackedByteArray) -> PackedByteArray:
	var request := (await _answers(link, client, Dtls.client_hello(random)))[0]
	return Dtls.client_hello(random, Dtls.cookie_in(request))


# What the server sends back to a datagram of a crafted client.
func _answers(link: Pair, client: Socket, datagram: PackedByteArray) -> Array[PackedByteArray]:
	var answers: Array[PackedByteArray] = []
	client.send(datagram)
	var is_answered := func() -> bool:
		answers.append_array(client.receive())
		return not answers.is_empty()
	await link.until(is_answered)
	return answers


static func _state(udp: PacketPeerUDP) -> String:
	return "open" if udp.is_socket_connected() else "closed"
