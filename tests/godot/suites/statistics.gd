# What peers and servers have counted.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")
const COUNTERS: PackedStringArray = [
	"bytes_in", "bytes_out", "datagrams_in", "datagrams_out", "dropped_malformed", "dropped_unexpected", "dropped_invalid",
	"oversize", "socket_errors", "retransmissions",
]
const OF_PEERS: PackedStringArray = ["handshake_time_usec"]
const OF_SERVERS: PackedStringArray = [
	"hello_verify_requests", "cookie_failures", "half_open", "accepted", "over_cap", "dropped_unread",
	"receive_buffer_size", "dropped_by_system",
]


func test_keys_of_a_peer() -> void:
	var link := _pair()
	_expect_counters(link.client.get_statistics(), COUNTERS + OF_PEERS, 0)
	await link.establish()
	expect_equal(link.client.get_statistics().size(), COUNTERS.size() + OF_PEERS.size(), "keys")


func test_keys_of_a_server() -> void:
	var statistics: Dictionary = _pair().server.get_statistics()
	expect_equal(statistics.get("refused"), {}, "refused")
	statistics.erase("refused")
	# Of a server that listens.
	statistics.receive_buffer_size = 0
	_expect_counters(statistics, COUNTERS + OF_SERVERS, 0)


# Against what a relay has seen pass.
func test_datagrams_and_bytes_of_a_client() -> void:
	var link := await _established_through_relay()
	await link.exchange(link.client, link.accepted[0], "there".to_utf8_buffer())
	await link.exchange(link.accepted[0], link.client, "and back".to_utf8_buffer())
	var statistics: Dictionary = link.client.get_statistics()
	expect_equal(statistics.datagrams_out, link.relay.from_client.size(), "datagrams out")
	expect_equal(statistics.bytes_out, _bytes(link.relay.from_client), "bytes out")
	expect_equal(statistics.datagrams_in, link.relay.from_server.size(), "datagrams in")
	expect_equal(statistics.bytes_in, _bytes(link.relay.from_server), "bytes in")


# With the first contact.
func test_datagrams_and_bytes_of_a_server() -> void:
	var link := await _established_through_relay()
	await link.exchange(link.client, link.accepted[0], "there".to_utf8_buffer())
	await link.exchange(link.accepted[0], link.client, "and back".to_utf8_buffer())
	var statistics: Dictionary = link.server.get_statistics()
	expect_equal(statistics.datagrams_in, link.relay.from_client.size(), "datagrams in")
	expect_equal(statistics.bytes_in, _bytes(link.relay.from_client), "bytes in")
	expect_equal(statistics.datagrams_out, link.relay.from_server.size(), "datagrams out")
	expect_equal(statistics.bytes_out, _bytes(link.relay.from_server), "bytes out")


func test_handshake_time() -> void:
	var link := _pair()
	var start := Time.get_ticks_usec()
	link.connect_client()
	expect_equal(link.client.get_statistics().handshake_time_usec, 0, "before the end")
	await link.until(link.is_connected_both_ways)
	var most := Time.get_ticks_usec() - start
	for peer: PacketPeerDTLSOpenSSL in [link.client, link.accepted[0]]:
		var time: int = peer.get_statistics().handshake_time_usec
		expect(time > 0 and time <= most, "%d microseconds of %d" % [time, most])


func test_dropped_datagrams_by_cause() -> void:
	var link := await _established_through_relay()
	var before: Dictionary = link.accepted[0].get_statistics()
	link.relay.send_to_server("is anyone there?".to_utf8_buffer())
	link.relay.send_to_server(Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE))
	link.relay.send_to_server(Dtls.record(Dtls.APPLICATION_DATA, Dtls.random_of(1), 1, 1 << 40))
	var have_come := func() -> bool:
		return link.accepted[0].get_statistics().datagrams_in == before.datagrams_in + 3
	expect(await link.until(have_come), "not counted")
	for cause: String in ["dropped_malformed", "dropped_unexpected", "dropped_invalid"]:
		expect_equal(link.accepted[0].get_statistics()[cause], before[cause] + 1, cause)
		expect_equal(link.server.get_statistics()[cause], before[cause] + 1, "%s of the server" % cause)


func test_oversize_packets() -> void:
	var link := await _established_through_relay()
	var payload := PackedByteArray()
	payload.resize(link.client.get_max_packet_size())
	link.client.put_packet(payload)
	expect_equal(link.client.get_statistics().oversize, 0, "a packet that fits")
	payload.append(0)
	link.client.put_packet(payload)
	expect_equal(link.client.get_statistics().oversize, 1, "a packet that does not")


func test_socket_errors() -> void:
	var nobody := Socket.new()
	nobody.refuse()
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", nobody.port)
	var options := Ours.client()
	options.retransmit_timeout_ms = 50
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", options)
	var has_failed := func() -> bool:
		client.poll()
		return Names.status(client) == "ERROR"
	expect(await until(has_failed), "still going on")
	expect_equal(client.get_statistics().socket_errors, 3, "socket errors")


func test_retransmissions() -> void:
	var silent := Socket.new()
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", silent.port)
	var options := Ours.client()
	options.retransmit_timeout_ms = 50
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", options)
	var hellos: Array[PackedByteArray] = []
	var have_come := func() -> bool:
		client.poll()
		hellos.append_array(silent.receive())
		return hellos.size() >= 4
	expect(await until(have_come), "%d ClientHellos" % hellos.size())
	expect_equal(client.get_statistics().retransmissions, hellos.size() - 1, "retransmissions")


