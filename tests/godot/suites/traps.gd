# What is easy to get wrong in a DTLS stack for Godot, beyond what the differential suite compares with the engine.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")
# What one poll takes at the most.
const MOST_PACKETS := 256
const MOST_BYTES := 65536

var _ours := ColumnOurs.new()


# A user's socket stays the user's, however the session on it ends.
func test_users_socket_stays_open_after_disconnect() -> void:
	var link := await _established()
	link.client.disconnect_from_peer()
	expect(link.client_udp.is_socket_connected(), "closed")


func test_users_socket_stays_open_after_the_remote_closed() -> void:
	var link := await _established()
	link.accepted[0].disconnect_from_peer()
	await link.until(func() -> bool: return link.client_status() == "DISCONNECTED")
	expect(link.client_udp.is_socket_connected(), "closed")


func test_users_socket_stays_open_after_an_error() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client("elsewhere.test")
	await link.client_outcome()
	expect(link.client_udp.is_socket_connected(), "closed")


func test_users_socket_stays_open_when_the_peer_is_dropped() -> void:
	var link := await _established()
	link.client = _ours.make_peer()
	expect(link.client_udp.is_socket_connected(), "closed")


func test_late_duplicates_of_the_whole_handshake_do_not_disturb_the_session() -> void:
	var link := await _established_through_relay()
	for datagram: PackedByteArray in link.relay.from_client.duplicate():
		link.relay.send_to_server(datagram)
	for datagram: PackedByteArray in link.relay.from_server.duplicate():
		link.relay.send_to_client(datagram)
	await _expect_undisturbed(link)


func test_spoofed_datagrams_do_not_disturb_the_server() -> void:
	var link := await _established_through_relay()
	for datagram in _spoofed():
		link.relay.send_to_server(datagram)
	await _expect_undisturbed(link)


func test_spoofed_datagrams_do_not_disturb_the_client() -> void:
	var link := await _established_through_relay()
	for datagram in _spoofed():
		link.relay.send_to_client(datagram)
	await _expect_undisturbed(link)


func test_spoofed_datagrams_do_not_disturb_a_handshake() -> void:
	var link := Pair.new(self, _ours)
	link.add_relay()
	var spoofed := _spoofed()
	link.relay.filter = func(datagram: PackedByteArray, from_client: bool, index: int) -> Array:
		return [datagram] if from_client and index < 2 else spoofed + ([datagram] as Array[PackedByteArray])
	link.connect_client()
	expect(await link.until(link.is_connected_both_ways, 3.0), "%s, %s" % [link.client_status(), link.server_status()])


# What came before a close is read first, and only then is the session over.
func test_close_shows_after_the_packets_before_it() -> void:
	var link := await _established()
	for number in 3:
		link.accepted[0].put_packet(PackedByteArray([number]))
	link.accepted[0].disconnect_from_peer()
	link.client.poll()
	for number in 3:
		expect_equal(link.client_status(), "CONNECTED", "before packet %d" % number)
		expect_equal(link.client.get_packet(), PackedByteArray([number]), "packet %d" % number)
	link.client.poll()
	expect_equal(link.client_status(), "DISCONNECTED", "afterwards")


func test_available_packet_count_is_the_number_of_packets() -> void:
	var link := await _established()
	for number in 10:
		link.accepted[0].put_packet(PackedByteArray([number]))
	link.client.poll()
	for left in range(10, 0, -1):
		expect_equal(link.client.get_available_packet_count(), left, "packets left")
		link.client.get_packet()
	expect_equal(link.client.get_available_packet_count(), 0, "packets at the end")


# One busy peer must not hold up a frame.
func udp_test_one_poll_takes_so_many_packets_at_the_most() -> void:
	var link := await _established()
	for number in 2 * MOST_PACKETS:
		link.client.put_packet(PackedByteArray([1]))
		if number % 100 == 0:
			link.listener.poll()
	link.listener.poll()
	link.accepted[0].poll()
	expect_equal(link.accepted[0].get_available_packet_count(), MOST_PACKETS, "after the first poll")
	_drain(link.accepted[0])
	link.accepted[0].poll()
	expect_equal(link.accepted[0].get_available_packet_count(), MOST_PACKETS, "after the second poll")


func udp_test_one_poll_takes_so_many_datagrams_of_noise_at_the_most() -> void:
	var link := Pair.new(self, _ours)
	link.add_relay()
	await link.establish()
	for number in MOST_PACKETS:
		link.relay.send_to_server(PackedByteArray([0]))
		if number % 100 == 0:
			link.listener.poll()
	link.relay.forget()
	link.client.put_packet("behind the noise".to_utf8_buffer())
	var is_forwarded := func() -> bool:
		link.relay.poll()
		return not link.relay.from_client.is_empty()
	expect(await until(is_forwarded), "not forwarded")
	link.listener.poll()
	link.accepted[0].poll()
	expect_equal(link.accepted[0].get_available_packet_count(), 0, "after the first poll")
	link.accepted[0].poll()
	expect_equal(link.accepted[0].get_available_packet_count(), 1, "after the second poll")


func test_one_poll_takes_so_many_bytes_at_the_most() -> void:
	var link := Pair.new(self, _ours)
	link.client_udp.bind(0, "127.0.0.1", 1 << 20)
	await link.establish()
	var payload := PackedByteArray()
	payload.resize(1000)
	for number in 90:
		link.accepted[0].put_packet(payload)
	link.client.poll()
	var first := link.client.get_available_packet_count()
	expect(first > 50 and first <= ceili(float(MOST_BYTES) / payload.size()), "%d packets after the first poll" % first)
	_drain(link.client)
	link.client.poll()
	expect_equal(first + link.client.get_available_packet_count(), 90, "packets after the second poll")


