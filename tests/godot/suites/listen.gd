# A server that owns its socket.
extends "res://harness/suite.gd"

const Column := preload("res://harness/column.gd")
const ColumnEngine := preload("res://harness/column_engine.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Entrance := preload("res://harness/entrance.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")
const PSK: PackedByteArray = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]

var _ours := ColumnOurs.new()


# What the documentation shows, in one process.
func test_server_and_client_without_a_udp_socket() -> void:
	var server := _server()
	var client := _client_of(server)
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var echo := func() -> bool:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
		for peer in peers:
			while peer.get_available_packet_count() > 0:
				peer.put_packet(peer.get_packet())
		client.poll()
		if Names.status(client) == "CONNECTED" and client.get_statistics().datagrams_out < 4:
			client.put_packet("hello".to_utf8_buffer())
		return client.get_available_packet_count() > 0
	expect(await until(echo), "no echo: " + Names.status(client))
	expect_equal(client.get_packet().get_string_from_utf8(), "hello", "packet")
	expect_equal(peers.size(), 1, "connections")


func test_client_of_the_engine() -> void:
	await _expect_session(_pair(ColumnEngine.new()))


func test_our_client_on_a_udp_socket() -> void:
	await _expect_session(_pair())


func test_what_can_be_asked_before_listening() -> void:
	var server := DTLSServerOpenSSL.new()
	expect_equal(server.is_listening(), false, "is_listening")
	expect_equal(server.get_local_port(), 0, "port")
	expect_equal(server.is_connection_available(), false, "available")
	expect_equal(server.poll(), ERR_UNCONFIGURED, "poll")
	expect_equal(TLSOptionsOpenSSL.take_refusal(), "DTLSServerOpenSSL.poll(): the server does not listen: call listen() first", "refusal")
	expect_equal(UDPServer.new().poll(), ERR_UNCONFIGURED, "poll of a UDPServer")
	server.stop()


func test_listening_without_setup() -> void:
	expect_equal(DTLSServerOpenSSL.new().listen(0), ERR_UNCONFIGURED, "listen")


# The codes of UDPServer, where it gives any.
func test_listening_on_what_cannot_be() -> void:
	var taken := UDPServer.new()
	taken.listen(0, "127.0.0.1")
	var other := ENetConnection.new()
	other.create_host_bound("127.0.0.1", 0)
	var server := _set_up()
	for address: String in ["", "localhost", "nowhere", "1.2.3", "127.0.0.1 "]:
		expect_equal(server.listen(0, address), ERR_INVALID_PARAMETER, "listen on \"%s\"" % address)
	expect_equal(server.listen(0, "192.0.2.1"), UDPServer.new().listen(0, "192.0.2.1"), "an address of another machine")
	expect_equal(server.listen(other.get_local_port(), "127.0.0.1"), ERR_UNAVAILABLE, "a port that is taken")
	for port: int in [-1, 65536]:
		expect_equal(server.listen(port), ERR_INVALID_PARAMETER, "port %d" % port)
	expect_equal(server.is_listening(), false, "is_listening")
	expect_equal(server.listen(0, "127.0.0.1"), OK, "afterwards")
	expect_equal(server.listen(0, "127.0.0.1"), ERR_ALREADY_IN_USE, "twice")
	other.destroy()


func test_null_is_refused_as_before_by_a_server_that_does_not_listen() -> void:
	var server := _set_up()
	expect(server.take_connection(null) == null, "a peer of null")
	const REFUSAL := "DTLSServerOpenSSL.take_connection(): udp_peer: null: use UDPServer.take_connection()"
	expect_equal(TLSOptionsOpenSSL.take_refusal(), REFUSAL, "refusal")


func test_the_two_ways_do_not_mix() -> void:
	var link := Pair.new(self, _ours, _ours, Entrance.new(false))
	await link.establish()
	expect_equal(link.server.listen(0), ERR_ALREADY_IN_USE, "listen with connections of a UDPServer")
	var server := _server()
	var udp := UDPServer.new()
	udp.listen(0, "127.0.0.1")
	var socket := Socket.new(udp.get_local_port())
	socket.send(Dtls.client_hello(Dtls.random_of(1)))
	await until(func() -> bool:
		udp.poll()
		return udp.is_connection_available())
	expect(server.take_connection(udp.take_connection()) == null, "a peer")
	expect(TLSOptionsOpenSSL.take_refusal().contains("one server for each way"), "refusal")
	link.accepted.clear()
	expect_equal(link.server.listen(0), OK, "listen when they are gone")


