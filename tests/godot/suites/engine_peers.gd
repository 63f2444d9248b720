# The engine's own DTLS classes, on mbedTLS, as the other side of ours, in both roles.
# also with: listen
extends "res://harness/suite.gd"

const Column := preload("res://harness/column.gd")
const ColumnEngine := preload("res://harness/column_engine.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Pair := preload("res://harness/pair.gd")
# Of payloads; the last is that of the largest record.
const SIZES: Array[int] = [1, 64, 1160, 4000, 16384]

var _engine := ColumnEngine.new()
var _ours := ColumnOurs.new()


func test_client_of_the_engine_with_ec_certificate() -> void:
	await _check_session(_ours, _engine, "server", "server")


func test_client_of_the_engine_with_rsa_certificate() -> void:
	await _check_session(_ours, _engine, "rsa", "rsa")


func test_client_of_the_engine_with_chain() -> void:
	await _check_session(_ours, _engine, "rsa", "rsa_chain")


func test_server_of_the_engine_with_ec_certificate() -> void:
	await _check_session(_engine, _ours, "server", "server")


func test_server_of_the_engine_with_rsa_certificate() -> void:
	await _check_session(_engine, _ours, "rsa", "rsa")


func test_server_of_the_engine_with_chain() -> void:
	await _check_session(_engine, _ours, "rsa", "rsa_chain")


func test_client_of_the_engine_refuses_our_server_by_name() -> void:
	await _check_refusal(_ours, _engine, "elsewhere.test", "ca", "ERROR")


func test_client_of_the_engine_refuses_our_server_by_authority() -> void:
	await _check_refusal(_ours, _engine, "server.test", "other_ca", "ERROR")


func test_our_client_refuses_the_engine_by_name() -> void:
	await _check_refusal(_engine, _ours, "elsewhere.test", "ca", "ERROR_HOSTNAME_MISMATCH")


func test_our_client_refuses_the_engine_by_authority() -> void:
	await _check_refusal(_engine, _ours, "server.test", "other_ca", "ERROR")


func test_client_of_the_engine_closes() -> void:
	await _check_client_close(_ours, _engine)


func test_our_client_closes() -> void:
	await _check_client_close(_engine, _ours)


func test_server_of_the_engine_closes() -> void:
	await _check_server_close(_engine, _ours)


func test_our_server_closes() -> void:
	await _check_server_close(_ours, _engine)


func test_client_of_the_engine_over_a_bad_network() -> void:
	await _check_bad_network(_ours, _engine)


func test_server_of_the_engine_over_a_bad_network() -> void:
	await _check_bad_network(_engine, _ours)


# Full verification, then packets of several sizes both ways.
func _check_session(server: Column, client: Column, key: String, certificate: String) -> void:
	var link := Pair.new(self, server, client)
	expect_equal(link.setup(server.server_options(Fixtures.key(key), Fixtures.certificate(certificate))), OK, "setup")
	if not expect(await link.establish(), "not connected: client %s" % link.client_status()):
		return
	for size in SIZES:
		var payload := Crypto.new().generate_random_bytes(size)
		expect(await link.exchange(link.client, link.accepted[0], payload) == payload, "%d bytes to the server" % size)
		expect(await link.exchange(link.accepted[0], link.client, payload) == payload, "%d bytes to the client" % size)


func _check_refusal(server: Column, client: Column, hostname: String, authority: String, status: String) -> void:
	var link := Pair.new(self, server, client)
	link.connect_client(hostname, client.client_options(Fixtures.certificate(authority)))
	expect_equal(await link.client_outcome(), status, "client")
	expect(await link.until(func() -> bool: return link.server_status() == "ERROR"), "the server was not told")


func _check_client_close(server: Column, client: Column) -> void:
	var link := Pair.new(self, server, client)
	await link.establish()
	link.client.put_packet("last words".to_utf8_buffer())
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.accepted[0].get_available_packet_count() > 0)
	expect_equal(link.accepted[0].get_packet().get_string_from_utf8(), "last words", "the packet before the close")
	expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), link.server_status())


func _check_server_close(server: Column, client: Column) -> void:
	var link := Pair.new(self, server, client)
	await link.establish()
	link.accepted[0].put_packet("last words".to_utf8_buffer())
	link.accepted[0].disconnect_from_peer()
	await link.until(func() -> bool: return link.client.get_available_packet_count() > 0)
	expect_equal(link.client.get_packet().get_string_from_utf8(), "last words", "the packet before the close")
	expect(await link.until(func() -> bool: return link.client_status() == "DISCONNECTED"), link.client_status())


# Everything arrives twice, and the second flight of either side is lost the first time.
func _check_bad_network(server: Column, client: Column) -> void:
	var link := Pair.new(self, server, client)
	link.add_relay()
	link.relay.filter = func(datagram: PackedByteArray, _from_client: bool, index: int) -> Array:
		return [] if index == 1 else [datagram, datagram]
	link.connect_client()
	expect(await link.until(link.is_connected_both_ways, 10.0), "not connected")
	link.relay.filter = Callable()
	expect(await link.is_alive(), "no data")
