# Objects that go at an awkward moment: in a handler of their own signal, before what depends on them, in every state.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")
const CONNECTIONS := 300
const ALL_CONNECTIONS := 3000

var _ours := ColumnOurs.new()


func test_dropped_in_handler_of_handshaking() -> void:
	var silent := Socket.new()
	var holder: Array[PacketPeer] = [_ours.make_peer()]
	var dropped := _drop_in_handler(holder)
	var udp := _udp_to(silent.port)
	# A Callable holds no reference: the handler drops the last one.
	Callable(holder[0], "connect_to_peer").call(udp, "server.test", _trusting_ca())
	expect_equal(dropped, PackedStringArray(["HANDSHAKING"]), "statuses")
	expect(holder.is_empty(), "still there")


func test_dropped_in_handler_of_connected() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client()
	var holder := _take_client(link)
	var dropped := _drop_in_handler(holder)
	await _poll_until_dropped(link, holder)
	expect_equal(dropped, PackedStringArray(["CONNECTED"]), "statuses")
	expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), "the server was not told")


func test_dropped_in_handler_of_remote_close() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	link.accepted[0].disconnect_from_peer()
	var holder := _take_client(link)
	var dropped := _drop_in_handler(holder)
	await _poll_until_dropped(link, holder)
	expect_equal(dropped, PackedStringArray(["DISCONNECTED"]), "statuses")


func test_dropped_in_handler_of_own_disconnect() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	var holder := _take_client(link)
	var dropped := _drop_in_handler(holder)
	Callable(holder[0], "disconnect_from_peer").call()
	expect_equal(dropped, PackedStringArray(["DISCONNECTED"]), "statuses")
	expect(holder.is_empty(), "still there")


func test_dropped_in_handler_of_error() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client("elsewhere.test")
	var holder := _take_client(link)
	var dropped := _drop_in_handler(holder)
	await _poll_until_dropped(link, holder)
	expect_equal(dropped, PackedStringArray(["ERROR_HOSTNAME_MISMATCH"]), "statuses")


func test_servers_peer_dropped_in_handler_of_connected() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	var dropped := _drop_in_handler(link.accepted)
	var poll := Callable(link.accepted[0], "poll")
	var is_dropped := func() -> bool:
		link.entrance.poll(link.server)
		if poll.is_valid():
			poll.call()
		link.client.poll()
		return link.accepted.is_empty()
	expect(await until(is_dropped), "still there")
	expect_equal(dropped, PackedStringArray(["CONNECTED"]), "statuses")


func test_everything_dropped_in_handler() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client()
	var holder: Array = [link]
	link.client.connect("status_changed", func(_status: int) -> void: holder.clear())
	var client: WeakRef = weakref(link.client)
	link = null
	var is_dropped := func() -> bool:
		if not holder.is_empty():
			holder[0].poll()
		return holder.is_empty()
	expect(await until(is_dropped), "no signal")
	expect(await until(func() -> bool: return client.get_ref() == null), "the client is still there")


func test_handler_disconnects() -> void:
	var link := Pair.new(self, _ours)
	var seen: PackedStringArray = []
	var client := link.client
	# Bound and not captured: a captured reference would keep the peer in a circle with its own signal.
	client.connect("status_changed", _disconnect_when_connected.bind(client.get_instance_id(), seen))
	link.connect_client()
	expect(await link.until(func() -> bool: return link.client_status() == "DISCONNECTED"), link.client_status())
	expect_equal(seen, PackedStringArray(["HANDSHAKING", "CONNECTED", "DISCONNECTED"]), "statuses")


func test_handler_sends() -> void:
	var link := Pair.new(self, _ours)
	link.client.connect("status_changed", _send_when_connected.bind(link.client.get_instance_id()))
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty() and link.accepted[0].get_available_packet_count() > 0)
	expect_equal(link.accepted[0].get_packet().get_string_from_utf8(), "from the handler", "packet")


func test_handler_polls() -> void:
	var link := Pair.new(self, _ours)
	link.client.connect("status_changed", _poll_again.bind(link.client.get_instance_id()))
	expect(await link.establish(), "not connected")
	expect(await link.is_alive(), "no data")


func test_handler_calls_every_method() -> void:
	var link := Pair.new(self, _ours)
	var seen: PackedStringArray = []
	link.client.connect("status_changed", _call_everything.bind(link.client.get_instance_id(), seen))
	link.connect_client()
	await link.until(func() -> bool: return link.client_status() == "DISCONNECTED")
	expect_equal(seen, PackedStringArray(["HANDSHAKING", "CONNECTED", "DISCONNECTED"]), "statuses")


func test_handler_reconnects() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	var udp := _udp_to(link.port)
	link.client.connect("status_changed", _reconnect.bind(link.client.get_instance_id(), udp))
	link.accepted[0].disconnect_from_peer()
	expect(await link.until(func() -> bool: return link.accepted.size() == 2 and link.is_connected_both_ways()), "not again")
	expect(await link.is_alive(), "no data")


# What becomes of the peers of a server that listens is said in listen_lifetime.gd.
func udp_test_server_dropped_before_its_peers() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	link.server = null
	expect(await link.is_alive(), "no data")
	link.client.disconnect_from_peer()
	expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), link.server_status())


func udp_test_server_dropped_during_a_handshake() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	link.server = null
	expect(await link.until(link.is_connected_both_ways), "not connected")