func test_statistics_outlive_the_connection() -> void:
	var link := await _established_through_relay()
	await link.exchange(link.client, link.accepted[0], "there".to_utf8_buffer())
	var before: Dictionary = link.client.get_statistics()
	link.client.disconnect_from_peer()
	var after: Dictionary = link.client.get_statistics()
	expect_equal(after.datagrams_out, before.datagrams_out + 1, "datagrams out, with the close_notify")
	expect_equal(after.handshake_time_usec, before.handshake_time_usec, "handshake time")
	link.client_udp = PacketPeerUDP.new()
	link.connect_client()
	expect_equal(link.client.get_statistics().datagrams_in, 0, "those of a new connection")


func test_first_contacts_of_a_server() -> void:
	var link := _pair()
	for number in 3:
		expect(await link.establish_another(), "not connected")
	var statistics: Dictionary = link.server.get_statistics()
	expect_equal(statistics.hello_verify_requests, 3, "HelloVerifyRequests")
	expect_equal(statistics.accepted, 3, "accepted")
	expect_equal(statistics.cookie_failures, 0, "cookie failures")


func test_cookies_that_are_none() -> void:
	var link := _pair()
	var stranger := Socket.new(link.port)
	stranger.send(Dtls.client_hello(Dtls.random_of(1), Dtls.random_of(2)))
	var is_counted := func() -> bool: return link.server.get_statistics().cookie_failures == 1
	expect(await link.until(is_counted), "not counted")
	expect_equal(link.server.get_statistics().hello_verify_requests, 1, "HelloVerifyRequests")
	expect_equal(link.server.get_statistics().half_open, 0, "half open")


func test_half_open_connections() -> void:
	var link := _pair()
	link.add_relay()
	link.relay.filter = func(datagram: PackedByteArray, from_client: bool, index: int) -> Array:
		return [datagram] if not from_client or index < 2 else []
	link.connect_client()
	expect(await link.until(func() -> bool: return not link.accepted.is_empty()), "nobody came")
	expect_equal(link.server.get_statistics().half_open, 1, "in the handshake")
	expect_equal(link.server.get_statistics().accepted, 0, "accepted in the handshake")
	link.relay.filter = Callable()
	expect(await link.until(link.is_connected_both_ways), "not connected")
	expect_equal(link.server.get_statistics().half_open, 0, "connected")
	expect_equal(link.server.get_statistics().accepted, 1, "accepted")


func test_half_open_connection_that_is_dropped() -> void:
	var link := _pair()
	link.connect_client()
	await link.until(func() -> bool: return not link.accepted.is_empty())
	expect_equal(link.server.get_statistics().half_open, 1, "in the handshake")
	link.accepted.clear()
	# At once, or when the thread that works on it has noticed.
	var is_gone := func() -> bool: return link.server.get_statistics().half_open == 0
	expect(await until(is_gone), "still counted")


func test_refused_by_cause() -> void:
	var link := _pair(Ours.verifying_server())
	for client: TLSOptionsOpenSSL in [
		Ours.client_with_identity("client_expired"), Ours.client_with_identity("client_expired"), Ours.client(),
	]:
		var known := link.accepted.size()
		link.replace_client()
		link.connect_client("server.test", client)
		var is_refused := func() -> bool: return link.accepted.size() > known and link.server_status() == "ERROR"
		expect(await link.until(is_refused), "not refused")
	expect(await link.establish_another("server.test", Ours.client_with_identity()), "not connected")
	var statistics: Dictionary = link.server.get_statistics()
	var expected := { "FAILURE_CERTIFICATE_EXPIRED": 2, "FAILURE_PEER_CERTIFICATE_REQUIRED": 1 }
	expect_equal(statistics.refused, expected, "refused")
	expect_equal(statistics.accepted, 1, "accepted")


func test_server_goes_on_counting_after_setup() -> void:
	var link := await _established_through_relay()
	var before: Dictionary = link.server.get_statistics()
	expect_equal(link.setup(Ours.server()), OK, "setup")
	expect_equal(link.server.get_statistics(), before, "statistics")


# Connections that are gone stay counted.
func test_server_counts_peers_that_are_dropped() -> void:
	var link := await _established_through_relay()
	await link.exchange(link.client, link.accepted[0], "there".to_utf8_buffer())
	var before: Dictionary = link.server.get_statistics()
	link.accepted.clear()
	# What was awaited above holds its arguments for one more frame.
	await process_frame
	var after: Dictionary = link.server.get_statistics()
	expect_equal(after.datagrams_in, before.datagrams_in, "datagrams in")
	expect_equal(after.datagrams_out, before.datagrams_out + 1, "datagrams out, with the close_notify")


func _pair(options: TLSOptionsOpenSSL = Ours.server()) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(options), OK, "setup")
	return link


func _established_through_relay() -> Pair:
	var link := _pair()
	link.add_relay()
	expect(await link.establish(), "not connected")
	return link


func _expect_counters(statistics: Dictionary, keys: PackedStringArray, value: int) -> void:
	expect_equal(statistics.size(), keys.size(), "number of keys")
	for key in keys:
		expect_equal(statistics.get(key), value, key)


static func _bytes(datagrams: Array[PackedByteArray]) -> int:
	var bytes := 0
	for datagram in datagrams:
		bytes += datagram.size()
	return bytes
