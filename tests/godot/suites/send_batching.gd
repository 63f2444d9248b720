# A server that gathers what its peers send: send_batching and flush().
extends "res://harness/suite.gd"

const ColumnEngine := preload("res://harness/column_engine.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Entrance := preload("res://harness/entrance.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")

var _ours := ColumnOurs.new()


func test_it_is_off_by_default() -> void:
	var link := await _established(false)
	expect_equal(link.server.send_batching, false, "send_batching")
	link.accepted[0].put_packet(_packet(1))
	expect_equal(await _arrived(link, 1), 1, "packets without a flush")


func test_packets_wait_for_flush() -> void:
	var link := await _established()
	_send(link, 3)
	expect_equal(await _arrived(link, 1, 0.1), 0, "packets before")
	link.server.flush()
	expect_equal(await _arrived(link, 3), 3, "packets after")


func test_packets_wait_for_poll() -> void:
	var link := await _established()
	_send(link, 3)
	link.server.poll()
	expect_equal(await _arrived(link, 3), 3, "packets")


# What is sent while the server polls waits for the next time.
func test_packets_that_a_handler_sends_wait() -> void:
	var link := Pair.new(self, _ours, _ours, Entrance.new(true))
	link.server.send_batching = true
	var answer := func(status: int, peer: PacketPeerDTLSOpenSSL) -> void:
		if status == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			peer.put_packet(_packet(1))
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	link.accepted[0].status_changed.connect(answer.bind(link.accepted[0]))
	await link.until(func() -> bool: return link.is_connected_both_ways())
	link.server.flush()
	expect_equal(await _arrived(link, 1), 1, "packets")


func test_to_switch_it_off_sends_what_waits() -> void:
	var link := await _established()
	_send(link, 3)
	link.server.send_batching = false
	expect_equal(await _arrived(link, 3), 3, "packets")


# The word that the connection is closed goes behind them.
func test_packets_go_before_the_end() -> void:
	for end: String in ["peer", "server stops", "server is gone"]:
		var link := await _established()
		_send(link, 3)
		match end:
			"peer":
				link.accepted[0].disconnect_from_peer()
				link.server.flush()
			"server stops":
				link.server.stop()
			"server is gone":
				link.server = null
		expect_equal(await _arrived(link, 3), 3, "%s: packets" % end)
		link.client.poll()
		expect_equal(link.client_status(), "DISCONNECTED", end)


func test_packets_of_many_sizes_to_several_clients_arrive_in_order() -> void:
	var links: Array[Pair] = [await _established()]
	for client: ColumnEngine in [ColumnEngine.new(), ColumnEngine.new()]:
		var link := Pair.new(self, _ours, client, Entrance.new(true))
		link.server.send_batching = true
		await link.establish()
		links.append(link)
	var sizes: Array[int] = [64, 64, 10, 10, 1160, 4000, 64, 200, 200, 199, 16384, 1]
	for size in sizes:
		for link in links:
			link.accepted[0].put_packet(_packet(size))
	for link in links:
		link.server.flush()
		var received: Array[int] = []
		await until(func() -> bool:
			link.client.poll()
			while link.client.get_available_packet_count() > 0:
				received.append(link.client.get_packet().size())
			return received.size() >= sizes.size())
		expect_equal(received, sizes, "sizes")


# More than the system takes in one call, and more than is ever gathered.
func test_a_hundred_packets_a_frame_arrive() -> void:
	var link := await _established()
	for turn in 20:
		for number in 100:
			link.accepted[0].put_packet(_packet(100 + turn))
		link.server.flush()
		expect_equal(await _arrived(link, 100), 100, "packets of turn %d" % turn)


func test_it_can_be_set_before_listening() -> void:
	var server := DTLSServerOpenSSL.new()
	server.flush()
	server.send_batching = true
	server.flush()
	server.setup(Ours.server())
	server.listen(0, "127.0.0.1")
	expect_equal(server.send_batching, true, "send_batching")
	server.stop()
	server.flush()
	expect_equal(server.send_batching, true, "send_batching afterwards")


func _established(batches := true) -> Pair:
	var link := Pair.new(self, _ours, _ours, Entrance.new(true))
	link.server.send_batching = batches
	expect(await link.establish(), "not connected: " + link.client_status())
	expect_equal(link.server.send_batching, batches, "send_batching")
	return link


func _send(link: Pair, count: int) -> void:
	for number in count:
		expect_equal(link.accepted[0].put_packet(_packet(64)), OK, "put_packet")


# How many packets come to the client within so many seconds, the server left alone. It need not wait for more than `wanted`.
func _arrived(link: Pair, wanted: int, seconds: float = 5.0) -> int:
	var count: Array[int] = [0]
	await until(func() -> bool:
		link.client.poll()
		while link.client.get_available_packet_count() > 0:
			link.client.get_packet()
			count[0] += 1
		return count[0] >= wanted, seconds)
	return count[0]


func _packet(size: int) -> PackedByteArray:
	var payload := PackedByteArray()
	payload.resize(size)
	payload.fill(size % 251)
	return payload
