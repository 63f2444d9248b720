# What a script can get wrong: the call says so with the right Error, and the object goes on working.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const LARGEST := 16384

var _ours := ColumnOurs.new()


func test_setup_with_null() -> void:
	await _expect_setup_refused(null)


func test_setup_with_another_class() -> void:
	await _expect_setup_refused(Image.new())


# A Node is no RefCounted, which only a call without types can get past the parser.
func test_setup_with_a_node() -> void:
	var node := Node.new()
	expect_equal(_ours.make_server().callv("setup", [node]), ERR_INVALID_PARAMETER, "setup")
	node.free()


func test_setup_with_options_of_a_client() -> void:
	await _expect_setup_refused(TLSOptions.client_unsafe())


func test_setup_with_null_key_and_certificate() -> void:
	await _expect_setup_refused(TLSOptions.server(null, null))


func test_setup_with_empty_key() -> void:
	await _expect_setup_refused(TLSOptions.server(CryptoKey.new(), Fixtures.certificate("server")))


func test_setup_with_empty_certificate() -> void:
	await _expect_setup_refused(TLSOptions.server(Fixtures.key("server"), X509Certificate.new()))


func test_setup_with_key_of_another_certificate() -> void:
	await _expect_setup_refused(TLSOptions.server(Fixtures.key("other"), Fixtures.certificate("server")))


func test_setup_with_key_of_another_kind() -> void:
	await _expect_setup_refused(TLSOptions.server(Fixtures.key("rsa"), Fixtures.certificate("server")))


func test_setup_with_encrypted_key_without_passphrase() -> void:
	await _expect_setup_refused(_from_pem(Fixtures.key_pem("encrypted"), Fixtures.certificate_pem("server")))


func test_setup_with_wrong_passphrase() -> void:
	var certificate := Fixtures.certificate_pem("server")
	var options := TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("encrypted"), certificate, "open barley")
	await _expect_setup_refused(options)


# DTLS 1.2 of OpenSSL cannot use it.
func test_setup_with_ed25519_key() -> void:
	await _expect_setup_refused(_from_pem(Fixtures.key_pem("ed25519"), Fixtures.certificate_pem("ed25519")))


func test_setup_with_brainpool_key() -> void:
	await _expect_setup_refused(_from_pem(Fixtures.key_pem("brainpool"), Fixtures.certificate_pem("brainpool")))


func test_setup_with_short_rsa_key() -> void:
	await _expect_setup_refused(TLSOptions.server(Fixtures.key("weak_rsa"), Fixtures.certificate("weak_rsa")))


func test_setup_with_empty_pem() -> void:
	await _expect_setup_refused(_from_pem("", ""))


func test_setup_with_key_and_certificate_exchanged() -> void:
	await _expect_setup_refused(_from_pem(Fixtures.certificate_pem("server"), Fixtures.key_pem("server")))


func test_setup_with_truncated_pem() -> void:
	var half := Fixtures.certificate_pem("server")
	await _expect_setup_refused(_from_pem(Fixtures.key_pem("server"), half.left(half.length() >> 1)))


# What was set up before goes on being served.
func test_refused_setup_keeps_the_last_one() -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.server.setup(null), ERR_INVALID_PARAMETER, "setup with null")
	var mismatch := TLSOptions.server(Fixtures.key("other"), Fixtures.certificate("server"))
	expect_equal(link.server.setup(mismatch), ERR_INVALID_PARAMETER, "setup with another key")
	expect(await link.establish(), "not connected")


func test_take_connection_before_setup() -> void:
	var server := _ours.make_server()
	expect_equal(server.take_connection(_udp_to_nobody()), null, "taken")
	expect_equal(server.setup(_ours.server_options(Fixtures.key("server"), Fixtures.certificate("server"))), OK, "setup")


func test_take_connection_of_null() -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.server.take_connection(null), null, "taken")
	expect(await link.establish(), "not connected")


