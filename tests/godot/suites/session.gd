# What a connected peer tells of its session.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const LABEL := "EXPORTER-a game's own"


func test_server_prefers_its_own_order_of_protocols() -> void:
	var link := await _with_protocols(["chess/2", "chess/1"], ["go/1", "chess/1", "chess/2"])
	expect_equal(link.client.get_alpn_protocol(), "chess/2", "client")
	expect_equal(link.accepted[0].get_alpn_protocol(), "chess/2", "server")


func test_protocol_that_only_one_side_offers_is_not_used() -> void:
	for protocols: Array in [[[], ["chess/1"]], [["chess/1"], []], [[], []]]:
		var server: PackedStringArray = protocols[0]
		var client: PackedStringArray = protocols[1]
		var link := await _with_protocols(server, client)
		expect_equal(link.client.get_alpn_protocol() + link.accepted[0].get_alpn_protocol(), "", "protocol")


func test_protocol_of_a_resumed_session() -> void:
	var link := await _with_protocols(["chess/2"], ["chess/2"])
	expect(await link.establish_another("server.test", _speaking(["chess/2"])), "not connected again")
	expect(link.client.is_session_resumed(), "not resumed")
	expect_equal(link.client.get_alpn_protocol(), "chess/2", "client")
	expect_equal(link.accepted[-1].get_alpn_protocol(), "chess/2", "server")


func test_exported_keys_are_the_same_on_both_sides() -> void:
	var link := await _established()
	var context := PackedByteArray([1, 2, 3])
	for length: int in [1, 32, 4096]:
		var key: PackedByteArray = link.client.export_keying_material(LABEL, length)
		expect_equal(key.size(), length, "length")
		expect_equal(link.accepted[0].export_keying_material(LABEL, length), key, "%d bytes" % length)
	var with_context: PackedByteArray = link.client.export_keying_material(LABEL, 32, context)
	expect_equal(link.accepted[0].export_keying_material(LABEL, 32, context), with_context, "with context")


func test_exported_keys_depend_on_label_context_and_session() -> void:
	var link := await _established()
	var keys: Array[PackedByteArray] = [
		link.client.export_keying_material(LABEL, 32),
		link.client.export_keying_material(LABEL + "!", 32),
		link.client.export_keying_material(LABEL, 32, [0]),
	]
	await link.establish_another()
	keys.append(link.client.export_keying_material(LABEL, 32))
	for index in keys.size():
		expect_equal(keys.find(keys[index]), index, "key %d is another's" % index)


func test_exported_keys_need_a_session_and_a_length() -> void:
	var link := _pair()
	expect_equal(link.client.export_keying_material(LABEL, 32), PackedByteArray(), "before the connection")
	await link.establish()
	for length: int in [-1, 0, 4097]:
		expect_equal(link.client.export_keying_material(LABEL, length), PackedByteArray(), "%d bytes" % length)
	link.client.disconnect_from_peer()
	expect_equal(link.client.export_keying_material(LABEL, 32), PackedByteArray(), "after the connection")


func test_address_and_port_of_the_other_side() -> void:
	var link := await _established()
	expect_equal(link.client.get_remote_address(), "127.0.0.1", "server's address")
	expect_equal(link.client.get_remote_port(), link.port, "server's port")
	expect_equal(link.accepted[0].get_remote_address(), "127.0.0.1", "client's address")
	expect_equal(link.accepted[0].get_remote_port(), link.client_udp.get_local_port(), "client's port")


func test_facts_of_the_session() -> void:
	var link := await _established()
	for peer: PacketPeerDTLSOpenSSL in [link.client, link.accepted[0]]:
		expect_equal(peer.get_protocol_version(), "DTLSv1.2", "version")
		expect_equal(peer.get_cipher_name(), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "cipher")
		expect_equal(peer.get_group_name().to_lower(), "x25519", "group")


func test_nothing_is_told_before_the_connection() -> void:
	var peer := PacketPeerDTLSOpenSSL.new()
	var texts := peer.get_protocol_version() + peer.get_cipher_name() + peer.get_group_name() + peer.get_alpn_protocol()
	expect_equal(texts + peer.get_peer_subject() + peer.get_peer_fingerprint_sha256(), "", "texts")
	expect_equal(peer.get_remote_address(), "", "address")
	expect_equal(peer.get_remote_port(), 0, "port")
	expect_equal(peer.is_session_resumed(), false, "resumed")
	expect(peer.get_peer_certificate() == null, "certificate is there")


# AES-GCM adds 8 bytes before a packet and 16 after it, ChaCha20-Poly1305 the latter alone, and the record has a header of 13.
func test_largest_packet_that_fits_a_datagram() -> void:
	var link := _pair()
	link.add_relay()
	for row: Array in [["ECDHE+AESGCM", 1200 - 13 - 8 - 16], ["ECDHE+CHACHA20", 1200 - 13 - 16]]:
		var options := Ours.client()
		options.cipher_list = row[0]
		link.replace_client()
		await link.establish("server.test", options)
		link.relay.forget()
		var payload := PackedByteArray()
		payload.resize(link.client.get_max_packet_size())
		expect_equal(payload.size(), row[1], row[0])
		expect_equal(await link.exchange(link.client, link.accepted[-1], payload), payload, "packet")
		expect_equal(link.relay.from_client[0].size(), 1200, "datagram")
		link.client.disconnect_from_peer()
		await link.until(func() -> bool: return link.server_status() == "DISCONNECTED")


func _pair(options: TLSOptionsOpenSSL = Ours.server()) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(options), OK, "setup")
	return link


func _established() -> Pair:
	var link := _pair()
	expect(await link.establish(), "not connected")
	return link


func _with_protocols(server: PackedStringArray, client: PackedStringArray) -> Pair:
	var options := Ours.server()
	options.alpn_protocols = server
	var link := _pair(options)
	expect(await link.establish("server.test", _speaking(client)), "not connected")
	return link


static func _speaking(protocols: PackedStringArray) -> TLSOptionsOpenSSL:
	var options := Ours.client()
	options.alpn_protocols = protocols
	return options
