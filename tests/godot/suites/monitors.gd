# What the editor's debugger shows of all connections of the process.
# also with: listen
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Crowd := preload("res://harness/joining_crowd.gd")
const Dtls := preload("res://harness/dtls.gd")
const Entrance := preload("res://harness/entrance.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")
const NAMES: PackedStringArray = ["handshakes", "connected_peers", "datagrams", "drops", "retransmissions"]


func test_there_are_these() -> void:
	for name in NAMES:
		expect(Performance.has_custom_monitor("openssl_dtls/" + name), "no " + name)


func test_a_handshake_counts_at_each_end() -> void:
	var before := _read()
	var link := await _established()
	expect_equal(_read().handshakes - before.handshakes, 2, "handshakes")
	link.client.disconnect_from_peer()
	link = await _established()
	expect_equal(_read().handshakes - before.handshakes, 4, "handshakes after another")


func test_connected_peers_come_and_go() -> void:
	var link := await _established()
	expect_equal(_read().connected_peers, 2, "connected")
	link.client.disconnect_from_peer()
	expect_equal(_read().connected_peers, 1, "after one side has left")
	expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), "the other has not")
	expect_equal(_read().connected_peers, 0, "after both have")


func test_peers_that_are_dropped_are_not_connected_any_more() -> void:
	var link := await _established()
	expect_equal(_read().connected_peers, 2, "connected")
	link.client = null
	link.accepted.clear()
	expect_equal(_read().connected_peers, 0, "after they were dropped")


func test_datagrams_are_those_of_all_connections() -> void:
	await _end_of_the_case_before()
	var before := _read()
	var link := await _established()
	var counts: Array[int] = [0, 0]
	# What was sent since the last poll is added by the next one, and one more can find a duplicate that came late.
	var are_equal := func() -> bool:
		counts[0] = _read().datagrams - before.datagrams
		counts[1] = _datagrams(link.client.get_statistics()) + _datagrams(link.server.get_statistics())
		return counts[0] == counts[1]
	expect(await link.until(are_equal), "datagrams: %d, not %d" % counts)
	expect(counts[1] > 0, "no datagrams")


func test_a_server_that_listens_again_counts_nothing_twice() -> void:
	await _end_of_the_case_before()
	var before := _read()
	var link := Pair.new(self, ColumnOurs.new(), ColumnOurs.new(), Entrance.new(true))
	expect(await link.establish(), "not connected")
	for _time in 2:
		link.server.stop()
		link.server.listen(0, "127.0.0.1")
		link.server.poll()
	expect_equal(_read().handshakes - before.handshakes, 2, "handshakes")
	var counted := 0
	for statistics: Dictionary in [link.client.get_statistics(), link.server.get_statistics()]:
		counted += statistics.datagrams_in + statistics.datagrams_out
	expect_equal(_read().datagrams - before.datagrams, counted, "datagrams")


func test_drops() -> void:
	var link := _pair()
	link.add_relay()
	expect(await link.establish(), "not connected")
	var before := _read()
	link.relay.send_to_server("is anyone there?".to_utf8_buffer())
	link.relay.send_to_server(Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE))
	link.relay.send_to_server(Dtls.record(Dtls.APPLICATION_DATA, Dtls.random_of(1), 1, 1 << 40))
	expect(await link.until(func() -> bool: return _read().drops == before.drops + 3), "not counted")


func test_retransmissions() -> void:
	var silent := Socket.new()
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", silent.port)
	var options := Ours.client()
	options.retransmit_timeout_ms = 50
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", options)
	var before := _read()
	var are_counted := func() -> bool:
		client.poll()
		return _read().retransmissions >= before.retransmissions + 2
	expect(await until(are_counted), "not counted")
	expect_equal(client.get_statistics().retransmissions, _read().retransmissions - before.retransmissions, "the client's own")


# Handshakes are computed by other threads, and the monitors are read by one more.
func test_many_threads() -> void:
	var before := _read()
	var crowd := Crowd.new(30)
	var reader := Thread.new()
	var is_over := [false]
	reader.start(func() -> bool:
		var is_sound := true
		while not is_over[0]:
			var peers: int = _read().connected_peers
			is_sound = is_sound and peers >= 0 and peers <= 60
		return is_sound)
	var all_connected := func() -> bool:
		crowd.poll()
		return crowd.connected_clients() == 30 and crowd.connected_peers() == 30
	expect(await until(all_connected, 15.0), "%d of 30 are connected" % crowd.connected_clients())
	is_over[0] = true
	expect(reader.wait_to_finish(), "a number of connected peers that there never was")
	expect_equal(_read().handshakes - before.handshakes, 60, "handshakes")
	expect_equal(_read().connected_peers, 60, "connected")
	crowd.peers.clear()
	crowd.clients.clear()
	expect_equal(_read().connected_peers, 0, "after they were dropped")


func test_they_go_with_the_extension() -> void:
	var child := Child.new("unload", [])
	expect_equal(child.result("BEFORE"), "5", "monitors before")
	expect_equal(child.result("AFTER"), "0", "monitors after")
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.log_lines(), PackedStringArray(), "lines")


func test_a_script_may_remove_them() -> void:
	var child := Child.new("unload", ["remove"])
	expect_equal(child.result("AFTER"), "0", "monitors after")
	expect_equal(child.log_lines(), PackedStringArray(), "lines")


# Its connections end, and say goodbye, when this one waits for the first time.
func _end_of_the_case_before() -> void:
	await process_frame


# Name to value.
func _read() -> Dictionary:
	var values := {}
	for name in NAMES:
		values[name] = Performance.get_custom_monitor("openssl_dtls/" + name)
	return values


static func _datagrams(statistics: Dictionary) -> int:
	return statistics.datagrams_in + statistics.datagrams_out


func _pair() -> Pair:
	return Pair.new(self, ColumnOurs.new())


func _established() -> Pair:
	var link := _pair()
	expect(await link.establish(), "not connected")
	return link
