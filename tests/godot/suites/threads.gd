# Our classes outside the main thread.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Crowd := preload("res://harness/joining_crowd.gd")
const Entrance := preload("res://harness/entrance.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const PACKETS := 200
# A thread polls as often as this, and gives up after so long.
const POLL_USEC := 200
const SECONDS := 10.0
# Of large packets each thread reads so many.
const LARGE_PACKETS := 10000


# An echo server in one thread, a client in another, and the main thread does something else.
func test_server_and_client_in_a_thread_each() -> void:
	var port: Array[int] = [0]
	var server := Thread.new()
	server.start(_serve.bind(port))
	await until(func() -> bool: return port[0] != 0)
	var client := Thread.new()
	client.start(_ask.bind(port[0]))
	await until(func() -> bool: return not server.is_alive() and not client.is_alive(), SECONDS)
	expect_equal(client.wait_to_finish(), PACKETS, "echoes")
	expect_equal(server.wait_to_finish(), "DISCONNECTED", "the server's peer")


func test_four_pairs_in_a_thread_each() -> void:
	var threads: Array[Thread] = []
	for number in 4:
		threads.append(Thread.new())
		threads[-1].start(_connect_and_close.bind(10))
	var have_finished := func() -> bool:
		return threads.all(func(thread: Thread) -> bool: return not thread.is_alive())
	await until(have_finished, SECONDS)
	for thread in threads:
		expect_equal(thread.wait_to_finish(), 10, "connections")


# Made here, connected here, polled and dropped there.
func test_peers_move_to_a_thread() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	var peers: Array = [link.client, link.accepted.pop_back()]
	link.client = null
	var thread := Thread.new()
	thread.start(_exchange_and_drop.bind(peers))
	await until(func() -> bool: return not thread.is_alive())
	expect_equal(thread.wait_to_finish(), "hello", "what was received there")
	expect(peers.is_empty(), "not dropped")


# As the garbage collector of C# does it. The UDPServer is the main thread's, and knows its sockets by plain pointers.
func udp_test_socket_of_a_servers_peer_dropped_in_a_thread_is_closed_by_the_main_thread() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	var sockets: Array[PacketPeerUDP] = []
	var peers: Array[PacketPeer] = []
	link.connect_client()
	var has_connected := func() -> bool:
		link.listener.poll()
		while link.listener.is_connection_available():
			sockets.append(link.listener.take_connection())
			peers.append(link.server.take_connection(sockets[-1]))
		for peer in peers:
			peer.poll()
		link.client.poll()
		return link.client_status() == "CONNECTED"
	expect(await until(has_connected), "not connected")
	var thread := Thread.new()
	thread.start(peers.clear)
	thread.wait_to_finish()
	expect(sockets[-1].is_socket_connected(), "closed in the thread")
	expect(await until(func() -> bool: return not sockets[-1].is_socket_connected()), "not closed")


# Made and connected there, polled and dropped here.
func test_peers_come_from_a_thread() -> void:
	var thread := Thread.new()
	thread.start(_connected_pair)
	await until(func() -> bool: return not thread.is_alive())
	var pair: Dictionary = thread.wait_to_finish()
	if expect(pair.has("peer"), "not connected in the thread"):
		pair.client.put_packet("hello".to_utf8_buffer())
		var has_arrived := func() -> bool:
			pair.entrance.poll(pair.server)
			pair.peer.poll()
			return pair.peer.get_available_packet_count() > 0
		expect(await until(has_arrived), "nothing was received here")


# Polled by two threads at once, while the main thread sends.
func test_one_peer_in_three_threads() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	var stop: Array[bool] = [false]
	var threads: Array[Thread] = [Thread.new(), Thread.new()]
	for thread in threads:
		thread.start(_poll_until_stopped.bind(link.client, stop))
	for number in PACKETS:
		link.client.put_packet("to the server".to_utf8_buffer())
		link.accept()
		link.accepted[0].poll()
		link.accepted[0].put_packet("to the client".to_utf8_buffer())
	var have_arrived := func() -> bool: return link.client.get_available_packet_count() >= PACKETS
	expect(await until(have_arrived), "%d packets have arrived" % link.client.get_available_packet_count())
	stop[0] = true
	for thread in threads:
		thread.wait_to_finish()
	expect_equal(link.client_status(), "CONNECTED", "client")


# Godot copies a packet when the peer has handed it out, and the other thread may be at it by then.
func test_two_threads_read_from_one_peer() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	var peer: PacketPeer = link.accepted[0]
	var counts: Array[int] = [0, 0]
	var stop: Array[bool] = [false]
	var threads: Array[Thread] = [Thread.new(), Thread.new()]
	for number in 2:
		threads[number].start(_count_torn_until_stopped.bind(peer, number, counts, stop))
	var packets := range(10).map(_pattern)
	var have_read_enough := func() -> bool:
		for packet: PackedByteArray in packets:
			link.client.put_packet(packet)
			peer.poll()
			link.entrance.poll(link.server)
		return counts.min() > LARGE_PACKETS
	expect(await until(have_read_enough, SECONDS), "%s packets were read" % [counts])
	stop[0] = true
	for thread in threads:
		expect_equal(thread.wait_to_finish(), 0, "torn packets")


func test_server_and_options_are_dropped_in_another_thread() -> void:
	var ours := ColumnOurs.new()
	var options := ours.server_options(Fixtures.key("server"), Fixtures.certificate("server"))
	var server := ours.make_server()
	server.setup(options)
	var objects: Array = [server, options, ours.make_peer(), ours.make_server()]
	server = null
	options = null
	var thread := Thread.new()
	thread.start(objects.clear)
	await until(func() -> bool: return not thread.is_alive())
	thread.wait_to_finish()
	expect(objects.is_empty(), "not dropped")


# Whatever the thread comes upon while a connection is taken, its peer is told.
func test_connections_are_taken_here_while_a_thread_polls() -> void:
	var server := Ours.listening()
	for _round in 20:
		var clients: Array[PacketPeerDTLSOpenSSL] = []
		for number in 5:
			clients.append(Ours.client_of(server))
		var stop: Array[bool] = [false]
		var thread := Thread.new()
		thread.start(func() -> void:
			while not stop[0]:
				server.poll()
				for client in clients:
					client.poll())
		var peers: Array[PacketPeerDTLSOpenSSL] = []
		var has_connected := func(peer: PacketPeerDTLSOpenSSL) -> bool:
			return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED
		var end := Time.get_ticks_msec() + 2000
		while Time.get_ticks_msec() < end and not (peers.size() == 5 and (peers + clients).all(has_connected)):
			while server.is_connection_available():
				peers.append(server.take_connection())
		stop[0] = true
		thread.wait_to_finish()
		expect_equal((peers + clients).filter(has_connected).size(), 10, "connected")


# As the garbage collector of C# does it: the last reference to a peer goes at the moment at which its server, which has
# something to tell it, looks for it.
func test_peers_die_in_a_thread_while_their_server_polls() -> void:
	var bin: Array[PacketPeerDTLSOpenSSL] = []
	var mutex := Mutex.new()
	var stop: Array[bool] = [false]
	var thread := Thread.new()
	thread.start(func() -> void:
		while not stop[0]:
			mutex.lock()
			bin.clear()
			mutex.unlock())
	var end := Time.get_ticks_msec() + 4000
	while Time.get_ticks_msec() < end:
		var crowd := Crowd.new(12)
		var all_connected := func() -> bool:
			crowd.poll()
			return crowd.connected_clients() == 12 and crowd.connected_peers() == 12
		expect(await until(all_connected), "%d of 12 are connected" % crowd.connected_clients())
		while not crowd.peers.is_empty():
			for client in crowd.clients:
				client.put_packet(PackedByteArray([1]))
			crowd.entrance.poll(crowd.server)
			mutex.lock()
			bin.append(crowd.peers.pop_back())
			mutex.unlock()
			for _turn in 10:
				crowd.server.poll_all()
	stop[0] = true
	thread.wait_to_finish()


# Tells its port, echoes until the client closes, returns the status of its peer.
static func _serve(port: Array[int]) -> String:
	var entrance := Entrance.new()
	var server := _make_server()
	entrance.open(server)
	port[0] = entrance.port(server)
	var peers: Array[PacketPeer] = []
	var echo := func() -> bool:
		_accept(entrance, server, peers)
		for peer in peers:
			peer.poll()
			while peer.get_available_packet_count() > 0:
				peer.put_packet(peer.get_packet())
		return not peers.is_empty() and Names.status(peers[0]) == "DISCONNECTED"
	_poll_until(echo)
	return "nobody" if peers.is_empty() else Names.status(peers[0])


# Sends one packet after the other and counts the right answers.
static func _ask(port: int) -> int:
	var client := _make_client(port)
	var echoes: Array[int] = [0]
	var sent: Array[int] = [0]
	var ask := func() -> bool:
		client.poll()
		while client.get_available_packet_count() > 0:
			echoes[0] += 1 if client.get_packet().decode_u32(0) == echoes[0] else PACKETS
		if sent[0] == echoes[0] and Names.status(client) == "CONNECTED":
			var packet := PackedByteArray([0, 0, 0, 0])
			packet.encode_u32(0, sent[0])
			client.put_packet(packet)
			sent[0] += 1
		return echoes[0] >= PACKETS
	_poll_until(ask)
	client.disconnect_from_peer()
	return echoes[0]


# A server and a client in the same thread, again and again.
static func _connect_and_close(times: int) -> int:
	var connections := 0
	for time in times:
		var pair := _connected_pair()
		if pair.has("peer"):
			connections += 1
			pair.client.disconnect_from_peer()
	return connections


# { entrance, server, client, peer }; without `peer` if they did not connect.
static func _connected_pair() -> Dictionary:
	var entrance := Entrance.new()
	var server := _make_server()
	entrance.open(server)
	var client := _make_client(entrance.port(server))
	var peers: Array[PacketPeer] = []
	var are_connected := func() -> bool:
		_accept(entrance, server, peers)
		for peer in peers:
			peer.poll()
		client.poll()
		return Names.status(client) == "CONNECTED" and Names.status(peers[0]) == "CONNECTED"
	var pair := { "entrance": entrance, "server": server, "client": client }
	if _poll_until(are_connected):
		pair.peer = peers[0]
	return pair


static func _poll_until_stopped(peer: PacketPeer, stop: Array[bool]) -> void:
	while not stop[0]:
		peer.poll()


# Reads, counts the packets, and returns how many of them were not as they were sent.
static func _count_torn_until_stopped(peer: PacketPeer, number: int, counts: Array[int], stop: Array[bool]) -> int:
	var torn := 0
	while not stop[0]:
		var packet := peer.get_packet()
		if not packet.is_empty():
			counts[number] += 1
			torn += 0 if packet == _pattern(packet[0]) else 1
	return torn


# A large packet of `byte` alone. Its size is another one for each.
static func _pattern(byte: int) -> PackedByteArray:
	var packet := PackedByteArray()
	packet.resize(8000 + byte)
	packet.fill(byte)
	return packet


static func _exchange_and_drop(peers: Array) -> String:
	var receiver: PacketPeer = peers[0]
	peers[1].put_packet("hello".to_utf8_buffer())
	var has_arrived := func() -> bool:
		receiver.poll()
		return receiver.get_available_packet_count() > 0
	_poll_until(has_arrived)
	var text := receiver.get_packet().get_string_from_utf8()
	peers.clear()
	return text


static func _accept(entrance: Entrance, server: RefCounted, peers: Array[PacketPeer]) -> void:
	entrance.poll(server)
	for peer in entrance.take(server):
		if Names.status(peer) in ["HANDSHAKING", "CONNECTED"]:
			peers.append(peer)


static func _make_server() -> RefCounted:
	var server := DTLSServerOpenSSL.new()
	var pem := Fixtures.key_pem("server") + Fixtures.certificate_pem("server")
	server.setup(TLSOptionsOpenSSL.server_from_pem(pem, pem))
	return server


static func _make_client(port: int) -> PacketPeerDTLSOpenSSL:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", TLSOptionsOpenSSL.client_from_pem(Fixtures.certificate_pem("ca")))
	return client


# Frames belong to the main thread: here the thread sleeps between two polls.
static func _poll_until(condition: Callable) -> bool:
	var end := Time.get_ticks_msec() + int(SECONDS * 1000.0)
	while not condition.call():
		if Time.get_ticks_msec() > end:
			return false
		OS.delay_usec(POLL_USEC)
	return true
