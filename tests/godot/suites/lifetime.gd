# Objects that go at an awkward moment. What is left at the end of the process, the runner sees.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")


func test_client_dropped_in_its_own_handler_while_polled() -> void:
	await _drop_in_handler(PacketPeerDTLSOpenSSL.STATUS_CONNECTED, func(link: Pair) -> void: link.poll())


func test_client_dropped_in_its_own_handler_while_connecting() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	_drop_client_at(link, PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING)
	expect_equal(link.connect_client(), OK, "connect_to_peer")
	expect(link.client == null, "the handler has not been called")


func test_client_dropped_in_its_own_handler_while_disconnecting() -> void:
	await _drop_in_handler(
		PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED,
		func(link: Pair) -> void:
			link.poll()
			if link.client != null and link.is_connected_both_ways():
				link.client.disconnect_from_peer()
	)


func test_client_dropped_in_its_own_handler_when_it_fails() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	_drop_client_at(link, PacketPeerDTLSOpenSSL.STATUS_ERROR)
	link.connect_client("server.test", TLSOptionsOpenSSL.client(Fixtures.certificate("other_ca")))
	expect(await until(_polled(link, func() -> bool: return link.client == null)), "the handler has not been called")


func test_server_peer_dropped_in_its_own_handler() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	var dropped := [false]
	link.accepted[-1].connect(
		&"status_changed",
		func(_status: PacketPeerDTLSOpenSSL.Status) -> void:
			link.accepted.clear()
			dropped[0] = true
	)
	expect(await link.until(func() -> bool: return dropped[0]), "the handler has not been called")


# Everything that a handler may do with the object that is calling it.
func test_handler_may_call_every_method() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	var seen: Array[String] = []
	var client: PacketPeerDTLSOpenSSL = link.client
	var use_everything := func(status: PacketPeerDTLSOpenSSL.Status) -> void:
		seen.append(Names.STATUSES[status])
		expect_equal(int(client.get_status()), int(status), "get_status in the handler")
		client.poll()
		client.get_available_packet_count()
		client.put_packet("from the handler".to_utf8_buffer())
		client.get_packet()
		if status == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			client.disconnect_from_peer()
	client.status_changed.connect(use_everything)
	link.connect_client()
	await link.until(func() -> bool: return seen.size() == 3)
	client.status_changed.disconnect(use_everything)
	expect_equal(seen, ["HANDSHAKING", "CONNECTED", "DISCONNECTED"] as Array[String], "statuses told")


func test_handler_may_connect_again() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	var ends := [0]
	var come_back := func(status: PacketPeerDTLSOpenSSL.Status) -> void:
		if status == PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED and ends[0] == 0:
			ends[0] += 1
			link.client_udp = PacketPeerUDP.new()
			link.connect_client()
	link.client.connect(&"status_changed", come_back)
	expect(await link.establish(), "not connected")
	link.accepted[-1].disconnect_from_peer()
	link.accepted.clear()
	expect(await link.until(link.is_connected_both_ways), "not connected again")
	expect_equal(ends[0], 1, "ends seen")
	link.client.disconnect(&"status_changed", come_back)


func test_server_dropped_before_its_peers() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	if not expect(await link.establish(), "not connected"):
		return
	link.server = null
	var word := "still here".to_utf8_buffer()
	link.client.put_packet(word)
	var has_arrived := func() -> bool:
		link.listener.poll()
		link.accepted[-1].poll()
		return link.accepted[-1].get_available_packet_count() > 0
	expect(await until(has_arrived), "the peer does not work without its server")
	expect(link.accepted[-1].get_packet() == word, "another packet has arrived")


func test_server_dropped_during_a_handshake() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	link.server = null
	var both_connected := func() -> bool:
		link.listener.poll()
		link.accepted[-1].poll()
		link.client.poll()
		return link.is_connected_both_ways()
	expect(await until(both_connected), "the handshake does not go on without the server")


func test_peers_dropped_in_every_state() -> void:
	PacketPeerDTLSOpenSSL.new() # DISCONNECTED
	var link := Pair.new(self, ColumnOurs.new())
	link.connect_client()
	link.client = ColumnOurs.new().make_peer() # Drops one that is HANDSHAKING.
	link.client_udp = PacketPeerUDP.new()
	await link.establish()
	link.accepted.clear() # CONNECTED
	expect(await link.until(func() -> bool: return link.client_status() == "DISCONNECTED"), "the client was not told")


func test_udp_server_stopped_before_its_peers() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	link.listener.stop()
	for _poll in 10:
		link.accepted[-1].poll()
	expect_equal(link.server_status(), "CONNECTED", "server")
	link.accepted[-1].disconnect_from_peer()
	expect_equal(link.server_status(), "DISCONNECTED", "server")


func test_connects_and_disconnects() -> void:
	allow(60.0)
	var objects := 0
	for round_number in 300 if not runs_all() else 3000:
		var link := Pair.new(self, ColumnOurs.new())
		if not expect(await link.establish(), "not connected in round %d" % round_number):
			return
		link.client.disconnect_from_peer()
		link = null
		if round_number == 10:
			objects = int(Performance.get_monitor(Performance.OBJECT_COUNT))
	var grown := int(Performance.get_monitor(Performance.OBJECT_COUNT)) - objects
	expect(grown < 20, "%d objects more than after the first rounds" % grown)


# Drops the client when it tells `status`, while `advance` goes on calling it.
func _drop_in_handler(status: PacketPeerDTLSOpenSSL.Status, advance: Callable) -> void:
	var link := Pair.new(self, ColumnOurs.new())
	_drop_client_at(link, status)
	link.connect_client()
	var advance_and_ask := func() -> bool:
		if link.client != null:
			advance.call(link)
		return link.client == null
	expect(await until(advance_and_ask), "the handler has not been called")


static func _drop_client_at(link: Pair, wanted: PacketPeerDTLSOpenSSL.Status) -> void:
	link.client.connect(
		&"status_changed",
		func(status: PacketPeerDTLSOpenSSL.Status) -> void:
			if status == wanted:
				link.client = null
	)


static func _polled(link: Pair, condition: Callable) -> Callable:
	return func() -> bool:
		if link.client != null:
			link.poll()
		return condition.call()