func test_properties() -> void:
	var server := DTLSServerOpenSSL.new()
	expect_equal(server.max_pending_connections, 1024, "max_pending_connections")
	expect_equal(server.receive_buffer_size, 4194304, "receive_buffer_size")
	server.max_pending_connections = 5
	server.receive_buffer_size = 65536
	for wrong: int in [-1, 0, 1 << 31]:
		if wrong < 0:
			expect_equal(server.set_max_pending_connections(wrong), ERR_INVALID_PARAMETER, "%d connections" % wrong)
		expect_equal(server.set_receive_buffer_size(wrong), ERR_INVALID_PARAMETER, "%d bytes" % wrong)
	expect_equal([server.max_pending_connections, server.receive_buffer_size], [5, 65536], "afterwards")
	server.setup(Ours.server())
	expect_equal(server.get_statistics().receive_buffer_size, 0, "granted before")
	server.listen(0)
	expect_equal(server.get_statistics().receive_buffer_size, 65536, "granted")


func test_both_families_on_one_port() -> void:
	var server := _set_up()
	server.listen(0)
	for address: String in ["127.0.0.1", "::1"]:
		var client := PacketPeerDTLSOpenSSL.new()
		client.connect_to_host(address, server.get_local_port(), "server.test", Ours.client())
		var peer := await _connected(server, client)
		if expect(peer != null, "%s: %s" % [address, Names.status(client)]):
			expect_equal(peer.get_packet_address(), address, "address")
			expect_equal(peer.get_remote_address(), address, "address")
			expect(peer.get_packet_port() > 0 and peer.get_packet_port() == peer.get_remote_port(), "port")
			expect_equal(client.get_packet_address(), address, "the server's address")
			expect_equal(client.get_packet_port(), server.get_local_port(), "the server's port")


func test_signals_come_from_the_servers_poll() -> void:
	var server := _server()
	var client := _client_of(server)
	var seen: PackedStringArray = []
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var poll := func() -> void:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
			seen.append(Names.status(peers[-1]))
			peers[-1].status_changed.connect(func(status: int) -> void: seen.append(Names.STATUSES[status]))
		client.poll()
	expect(await until(func() -> bool:
		poll.call()
		return seen.has("CONNECTED") and Names.status(client) == "CONNECTED"), "not connected")
	client.disconnect_from_peer()
	expect(await until(func() -> bool:
		poll.call()
		return seen.has("DISCONNECTED")), "not told")
	expect_equal(seen, PackedStringArray(["HANDSHAKING", "CONNECTED", "DISCONNECTED"]), "statuses")
	expect_equal(Names.status(peers[0]), "DISCONNECTED", "status")


func test_packets_are_read_before_the_end_shows() -> void:
	var link := await _established()
	var peer: PacketPeerDTLSOpenSSL = link.accepted[0]
	link.client.put_packet("last words".to_utf8_buffer())
	link.client.disconnect_from_peer()
	await until(func() -> bool:
		link.server.poll()
		return peer.get_available_packet_count() > 0)
	link.server.poll()
	expect_equal(Names.status(peer), "CONNECTED", "before it is read")
	expect_equal(peer.get_packet().get_string_from_utf8(), "last words", "packet")
	link.server.poll()
	expect_equal(Names.status(peer), "DISCONNECTED", "after it was read")


func test_poll_all_hands_out_those_with_news() -> void:
	var link := await _established()
	expect_equal(link.server.poll_all(), [] as Array[PacketPeerDTLSOpenSSL], "nothing")
	link.client.put_packet("one".to_utf8_buffer())
	var news: Array[PacketPeerDTLSOpenSSL] = []
	await until(func() -> bool:
		news.assign(link.server.poll_all())
		return not news.is_empty())
	expect_equal(news, [link.accepted[0]] as Array[PacketPeerDTLSOpenSSL], "news")
	expect_equal(link.server.poll_all().size(), 1, "until it is read")
	expect_equal(link.accepted[0].receive_all(), [PackedByteArray("one".to_utf8_buffer())] as Array[PackedByteArray], "packets")
	expect_equal(link.server.poll_all().size(), 0, "after it was read")
	link.client.disconnect_from_peer()
	await until(func() -> bool:
		news.assign(link.server.poll_all())
		return not news.is_empty())
	expect_equal(Names.status(news[0]), "DISCONNECTED", "status")