func test_take_connection_of_unconnected_peer() -> void:
	var link := Pair.new(self, _ours)
	expect_equal(Names.status(link.server.take_connection(PacketPeerUDP.new())), "DISCONNECTED", "taken")
	expect(await link.establish(), "not connected")


func test_take_connection_of_closed_peer() -> void:
	var link := Pair.new(self, _ours)
	var udp := _udp_to_nobody()
	udp.close()
	expect_equal(Names.status(link.server.take_connection(udp)), "DISCONNECTED", "taken")


func test_connect_without_peer() -> void:
	await _expect_connect_refused([null, "server.test"])


func test_connect_on_unconnected_peer() -> void:
	await _expect_connect_refused([PacketPeerUDP.new(), "server.test"])


func test_connect_on_closed_peer() -> void:
	var udp := _udp_to_nobody()
	udp.close()
	await _expect_connect_refused([udp, "server.test"])


func test_connect_with_another_class_as_options() -> void:
	await _expect_connect_refused([_udp_to_nobody(), "server.test", Image.new()])


func test_connect_with_a_node_as_options() -> void:
	var node := Node.new()
	await _expect_connect_refused([_udp_to_nobody(), "server.test", node])
	node.free()


func test_connect_with_options_of_a_server() -> void:
	var options := TLSOptions.server(Fixtures.key("server"), Fixtures.certificate("server"))
	await _expect_connect_refused([_udp_to_nobody(), "server.test", options])


func test_connect_with_int_as_hostname() -> void:
	await _expect_connect_refused([_udp_to_nobody(), 42])


func test_connect_with_null_as_hostname() -> void:
	await _expect_connect_refused([_udp_to_nobody(), null])


func test_connect_with_array_as_hostname() -> void:
	await _expect_connect_refused([_udp_to_nobody(), ["server.test"]])


func test_connect_with_hostname_over_255_bytes() -> void:
	await _expect_connect_refused([_udp_to_nobody(), "a".repeat(256)])


func test_connect_with_hostname_over_255_bytes_in_utf8() -> void:
	await _expect_connect_refused([_udp_to_nobody(), "ä".repeat(128)])


func test_connect_with_garbage_as_authority() -> void:
	await _expect_connect_refused([_udp_to_nobody(), "server.test", TLSOptionsOpenSSL.client_from_pem("no certificate")])


func test_connect_with_key_as_authority() -> void:
	var options := TLSOptionsOpenSSL.client_from_pem(Fixtures.key_pem("server"))
	await _expect_connect_refused([_udp_to_nobody(), "server.test", options])


func test_connect_twice_keeps_the_session() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	var options := _ours.client_options(Fixtures.certificate("ca"))
	for udp: PacketPeerUDP in [link.client_udp, _udp_to_nobody(), null]:
		expect_equal(link.client.connect_to_peer(udp, "server.test", options), ERR_ALREADY_IN_USE, "connect_to_peer")
	expect(await link.is_alive(), "no data")


func test_calls_before_connect() -> void:
	var link := Pair.new(self, _ours)
	link.client.poll()
	link.client.disconnect_from_peer()
	expect_equal(link.client.put_packet(PackedByteArray([1])), ERR_UNCONFIGURED, "put_packet")
	expect_equal(link.client.put_var(1), ERR_UNCONFIGURED, "put_var")
	expect_equal(link.client.get_packet(), PackedByteArray(), "get_packet")
	expect_equal(link.client.get_packet_error(), ERR_UNCONFIGURED, "get_packet_error")
	expect_equal(link.client.get_available_packet_count(), 0, "count")
	expect(await link.establish(), "not connected")