func udp_test_udp_server_dropped_before_the_peers() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	link.listener = UDPServer.new()
	link.accepted[0].put_packet(PackedByteArray([1]))
	link.accepted[0].poll()
	link.accepted.clear()
	expect_equal(link.client_status(), "CONNECTED", "client")


func test_options_and_sockets_dropped_by_the_script() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client("server.test", _trusting_ca())
	link.client_udp = null
	expect(await link.until(link.is_connected_both_ways), "not connected")
	expect(await link.is_alive(), "no data")


# A client and a server's peer in each state they can be in.
func test_dropped_in_every_state() -> void:
	var objects := _objects()
	for status in Names.STATUSES:
		var peer := await _client_in(status)
		expect_equal(Names.status(peer), status, "client")
	for status: String in ["DISCONNECTED", "HANDSHAKING", "CONNECTED", "ERROR"]:
		var peer := await _servers_peer_in(status)
		expect_equal(Names.status(peer), status, "server's peer")
	expect(await until(func() -> bool: return _objects() <= objects), "%d objects more" % (_objects() - objects))


func test_many_connections_leave_nothing() -> void:
	var link := Pair.new(self, _ours)
	var objects := _objects()
	var connected := 0
	var count := ALL_CONNECTIONS if runs_all() else CONNECTIONS
	allow(60.0)
	for number in count:
		link.client_udp = PacketPeerUDP.new()
		connected += 1 if await link.establish() else 0
		link.client.disconnect_from_peer()
		await link.until(func() -> bool: return link.server_status() == "DISCONNECTED")
		link.accepted.clear()
	expect_equal(connected, count, "connections")
	expect(await until(func() -> bool: return _objects() <= objects), "%d objects more" % (_objects() - objects))


# Clears the holder at the peer's first signal, and notes the status that it told.
static func _drop_in_handler(holder: Array) -> PackedStringArray:
	var seen: PackedStringArray = []
	var drop := func(status: int) -> void:
		seen.append(Names.STATUSES[status])
		holder.clear()
	holder[0].connect("status_changed", drop)
	return seen


# The pair's client with the only reference to it; the pair polls another one.
func _take_client(link: Pair) -> Array[PacketPeer]:
	var holder: Array[PacketPeer] = [link.client]
	link.client = _ours.make_peer()
	return holder


func _poll_until_dropped(link: Pair, holder: Array[PacketPeer]) -> void:
	var poll := Callable(holder[0], "poll")
	var is_dropped := func() -> bool:
		if poll.is_valid():
			poll.call()
		return holder.is_empty()
	expect(await link.until(is_dropped), "still there")
	expect(await until(func() -> bool: return not poll.is_valid()), "never freed")


static func _disconnect_when_connected(status: int, client: int, seen: PackedStringArray) -> void:
	seen.append(Names.STATUSES[status])
	if Names.STATUSES[status] == "CONNECTED":
		instance_from_id(client).disconnect_from_peer()


static func _send_when_connected(status: int, client: int) -> void:
	if Names.STATUSES[status] == "CONNECTED":
		instance_from_id(client).put_packet("from the handler".to_utf8_buffer())


func _call_everything(status: int, client: int, seen: PackedStringArray) -> void:
	var peer: PacketPeerDTLSOpenSSL = instance_from_id(client)
	seen.append(Names.STATUSES[status])
	expect_equal(int(peer.get_status()), status, "get_status in the handler")
	peer.poll()
	peer.get_available_packet_count()
	peer.put_packet("from the handler".to_utf8_buffer())
	peer.get_packet()
	peer.get_cipher_name()
	if status == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
		peer.disconnect_from_peer()


static func _poll_again(_status: int, client: int) -> void:
	instance_from_id(client).poll()


func _reconnect(status: int, client: int, udp: PacketPeerUDP) -> void:
	if Names.STATUSES[status] == "DISCONNECTED":
		expect_equal(instance_from_id(client).connect_to_peer(udp, "server.test", _trusting_ca()), OK, "connect_to_peer")


func _client_in(status: String) -> PacketPeer:
	var link := Pair.new(self, _ours)
	match status:
		"HANDSHAKING":
			link.connect_client()
		"CONNECTED":
			await link.establish()
		"ERROR":
			link.connect_client("server.test", _ours.client_options(Fixtures.certificate("other_ca")))
			await link.client_outcome()
		"ERROR_HOSTNAME_MISMATCH":
			link.connect_client("elsewhere.test")
			await link.client_outcome()
	return link.client


func _servers_peer_in(status: String) -> PacketPeer:
	var link := Pair.new(self, _ours)
	match status:
		"HANDSHAKING":
			link.connect_client()
			await link.until(func() -> bool: return not link.accepted.is_empty())
		"CONNECTED":
			await link.establish()
		"DISCONNECTED":
			await link.establish()
			link.client.disconnect_from_peer()
			await link.until(func() -> bool: return link.server_status() == "DISCONNECTED")
		"ERROR":
			link.connect_client("elsewhere.test")
			await link.until(func() -> bool: return link.server_status() == "ERROR")
	return link.accepted[0]


func _trusting_ca() -> RefCounted:
	return _ours.client_options(Fixtures.certificate("ca"))


static func _udp_to(port: int) -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	return udp


static func _objects() -> int:
	return int(Performance.get_monitor(Performance.OBJECT_COUNT))
