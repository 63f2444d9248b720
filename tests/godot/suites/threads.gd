# Peers that are polled, made and dropped by threads.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")

const PACKETS := 200


# The client lives in a thread from its making to its end.
func test_client_in_a_thread() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	var thread := Thread.new()
	thread.start(_echo_client.bind(link.listener.get_local_port(), Fixtures.certificate("ca")))
	await until(func() -> bool: return not _serve_echo(link) or not thread.is_alive(), 10.0)
	expect_equal(thread.wait_to_finish(), PACKETS, "packets that came back to the client")


# The server takes, polls and answers in a thread.
func test_server_in_a_thread() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	var stop := [false]
	var thread := Thread.new()
	thread.start(_run_server.bind(link, stop))
	var returned := _echo_client(link.listener.get_local_port(), Fixtures.certificate("ca"))
	stop[0] = true
	thread.wait_to_finish()
	expect_equal(returned, PACKETS, "packets that came back to the client")


# Both ends at once, each in its own thread, the main thread only waits.
func test_both_ends_in_threads() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	var stop := [false]
	var server := Thread.new()
	var client := Thread.new()
	server.start(_run_server.bind(link, stop))
	client.start(_echo_client.bind(link.listener.get_local_port(), Fixtures.certificate("ca")))
	expect(await until(func() -> bool: return not client.is_alive(), 15.0), "the client does not end")
	expect_equal(client.wait_to_finish(), PACKETS, "packets that came back to the client")
	stop[0] = true
	server.wait_to_finish()


# Made and connected by the main thread, polled and dropped by another.
func test_peer_that_changes_threads() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	if not expect(await link.establish(), "not connected"):
		return
	var client: Array[PacketPeer] = [link.client]
	link.client = null
	var thread := Thread.new()
	thread.start(_poll_and_drop.bind(client))
	thread.wait_to_finish()
	var has_ended := func() -> bool:
		link.accepted[-1].poll()
		link.listener.poll()
		return link.server_status() == "DISCONNECTED"
	expect(await until(has_ended), "the server has not been told of the end")


# One peer polled by two threads at once, while the main thread sends.
func test_one_peer_in_two_threads() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	if not expect(await link.establish(), "not connected"):
		return
	var stop := [false]
	var threads: Array[Thread] = [Thread.new(), Thread.new()]
	for thread in threads:
		thread.start(_poll_until.bind(link.client, stop))
	for number in PACKETS:
		link.client.put_packet("to the server".to_utf8_buffer())
		link.accept()
		link.accepted[-1].poll()
		link.accepted[-1].put_packet("to the client".to_utf8_buffer())
	expect(await until(func() -> bool: return link.client.get_available_packet_count() >= PACKETS), "packets are missing")
	stop[0] = true
	for thread in threads:
		thread.wait_to_finish()
	expect_equal(link.client_status(), "CONNECTED", "client")


# Connects, sends packet after packet, each when the one before has come back. Returns how many came back.
static func _echo_client(port: int, authority: X509Certificate) -> int:
	var udp := PacketPeerUDP.new()
	var dtls := PacketPeerDTLSOpenSSL.new()
	udp.connect_to_host("127.0.0.1", port)
	dtls.connect_to_peer(udp, "server.test", TLSOptionsOpenSSL.client(authority))
	var end := Time.get_ticks_msec() + 8000
	var sent := 0
	var returned := 0
	while returned < PACKETS and Time.get_ticks_msec() < end:
		dtls.poll()
		if dtls.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED and sent == returned:
			dtls.put_packet(var_to_bytes(sent))
			sent += 1
		while dtls.get_available_packet_count() > 0:
			returned += int(dtls.get_packet() == var_to_bytes(returned))
		OS.delay_usec(50)
	return returned


# One turn of a server that sends back what it gets.
static func _serve_echo(link: Pair) -> bool:
	link.accept()
	for peer in link.accepted:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
	return true


static func _run_server(link: Pair, stop: Array) -> void:
	while not stop[0]:
		_serve_echo(link)
		OS.delay_usec(50)


static func _poll_until(peer: PacketPeer, stop: Array) -> void:
	while not stop[0]:
		peer.poll()


static func _poll_and_drop(peers: Array[PacketPeer]) -> void:
	peers[0].poll()
	peers.clear()