func test_client_restarted_on_the_same_port() -> void:
	var link := await _established()
	var client_port := link.client_udp.get_local_port()
	link.client_udp.close()
	link.replace_client()
	link.client_udp.bind(client_port, "127.0.0.1")
	link.connect_client()
	var is_connected_anew := func() -> bool: return link.accepted.size() == 2 and link.is_connected_both_ways()
	expect(await link.until(is_connected_anew, 3.0), "not connected")
	expect_equal(Names.failure(link.accepted[0]), "PEER_RESTARTED", "the old one")
	expect_equal(Names.status(link.accepted[0]), "DISCONNECTED", "the old one")
	expect(await link.is_alive(), "no data")


func test_many_clients_join_at_once() -> void:
	var server := _server()
	var clients: Array[PacketPeerDTLSOpenSSL] = []
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	for number in 50:
		clients.append(_client_of(server))
	var are_connected := func() -> bool:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
		for client in clients:
			client.poll()
		var everyone: Array[PacketPeerDTLSOpenSSL] = peers + clients
		return everyone.size() == 100 and everyone.all(func(peer: PacketPeer) -> bool: return Names.status(peer) == "CONNECTED")
	expect(await until(are_connected, 10.0), "%d of 50 are there" % peers.size())
	expect_equal(server.get_statistics().accepted, 50, "accepted")
	expect_equal(server.get_statistics().half_open, 0, "half-open")


func test_clients_beyond_those_that_may_wait_come_in_later() -> void:
	var server := _server()
	server.max_pending_connections = 1
	var clients := [_client_of(server), _client_of(server)]
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var poll := func() -> void:
		server.poll()
		for client: PacketPeerDTLSOpenSSL in clients:
			client.poll()
	expect(await until(func() -> bool:
		poll.call()
		return server.get_statistics().over_cap > 0), "nobody was over it")
	expect(await until(func() -> bool:
		poll.call()
		while server.is_connection_available():
			peers.append(server.take_connection())
		return peers.size() == 2), "%d have come in" % peers.size())


func test_stop_ends_all_connections() -> void:
	var link := await _established()
	var seen: PackedStringArray = []
	link.accepted[0].status_changed.connect(func(status: int) -> void: seen.append(Names.STATUSES[status]))
	var old_port := link.port
	link.server.stop()
	expect_equal(seen, PackedStringArray(["DISCONNECTED"]), "statuses")
	expect_equal(link.server.is_listening(), false, "is_listening")
	expect_equal(link.accepted[0].put_packet(PackedByteArray([1])), ERR_UNCONFIGURED, "put_packet")
	expect(await until(func() -> bool:
		link.client.poll()
		return link.client_status() == "DISCONNECTED"), "the client was not told")
	expect_equal(link.server.listen(old_port, "127.0.0.1"), OK, "again")
	link.accepted.clear()
	expect(await link.establish_another(), "not connected")


# As with UDPServer, the connections are the server's.
func test_server_dropped_before_its_peers() -> void:
	var link := await _established()
	var old_port := link.port
	link.server = null
	link.accepted[0].put_packet(PackedByteArray([1]))
	link.accepted[0].poll()
	expect_equal(Names.status(link.accepted[0]), "DISCONNECTED", "peer")
	expect(await until(func() -> bool:
		link.client.poll()
		return link.client_status() == "DISCONNECTED"), "the client was not told")
	var next := _set_up()
	expect_equal(next.listen(old_port, "127.0.0.1"), OK, "the port is free")


func test_handlers_may_do_everything() -> void:
	for drops_server: bool in [false, true]:
		var link := await _established()
		var holder: Array = [link.server, link.accepted[0]]
		link.accepted.clear()
		var peer: WeakRef = weakref(holder[1])
		var calls: Array[int] = []
		var handler := func(status: int) -> void:
			calls.append(status)
			holder[0].poll()
			holder[0].poll_all()
			holder[0].get_statistics()
			holder[1].poll()
			holder[1].put_packet(PackedByteArray([1]))
			if drops_server:
				holder[0].stop()
			holder.clear()
		holder[1].status_changed.connect(handler)
		link.client.disconnect_from_peer()
		var server: DTLSServerOpenSSL = link.server
		if drops_server:
			link.server = _set_up()
		expect(await until(func() -> bool:
			server.poll()
			return not calls.is_empty()), "no signal")
		expect_equal(calls, [PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED] as Array[int], "calls")
		expect(await until(func() -> bool: return peer.get_ref() == null), "the peer is still there")
		server.poll()


