# A server that owns its socket.
extends "res://harness/suite.gd"

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
	var server := Ours.listening()
	var client := Ours.client_of(server)
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var said: PackedStringArray = []
	var echo := func() -> bool:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
		for peer in peers:
			while peer.get_available_packet_count() > 0:
				peer.put_packet(peer.get_packet())
		client.poll()
		if Names.status(client) == "CONNECTED" and said.is_empty():
			said.append("hello")
			client.put_packet("hello".to_utf8_buffer())
		return client.get_available_packet_count() > 0
	expect(await until(echo), "no echo: " + Names.status(client))
	expect_equal(client.get_packet().get_string_from_utf8(), "hello", "packet")
	expect_equal(peers.size(), 1, "connections")


func test_our_client_on_a_udp_socket() -> void:
	await _expect_session(Pair.new(self, _ours, _ours, Entrance.new(true)))


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
	var server := Ours.set_up()
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
	var server := Ours.set_up()
	expect(server.take_connection(null) == null, "a peer of null")
	const REFUSAL := "DTLSServerOpenSSL.take_connection(): udp_peer: null: use UDPServer.take_connection()"
	expect_equal(TLSOptionsOpenSSL.take_refusal(), REFUSAL, "refusal")


func test_the_two_ways_do_not_mix() -> void:
	var link := Pair.new(self, _ours, _ours, Entrance.new(false))
	await link.establish()
	expect_equal(link.server.listen(0), ERR_ALREADY_IN_USE, "listen with connections of a UDPServer")
	var server := Ours.listening()
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
	if UDPServer.new().listen(0, "::1") != OK:
		skip("no IPv6 here")
		return
	var server := Ours.set_up()
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
	var server := Ours.listening()
	var client := Ours.client_of(server)
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


func test_clients_beyond_those_that_may_wait_come_in_later() -> void:
	var server := Ours.listening()
	server.max_pending_connections = 1
	var clients := [Ours.client_of(server), Ours.client_of(server)]
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
	var server := Ours.listening()
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_host("127.0.0.1", server.get_local_port(), "elsewhere.test", Ours.client())
	expect(await until(func() -> bool:
		server.poll()
		client.poll()
		return Names.status(client) == "ERROR_HOSTNAME_MISMATCH" and not server.get_statistics().refused.is_empty()), "not counted")
	expect_equal(server.get_statistics().refused, { "FAILURE_PEER_ALERT": 1 }, "refused")
	expect_equal(server.is_connection_available(), false, "available")


func test_strangers_leave_nothing_and_get_no_more_than_they_have_sent() -> void:
	var server := Ours.listening()
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
	var server := Ours.set_up()
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


func _established() -> Pair:
	var link := Pair.new(self, _ours, _ours, Entrance.new(true))
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
