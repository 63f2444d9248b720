# A server's handshakes are computed on other threads: what must not depend on that.
# also with: listen
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const Crowd := preload("res://harness/joining_crowd.gd")
const Ours := preload("res://harness/ours.gd")


func test_many_clients_join_at_once() -> void:
	var crowd := Crowd.new(50)
	var all_connected := func() -> bool:
		crowd.poll()
		return crowd.connected_clients() == 50 and crowd.connected_peers() == 50
	expect(await until(all_connected, 10.0), "%d of 50 are connected" % crowd.connected_clients())
	expect_equal(crowd.server.get_statistics().accepted, 50, "accepted")
	expect_equal(crowd.server.get_statistics().half_open, 0, "half-open")


func test_statistics_and_status_can_be_asked_at_any_time() -> void:
	var crowd := Crowd.new(10)
	var all_connected := func() -> bool:
		crowd.poll()
		for peer in crowd.peers:
			peer.get_statistics()
			peer.get_cipher_name()
			peer.get_available_packet_count()
			peer.get_status()
		return crowd.connected_peers() == 10
	expect(await until(all_connected), "%d of 10 are connected" % crowd.connected_peers())


# Also of those that a worker has: most of them, after a poll.
func test_address_and_size_are_known_at_any_time() -> void:
	var crowd := Crowd.new(20)
	var wrong: Array[String] = []
	var check := func(peer: PacketPeerDTLSOpenSSL) -> void:
		var size := peer.get_max_packet_size()
		if peer.get_remote_address() != "127.0.0.1" or peer.get_remote_port() == 0 or size < 1100 or size > 1200:
			wrong.append("%s:%d %d" % [peer.get_packet_address(), peer.get_packet_port(), size])
	var all_connected := func() -> bool:
		for peer in crowd.accept():
			check.call(peer)
		crowd.poll_peers()
		crowd.peers.map(check)
		return crowd.connected_peers() == 20
	expect(await until(all_connected), "%d of 20 are connected" % crowd.connected_peers())
	expect_equal(wrong.size(), 0, "wrong: %s ..." % ", ".join(wrong.slice(0, 3)))


# In the frame after they were taken workers have most of them.
func test_peers_can_be_dropped_and_disconnected_meanwhile() -> void:
	for _round in 20:
		var crowd := Crowd.new(8)
		await until(func() -> bool:
			crowd.poll()
			return crowd.peers.size() == 8)
		for index in 4:
			crowd.peers[index].disconnect_from_peer()
			expect_equal(crowd.peers[index].get_status(), PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED, "status")
		crowd.peers.clear()
		await until(func() -> bool:
			crowd.entrance.poll(crowd.server)
			return crowd.server.get_statistics().half_open == 0)
		expect_equal(crowd.server.get_statistics().half_open, 0, "half-open")


# It is dropped where its connections do not end with it.
func test_the_server_can_be_set_up_anew_and_dropped_meanwhile() -> void:
	for _round in 5:
		var crowd := Crowd.new(8)
		await until(func() -> bool:
			crowd.poll()
			return crowd.peers.size() == 8)
		expect_equal(crowd.setup(), OK, "setup")
		if not crowd.entrance.is_servers_own:
			crowd.server = null
		var all_connected := func() -> bool:
			crowd.poll_peers()
			return crowd.connected_peers() == 8
		expect(await until(all_connected), "%d of 8 are connected" % crowd.connected_peers())


# A client that is given up after it has sent its last flight does not come back, so not all of them connect.
func test_a_cap_holds() -> void:
	var options := Ours.server()
	options.max_half_open = 4
	var crowd := Crowd.new(12, options)
	var most: Array[int] = [0]
	var some_are_connected := func() -> bool:
		crowd.poll()
		most[0] = maxi(most[0], crowd.server.get_statistics().half_open)
		return crowd.connected_clients() >= 4
	expect(await until(some_are_connected, 15.0), "%d of 12 are connected" % crowd.connected_clients())
	expect(most[0] <= 4, "%d handshakes at a time" % most[0])
	expect(crowd.server.get_statistics().over_cap > 0, "nobody was over the cap")


func test_a_game_can_quit_while_workers_are_busy() -> void:
	for threads: String in ["-1", "0", "3"]:
		var child := _run_with_threads("quit_in_handshakes", threads)
		expect_equal(child.exit_code, 0, "exit code with %s threads" % threads)
		expect_equal(child.log_lines(), PackedStringArray(), "lines")


func test_without_threads_handshakes_are_computed_where_they_are_polled() -> void:
	var child := _run_with_threads("joining_crowd", "0")
	expect_equal(child.result("CONNECTED"), "10", "connected")
	expect_equal(child.result("THREADS"), "0", "threads")


func test_with_threads_they_are_not() -> void:
	var child := _run_with_threads("joining_crowd", "2")
	expect_equal(child.result("CONNECTED"), "10", "connected")
	expect(child.result("THREADS").to_int() in [1, 2], "threads: " + child.result("THREADS"))


func _run_with_threads(program: String, threads: String) -> Child:
	return Child.new(program, [], { "handshake_threads": threads.to_int() })