func test_a_dropped_peer_says_goodbye_and_is_forgotten() -> void:
	var link := await _established()
	var reference: WeakRef = weakref(link.accepted[0])
	link.accepted.clear()
	expect(reference.get_ref() == null, "the server keeps its peers alive")
	expect(await link.until(func() -> bool: return link.client_status() == "DISCONNECTED"), "not told")
	expect(await link.establish(), "not connected anew from the same port")


func test_peers_may_die_on_another_thread_meanwhile() -> void:
	var link := _pair()
	for _round in 20:
		await link.establish_another()
		var doomed: Array[PacketPeer] = link.accepted.duplicate()
		link.accepted.clear()
		var thread := Thread.new()
		thread.start(func() -> void: doomed.clear())
		while thread.is_alive():
			link.server.poll_all()
		thread.wait_to_finish()
		expect_equal(link.server.poll_all().size(), 0, "news of what is gone")


func test_a_peer_is_used_on_another_thread_while_the_server_polls() -> void:
	var link := await _established()
	var peer: PacketPeerDTLSOpenSSL = link.accepted[0]
	var thread := Thread.new()
	thread.start(func() -> void:
		for number in 500:
			peer.put_packet(PackedByteArray([number % 256]))
			peer.get_available_packet_count())
	while thread.is_alive():
		link.server.poll()
		link.client.poll()
	thread.wait_to_finish()
	expect_equal(link.client_status(), "CONNECTED", "client")
	expect_equal(link.server_status(), "CONNECTED", "server")


func test_workers_can_be_busy_when_the_server_goes() -> void:
	for _round in 5:
		var server := _server()
		var clients: Array[PacketPeerDTLSOpenSSL] = []
		for number in 8:
			clients.append(_client_of(server))
		var peers: Array[PacketPeerDTLSOpenSSL] = []
		await until(func() -> bool:
			server.poll()
			while server.is_connection_available():
				peers.append(server.take_connection())
			for client in clients:
				client.poll()
			return peers.size() == 8)
		peers[0].disconnect_from_peer()
		peers.resize(4)
		server.setup(Ours.server())
		server = null


# Asked for a connection that nobody has taken, and for one that was taken.
func test_pre_shared_keys_are_asked_for() -> void:
	for takes_late: bool in [false, true]:
		var asked: PackedStringArray = []
		var server := DTLSServerOpenSSL.new()
		server.setup(TLSOptionsOpenSSL.server_psk(func(identity: String) -> PackedByteArray:
			asked.append(identity)
			server.poll()
			return PSK))
		server.listen(0, "127.0.0.1")
		var client := PacketPeerDTLSOpenSSL.new()
		client.connect_to_host("127.0.0.1", server.get_local_port(), "", TLSOptionsOpenSSL.client_psk("player", PSK))
		var peers: Array[PacketPeerDTLSOpenSSL] = []
		expect(await until(func() -> bool:
			server.poll()
			client.poll()
			if server.is_connection_available() and (not takes_late or Names.status(client) == "CONNECTED"):
				peers.append(server.take_connection())
			return not peers.is_empty() and Names.status(peers[0]) == "CONNECTED" and Names.status(client) == "CONNECTED"), "not connected")
		expect_equal(asked, PackedStringArray(["player"]), "asked for")
		server.setup(Ours.server())


func test_failures_of_clients_that_nobody_has_taken_are_counted() -> void:
	var server := _server()
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_host("127.0.0.1", server.get_local_port(), "elsewhere.test", Ours.client())
	expect(await until(func() -> bool:
		server.poll()
		client.poll()
		return Names.status(client) == "ERROR_HOSTNAME_MISMATCH" and not server.get_statistics().refused.is_empty()), "not counted")
	expect_equal(server.get_statistics().refused, { "FAILURE_PEER_ALERT": 1 }, "refused")
	expect_equal(server.is_connection_available(), false, "available")