func test_calls_during_the_handshake() -> void:
	var link := Pair.new(self, _ours)
	link.connect_client()
	expect_equal(link.client.put_packet(PackedByteArray([1])), ERR_UNCONFIGURED, "put_packet")
	expect_equal(link.client.get_packet(), PackedByteArray(), "get_packet")
	expect_equal(link.client.get_packet_error(), ERR_UNCONFIGURED, "get_packet_error")
	expect_equal(link.client.get_available_packet_count(), 0, "count")
	expect_equal(await link.client_outcome(), "CONNECTED", "client")


func test_calls_after_disconnect() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	link.client.disconnect_from_peer()
	link.client.disconnect_from_peer()
	link.client.poll()
	expect_equal(link.client.put_packet(PackedByteArray([1])), ERR_UNCONFIGURED, "put_packet")
	link.client.get_packet()
	expect_equal(link.client.get_packet_error(), ERR_UNCONFIGURED, "get_packet_error")
	link.client_udp = PacketPeerUDP.new()
	link.connect_client()
	expect_equal(await link.client_outcome(), "CONNECTED", "connected again")


func test_packet_that_is_too_large() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	var payload := PackedByteArray()
	payload.resize(LARGEST + 1)
	expect_equal(link.client.put_packet(payload), ERR_INVALID_PARAMETER, "put_packet")
	expect(await link.is_alive(), "no data")


# Another object is as good as null, as for the engine. Anything else does not reach the method.
func test_wrong_type_as_packet_peer() -> void:
	var client := _ours.make_peer()
	expect_equal(client.callv("connect_to_peer", [RefCounted.new(), "server.test"]), ERR_INVALID_PARAMETER, "RefCounted")
	expect_equal(client.callv("connect_to_peer", [42, "server.test"]), null, "int")
	expect_equal(client.callv("connect_to_peer", []), null, "no arguments")


# As it stands in the log.
func test_refusal_says_why() -> void:
	TLSOptionsOpenSSL.client_pinned(["nonsense"])
	var refusal := TLSOptionsOpenSSL.take_refusal()
	expect(refusal.begins_with("TLSOptionsOpenSSL.client_pinned(): fingerprints: "), refusal)
	DTLSServerOpenSSL.new().setup(null)
	expect("setup()" in TLSOptionsOpenSSL.take_refusal(), "of the server")


func test_refusal_is_told_once() -> void:
	var options := TLSOptionsOpenSSL.client()
	options.mtu = 1
	expect(not TLSOptionsOpenSSL.take_refusal().is_empty(), "no refusal")
	expect_equal(TLSOptionsOpenSSL.take_refusal(), "", "the second time")


func test_refusal_of_another_thread_is_told_there() -> void:
	TLSOptionsOpenSSL.take_refusal()
	var thread := Thread.new()
	thread.start(TLSOptionsOpenSSL.client_pinned.bind(PackedStringArray()))
	thread.wait_to_finish()
	expect_equal(TLSOptionsOpenSSL.take_refusal(), "", "refusal")


# On a new server object: ERR_INVALID_PARAMETER, and afterwards it can be set up and serves.
func _expect_setup_refused(options: RefCounted) -> void:
	var link := Pair.new(self, _ours)
	link.server = _ours.make_server()
	expect_equal(link.server.setup(options), ERR_INVALID_PARAMETER, "setup")
	expect_equal(link.server.take_connection(_udp_to_nobody()), null, "taken")
	expect_equal(link.setup(_ours.server_options(Fixtures.key("server"), Fixtures.certificate("server"))), OK, "setup again")
	expect(await link.establish(), "not connected")


# On a new peer: ERR_INVALID_PARAMETER and no other status, and afterwards it connects.
func _expect_connect_refused(arguments: Array) -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.client.callv("connect_to_peer", arguments), ERR_INVALID_PARAMETER, "connect_to_peer")
	expect_equal(link.client_status(), "DISCONNECTED", "status")
	expect(await link.establish(), "not connected")


static func _from_pem(key: String, chain: String) -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.server_from_pem(key, chain)


# Connected to a port of this machine where nothing answers.
static func _udp_to_nobody() -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", 9)
	return udp
