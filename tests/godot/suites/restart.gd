# A client that comes back on the address and port of a session that the server still has, and what only looks like one.
# also with: listen
extends "res://harness/suite.gd"

const BackgroundProcess := preload("res://harness/background_process.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
# So soon is it connected again.
const SECONDS := 3.0

var _ours := ColumnOurs.new()


# A game that was restarted, or that lost its connection and begins anew, on the same port.
func test_client_restarted_on_the_same_port() -> void:
	var link := await _established()
	_restart_client(link)
	expect(await _is_connected_anew(link), "the new client is not connected in time")
	expect_equal(link.accepted.size(), 2, "connections taken")
	expect_equal(Names.status(link.accepted[0]), "DISCONNECTED", "the old one")
	expect(await link.is_alive(), "no data")


func test_client_restarted_during_its_handshake() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	_restart_client(link)
	expect(await _is_connected_anew(link), "the new client is not connected in time")


# The game has lost its server, and begins anew with the same socket.
func test_another_peer_on_the_same_socket() -> void:
	var link := await _established()
	var abandoned := link.client
	link.client = _ours.make_peer()
	link.connect_client()
	expect(await _is_connected_anew(link), "not connected in time")
	expect_equal(link.accepted.size(), 2, "connections taken")
	expect_equal(Names.status(abandoned), "CONNECTED", "the old one, which nobody has told")
	expect(await link.is_alive(), "no data")


# A server's crowd after a fault of the network: all come back in the same moment.
func test_many_clients_restart_at_once() -> void:
	const CLIENTS := 20
	var link := Pair.new(self, _ours)
	link.entrance.widen(link.server, 4096)
	var ports: Array[int] = []
	for number in CLIENTS:
		ports.append(0)
	expect(await _is_joined_by(link, ports, 10.0), "not connected")
	expect(await _is_joined_by(link, ports, SECONDS), "not connected again in time")
	expect_equal(link.accepted.size(), 2 * CLIENTS, "connections taken")
	for peer: PacketPeerDTLSOpenSSL in link.accepted.slice(0, CLIENTS):
		expect_equal(Names.failure(peer), "PEER_RESTARTED", "an old one")


func test_client_process_that_is_killed_and_started_again() -> void:
	allow(60.0)
	var link := Pair.new(self, _ours)
	# Any, at first.
	var port := 0
	for start in 2:
		var arguments: PackedStringArray = ["port=%d" % link.port, "own_port=%d" % port, "tell"]
		var process := BackgroundProcess.new("res://children/echoing_client.gd", arguments)
		var has_told := func() -> bool:
			return link.accepted.size() > start and link.accepted[start].get_available_packet_count() > 0
		if expect(await link.until(has_told, 25.0), "start %d: not connected" % start):
			var seconds := link.accepted[start].get_packet().get_string_from_utf8().to_float()
			expect(seconds <= SECONDS, "start %d: connected after %s s" % [start, seconds])
			port = link.accepted[start].get_remote_port()
		process.end()
	expect_equal(Names.status(link.accepted[0]), "DISCONNECTED", "the old one")


func test_forged_hellos_do_not_disturb_a_session() -> void:
	var link := await _established_through_relay()
	for byte in 100:
		link.relay.send_to_server(Dtls.client_hello(Dtls.random_of(byte)))
		link.relay.send_to_server(Dtls.client_hello(Dtls.random_of(byte), Dtls.random_of(byte)))
	await _expect_undisturbed(link)


# Both ClientHellos of the session arrive again: the second one has a cookie that is valid.
func test_late_duplicates_of_the_hellos_do_not_disturb_the_session() -> void:
	var link := await _established_through_relay()
	for hello: PackedByteArray in link.relay.from_client.slice(0, 2):
		expect(Dtls.is_message(hello, Dtls.CLIENT_HELLO), "not a ClientHello")
		link.relay.send_to_server(hello)
	await _expect_undisturbed(link)


# The same of a client that was there before: its cookie is valid, and it is not this client's.
func test_late_hello_of_a_past_client_does_not_disturb_the_session() -> void:
	var link := await _established_through_relay()
	var late := link.relay.from_client[1]
	expect(not Dtls.cookie_of(late).is_empty(), "no cookie")
	link.replace_client()
	link.connect_client()
	await link.until(func() -> bool: return link.accepted.size() == 2 and link.is_connected_both_ways())
	link.relay.send_to_server(late)
	await _expect_undisturbed(link, 2)


func _is_connected_anew(link: Pair) -> bool:
	return await link.until(func() -> bool: return link.accepted.size() == 2 and link.is_connected_both_ways(), SECONDS)


func _established() -> Pair:
	var link := Pair.new(self, _ours)
	await link.establish()
	return link


func _established_through_relay() -> Pair:
	var link := Pair.new(self, _ours)
	link.add_relay()
	await link.establish()
	return link


# Time for everything that was sent to arrive, and then data both ways on the same session.
func _expect_undisturbed(link: Pair, connections: int = 1) -> void:
	await during(0.1, link.poll)
	expect_equal(link.client_status(), "CONNECTED", "client")
	expect_equal(link.server_status(), "CONNECTED", "server")
	expect_equal(link.accepted.size(), connections, "connections taken")
	expect(await link.is_alive(), "no data")


# Another object on the same port, which never said goodbye to the server.
func _restart_client(link: Pair) -> void:
	var port := link.client_udp.get_local_port()
	link.client_udp.close()
	link.client = _ours.make_peer()
	link.client_udp = PacketPeerUDP.new()
	link.client_udp.bind(port, "127.0.0.1")
	link.connect_client()


# True once a client on each of these ports is connected, 0 being any. Then they are gone without a word, and `ports` says
# where they were.
func _is_joined_by(link: Pair, ports: Array[int], seconds: float) -> bool:
	var clients: Array[PacketPeerDTLSOpenSSL] = []
	var sockets: Array[PacketPeerUDP] = []
	var known := link.accepted.size()
	for port in ports:
		sockets.append(PacketPeerUDP.new())
		sockets[-1].bind(port, "127.0.0.1")
		sockets[-1].connect_to_host("127.0.0.1", link.port)
		clients.append(_ours.make_peer())
		clients[-1].connect_to_peer(sockets[-1], "server.test", _ours.client_options(Fixtures.certificate("ca")))
	var are_connected := func() -> bool:
		for client in clients:
			client.poll()
		var peers: Array = clients + link.accepted.slice(known)
		var has_connected := func(peer: PacketPeer) -> bool: return Names.status(peer) == "CONNECTED"
		return peers.size() == 2 * ports.size() and peers.all(has_connected)
	var joined := await link.until(are_connected, seconds)
	for index in ports.size():
		ports[index] = sockets[index].get_local_port()
		sockets[index].close()
	return joined
