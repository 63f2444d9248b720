# How a server that listens ends, and what becomes of its peers, in handlers and on other threads too.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Entrance := preload("res://harness/entrance.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")

var _ours := ColumnOurs.new()


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
	var next := Ours.set_up()
	expect_equal(next.listen(old_port, "127.0.0.1"), OK, "the port is free")


# Nobody polls them: their server has done that. So the loop of the class reference would keep them for ever.
func test_peers_of_a_server_that_is_gone_are_not_connected() -> void:
	var link := await _established()
	var peer: PacketPeerDTLSOpenSSL = link.accepted[0]
	var seen: PackedStringArray = []
	peer.status_changed.connect(func(status: int) -> void: seen.append(Names.STATUSES[status]))
	link.server = null
	expect_equal(Names.status(peer), "DISCONNECTED", "status")
	expect_equal(seen, PackedStringArray(), "statuses before a poll")
	peer.poll()
	expect_equal(Names.status(peer), "DISCONNECTED", "status after a poll")
	expect_equal(seen, PackedStringArray(["DISCONNECTED"]), "statuses after a poll")


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
			link.server = Ours.set_up()
		expect(await until(func() -> bool:
			server.poll()
			return not calls.is_empty()), "no signal")
		expect_equal(calls, [PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED] as Array[int], "calls")
		expect(await until(func() -> bool: return peer.get_ref() == null), "the peer is still there")
		server.poll()


# The handler is called from poll() or poll_all(), or from stop() itself.
func test_a_handler_can_stop_and_listen_again_on_the_same_port() -> void:
	for method: String in ["poll", "poll_all", "stop"]:
		for with_thread: bool in [false, true]:
			ProjectSettings.set_setting("openssl_dtls/receive_thread", with_thread)
			await _stop_and_listen_in_a_handler_of(method)
	ProjectSettings.set_setting("openssl_dtls/receive_thread", false)


func _stop_and_listen_in_a_handler_of(method: String) -> void:
	var link := await _established()
	var server: DTLSServerOpenSSL = link.server
	var old_port := link.port
	var codes: Array[int] = []
	link.accepted[0].status_changed.connect(func(_status: int) -> void:
		server.stop()
		codes.append(server.listen(old_port, "127.0.0.1")))
	if method != "stop":
		link.client.disconnect_from_peer()
	expect(await until(func() -> bool:
		server.call(method)
		return not codes.is_empty()), "no signal in " + method)
	expect_equal(codes, [OK] as Array[int], "listen() in a handler of " + method)
	expect_equal(server.is_listening(), true, "is_listening after " + method)
	link.accepted.clear()
	expect(await link.establish_another(), "not connected after " + method)


func test_a_dropped_peer_says_goodbye_and_is_forgotten() -> void:
	var link := await _established()
	var reference: WeakRef = weakref(link.accepted[0])
	link.accepted.clear()
	expect(reference.get_ref() == null, "the server keeps its peers alive")
	expect(await link.until(func() -> bool: return link.client_status() == "DISCONNECTED"), "not told")
	expect(await link.establish(), "not connected anew from the same port")


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
		var server := Ours.listening()
		var clients: Array[PacketPeerDTLSOpenSSL] = []
		for number in 8:
			clients.append(Ours.client_of(server))
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


func _established() -> Pair:
	var link := Pair.new(self, _ours, _ours, Entrance.new(true))
	expect(await link.establish(), "not connected")
	return link
