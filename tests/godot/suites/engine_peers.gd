# Our classes at one end, the engine's at the other, with full verification.
extends "res://harness/suite.gd"

const Column := preload("res://harness/column.gd")
const ColumnEngine := preload("res://harness/column_engine.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")


func test_client_of_the_engine_with_an_ec_certificate() -> void:
	await _talk(ColumnOurs.new(), ColumnEngine.new(), "server", "server")


func test_client_of_the_engine_with_an_rsa_certificate() -> void:
	await _talk(ColumnOurs.new(), ColumnEngine.new(), "rsa", "rsa")


func test_server_of_the_engine_with_an_ec_certificate() -> void:
	await _talk(ColumnEngine.new(), ColumnOurs.new(), "server", "server")


func test_server_of_the_engine_with_an_rsa_certificate() -> void:
	await _talk(ColumnEngine.new(), ColumnOurs.new(), "rsa", "rsa")


func test_client_of_the_engine_is_told_of_the_end() -> void:
	await _close_at_the_server(ColumnOurs.new(), ColumnEngine.new())


func test_server_of_the_engine_tells_of_the_end() -> void:
	await _close_at_the_server(ColumnEngine.new(), ColumnOurs.new())


func test_client_of_the_engine_that_refuses_is_noticed() -> void:
	await _refuse(ColumnOurs.new(), ColumnEngine.new())


func test_server_of_the_engine_is_refused() -> void:
	await _refuse(ColumnEngine.new(), ColumnOurs.new())


# Connects, and sends packets of many sizes each way.
func _talk(server: Column, client: Column, key: String, certificate: String) -> void:
	var link := Pair.new(self, server, client)
	link.setup(server.server_options(Fixtures.key(key), Fixtures.certificate(certificate)))
	if not expect(await link.establish(), "not connected: client %s" % link.client_status()):
		return
	for size: int in [1, 64, 1160, 4000, 16384]:
		var payload := Crypto.new().generate_random_bytes(size)
		expect(await link.exchange(link.client, link.accepted[-1], payload) == payload, "%d bytes to the server" % size)
		expect(await link.exchange(link.accepted[-1], link.client, payload) == payload, "%d bytes to the client" % size)


func _close_at_the_server(server: Column, client: Column) -> void:
	var link := Pair.new(self, server, client)
	if not expect(await link.establish(), "not connected"):
		return
	link.accepted[-1].put_packet("last words".to_utf8_buffer())
	link.accepted[-1].disconnect_from_peer()
	var words: Array[String] = []
	var read_and_ask := func() -> bool:
		if link.client_status() == "CONNECTED" and link.client.get_available_packet_count() > 0:
			words.append(link.client.get_packet().get_string_from_utf8())
		return link.client_status() == "DISCONNECTED"
	expect(await link.until(read_and_ask), "the client is %s" % link.client_status())
	expect_equal(words, ["last words"] as Array[String], "what was sent before")


func _refuse(server: Column, client: Column) -> void:
	var link := Pair.new(self, server, client)
	link.connect_client("server.test", client.client_options(Fixtures.certificate("other_ca")))
	expect_equal(await link.client_outcome(), "ERROR", "client")
	await link.until(func() -> bool: return link.server_status() != "HANDSHAKING")
	expect_equal(link.server_status(), "ERROR", "server")