func udp_test_connected_session_survives_a_server_that_is_gone_for_a_while() -> void:
	var link := await _established()
	var port := link.listener.get_local_port()
	link.listener.stop()
	for number in 5:
		link.client.put_packet(PackedByteArray([number]))
		link.client.poll()
	expect_equal(link.client_status(), "CONNECTED", "client")
	expect_equal(link.listener.listen(port, "127.0.0.1"), OK, "listen")
	expect_equal(link.client.put_packet(PackedByteArray([9])), OK, "put_packet")


func test_signal_tells_each_status_once() -> void:
	var link := Pair.new(self, _ours)
	var seen: PackedStringArray = []
	link.client.connect("status_changed", func(status: int) -> void: seen.append(Names.STATUSES[status]))
	await link.establish()
	link.accepted[0].disconnect_from_peer()
	await link.until(func() -> bool: return link.client_status() == "DISCONNECTED")
	expect_equal(seen, PackedStringArray(["HANDSHAKING", "CONNECTED", "DISCONNECTED"]), "statuses")


func test_version_and_cipher_are_known_while_connected() -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.client.get_protocol_version() + link.client.get_cipher_name(), "", "before")
	await link.establish()
	expect_equal(link.client.get_protocol_version(), "DTLSv1.2", "version")
	expect_equal(link.client.get_cipher_name(), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "cipher")
	expect_equal(link.accepted[0].get_cipher_name(), link.client.get_cipher_name(), "the server's")


func test_failure_message_is_that_of_the_last_failure() -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.client.get_failure_message(), "", "before")
	link.connect_client("elsewhere.test")
	await link.client_outcome()
	expect(link.client.get_failure_message().contains("another server"), "after: " + link.client.get_failure_message())
	link.client_udp = PacketPeerUDP.new()
	expect(await link.establish(), "not connected")
	expect_equal(link.client.get_failure_message(), "", "connected again")


# RFC 6066, section 3: literal addresses are not sent as a server name.
func test_address_is_not_sent_as_server_name() -> void:
	var silent := Socket.new()
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", silent.port)
	_ours.make_peer().connect_to_peer(udp, "127.0.0.1", _ours.client_options(Fixtures.certificate("ca")))
	expect_equal(Dtls.parse_client_hello(silent.receive()[0]).server_name, "", "server name")


func test_many_clients_join_in_one_poll() -> void:
	var link := Pair.new(self, _ours)
	link.entrance.widen(link.server, 4096)
	var clients: Array[PacketPeer] = []
	for number in 60:
		var udp := PacketPeerUDP.new()
		udp.connect_to_host("127.0.0.1", link.port)
		clients.append(_ours.make_peer())
		clients[-1].connect_to_peer(udp, "server.test", _ours.client_options(Fixtures.certificate("ca")))
	link.accept()
	expect_equal(link.server.get_statistics().hello_verify_requests, clients.size(), "first contacts in one poll")
	var are_all_connected := func() -> bool:
		clients.map(func(client: PacketPeer) -> void: client.poll())
		return clients.all(func(client: PacketPeer) -> bool: return Names.status(client) == "CONNECTED")
	expect(await link.until(are_all_connected), "not all are connected")


func test_session_over_ipv6() -> void:
	var link := Pair.new(self, _ours)
	link.entrance.close(link.server)
	if link.entrance.open(link.server, 0, "::1") != OK:
		skip("no IPv6 here")
		return
	link.client_udp.connect_to_host("::1", link.port)
	link.client.connect_to_peer(link.client_udp, "server.test", _ours.client_options(Fixtures.certificate("ca")))
	expect(await link.until(link.is_connected_both_ways), "not connected")


# A socket on all addresses: the client's IPv4 address is an IPv6 one there.
func test_session_over_dual_stack() -> void:
	var link := Pair.new(self, _ours)
	link.entrance.close(link.server)
	link.entrance.open(link.server, 0, "*")
	expect(await link.establish(), "not connected")


static func _spoofed() -> Array[PackedByteArray]:
	return [
		PackedByteArray(),
		PackedByteArray([Dtls.APPLICATION_DATA]),
		"is anyone there?".to_utf8_buffer(),
		Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE),
		Dtls.alert(Dtls.WARNING, Dtls.CLOSE_NOTIFY),
		Dtls.record(Dtls.CHANGE_CIPHER_SPEC, PackedByteArray([2])),
		Dtls.record(Dtls.APPLICATION_DATA, Dtls.random_of(1)),
		Dtls.record(Dtls.APPLICATION_DATA, PackedByteArray([1]), 1, 1),
		Dtls.record(Dtls.APPLICATION_DATA, Dtls.random_of(1), 1, 1 << 40),
		Dtls.record(Dtls.HANDSHAKE, Dtls.random_of(1), 2, 1),
		Dtls.record(99, Dtls.random_of(1)),
	]


func _established() -> Pair:
	var link := Pair.new(self, _ours)
	await link.establish()
	return link


func _established_through_relay() -> Pair:
	var link := Pair.new(self, _ours)
	link.add_relay()
	await link.establish()
	return link


# Time for everything that was sent to arrive, and then data both ways on the same session.
func _expect_undisturbed(link: Pair) -> void:
	await during(0.1, link.poll)
	expect_equal(link.client_status(), "CONNECTED", "client")
	expect_equal(link.server_status(), "CONNECTED", "server")
	expect_equal(link.accepted.size(), 1, "connections taken")
	expect(await link.is_alive(), "no data")


static func _drain(peer: PacketPeer) -> void:
	while peer.get_available_packet_count() > 0:
		peer.get_packet()