func test_strangers_leave_nothing_and_get_no_more_than_they_have_sent() -> void:
	var server := _server()
	for number in 200:
		var socket := Socket.new(server.get_local_port())
		socket.send(Dtls.client_hello(Dtls.random_of(number)))
	expect(await until(func() -> bool:
		server.poll()
		return server.get_statistics().hello_verify_requests == 200), "not answered")
	var statistics := server.get_statistics()
	expect(statistics.bytes_out > 0 and statistics.bytes_out <= statistics.bytes_in, "%d bytes for %d" % [statistics.bytes_out, statistics.bytes_in])
	expect_equal(server.is_connection_available(), false, "available")
	expect_equal(statistics.half_open, 0, "half-open")


# What a UDPServer loses: some 170 datagrams of this size are all that it keeps between two polls.
func test_a_burst_of_a_thousand_packets_arrives() -> void:
	var link := await _established()
	if link.server.get_statistics().receive_buffer_size < 4194304:
		skip("net.core.rmem_max is too small")
		return
	var payload := PackedByteArray()
	payload.resize(200)
	for number in 1000:
		link.client.put_packet(payload)
	link.server.poll()
	expect_equal(link.accepted[0].get_available_packet_count(), 1000, "packets")


# Where the system tells what it has lost.
func test_what_does_not_fit_the_buffer_is_counted() -> void:
	var server := _set_up()
	server.receive_buffer_size = 8192
	server.listen(0, "127.0.0.1")
	if server.get_statistics().dropped_by_system < 0:
		skip("this system does not tell")
		return
	var socket := Socket.new(server.get_local_port())
	for number in 100:
		socket.send(Dtls.random_of(number))
	server.poll()
	var statistics := server.get_statistics()
	expect(statistics.dropped_by_system > 0, "nothing was lost")
	expect_equal(statistics.dropped_by_system + statistics.datagrams_in, 100, "lost and received")


func test_monitors_count() -> void:
	var connected_peers := func() -> int: return int(Performance.get_custom_monitor("openssl_dtls/connected_peers"))
	expect(await until(func() -> bool: return connected_peers.call() == 0), "peers of other tests are left")
	var handshakes := int(Performance.get_custom_monitor("openssl_dtls/handshakes"))
	var link := await _established()
	link.server.poll()
	expect_equal(connected_peers.call(), 2, "connected peers")
	expect_equal(int(Performance.get_custom_monitor("openssl_dtls/handshakes")), handshakes + 2, "handshakes")
	link.accepted.clear()
	expect_equal(connected_peers.call(), 1, "connected peers afterwards")


func test_many_connections_leave_nothing() -> void:
	var link := _pair()
	await link.establish()
	var objects := int(Performance.get_monitor(Performance.OBJECT_COUNT))
	for number in 50:
		link.accepted.clear()
		expect(await link.establish_another(), "connection %d" % number)
	expect(int(Performance.get_monitor(Performance.OBJECT_COUNT)) <= objects + 2, "objects are left")


func _set_up() -> DTLSServerOpenSSL:
	var server := DTLSServerOpenSSL.new()
	server.setup(Ours.server())
	return server


func _server() -> DTLSServerOpenSSL:
	var server := _set_up()
	server.listen(0, "127.0.0.1")
	return server


func _client_of(server: DTLSServerOpenSSL) -> PacketPeerDTLSOpenSSL:
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_host("127.0.0.1", server.get_local_port(), "server.test", Ours.client())
	return client


# The server's peer, when both sides are connected. Null: they are not.
func _connected(server: DTLSServerOpenSSL, client: PacketPeerDTLSOpenSSL) -> PacketPeerDTLSOpenSSL:
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var are_connected := func() -> bool:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
		client.poll()
		return not peers.is_empty() and Names.status(peers[0]) == "CONNECTED" and Names.status(client) == "CONNECTED"
	return peers[0] if await until(are_connected) else null


func _pair(client: Column = _ours) -> Pair:
	return Pair.new(self, _ours, client, Entrance.new(true))


func _established() -> Pair:
	var link := _pair()
	expect(await link.establish(), "not connected")
	return link


func _expect_session(link: Pair) -> void:
	if not expect(await link.establish(), "not connected: " + link.client_status()):
		return
	for size: int in [1, 64, 1160, 4000, 16384]:
		var payload := PackedByteArray()
		payload.resize(size)
		payload.fill(size % 251)
		expect_equal(await link.exchange(link.client, link.accepted[0], payload), payload, "%d bytes to the server" % size)
		expect_equal(await link.exchange(link.accepted[0], link.client, payload), payload, "%d bytes to the client" % size)
	link.client.disconnect_from_peer()
	expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), link.server_status())
