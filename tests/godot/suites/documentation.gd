# The example of the engine's class reference, and the manners of scripts that were written after it.
extends "res://harness/suite.gd"

const Column := preload("res://harness/column.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")


func test_example_as_printed() -> void:
	await _run_example("TLSOptionsOpenSSL")


func test_example_with_the_options_of_the_engine() -> void:
	await _run_example("TLSOptions")


func test_example_of_the_readme() -> void:
	var port := _free_port()
	var replaced := {
		"4242": str(port),
		"res://server.key": "res://fixtures/server.key",
		"res://server.crt": "res://fixtures/self_signed.crt",
		"example.com": "server.test",
	}
	var readme := FileAccess.get_file_as_string(ProjectSettings.globalize_path("res://").path_join("../../README.md"))
	var blocks := RegEx.create_from_string("(?s)```gdscript\\n(.*?)```").search_all(readme)
	if not expect_equal(blocks.size(), 4, "scripts in the README"):
		return
	# With sockets of their own, and with those of the engine.
	for first: int in [0, 2]:
		var server := _compiled(blocks[first].get_string(1), replaced)
		var client := _compiled(blocks[first + 1].get_string(1), replaced)
		root.add_child(server)
		root.add_child(client)
		expect(await until(func() -> bool: return client.asked and server.peers.size() == 1), "the client has not asked")
		expect_equal(Names.status(client.dtls), "CONNECTED", "client")
		server.free()
		client.free()


# The old form of the second argument: verify nothing.
func test_bool_false_takes_any_certificate() -> void:
	var link := _serving("self_signed")
	_connect_with(link, false)
	expect_equal(await link.client_outcome(), "CONNECTED", "client")


# Verify the chain, and the address that the server answers from.
func test_bool_true_takes_the_address_from_the_certificate() -> void:
	var link := _serving("ip")
	_connect_with(link, true)
	expect_equal(await link.client_outcome(), "CONNECTED", "client")


func test_bool_true_refuses_a_certificate_without_the_address() -> void:
	var link := _serving("server")
	_connect_with(link, true)
	expect_equal(await link.client_outcome(), "ERROR_HOSTNAME_MISMATCH", "client")


func test_bool_true_refuses_an_unknown_authority() -> void:
	var link := _serving("self_signed")
	_connect_with(link, true)
	expect_equal(await link.client_outcome(), "ERROR", "client")


# Never looks at the status of what it has taken; drops what has ended when it polls.
func test_server_that_ignores_the_first_status() -> void:
	var link := _serving("server")
	link.connect_client()
	var peers: Array[PacketPeer] = []
	var sloppy_server := func() -> bool:
		link.listener.poll()
		while link.listener.is_connection_available():
			peers.append(link.server.take_connection(link.listener.take_connection()))
		for peer: PacketPeer in peers.duplicate():
			peer.poll()
			if Names.status(peer) in ["ERROR", "DISCONNECTED"]:
				peers.erase(peer)
		link.client.poll()
		return link.client_status() == "CONNECTED"
	expect(await until(sloppy_server), "the client is not connected")
	expect_equal(peers.size(), 1, "peers left")


# As the garbage collector of C# does for a while.
func test_server_that_keeps_every_udp_peer() -> void:
	var link := _serving("server")
	link.connect_client()
	var kept: Array[PacketPeerUDP] = []
	var hoarding_server := func() -> bool:
		link.listener.poll()
		while link.listener.is_connection_available():
			kept.append(link.listener.take_connection())
			var peer: PacketPeer = link.server.take_connection(kept[-1])
			if Names.status(peer) == "HANDSHAKING":
				link.accepted.append(peer)
		for peer in link.accepted:
			peer.poll()
		link.client.poll()
		return link.is_connected_both_ways()
	expect(await until(hoarding_server), "not connected")
	expect_equal(kept.size(), 2, "UDP peers taken")


# The nodes of the class reference with their names, port and files replaced, and the one correction that they need:
# UDPServer has to be polled.
func _run_example(options: String) -> void:
	await _allow_untyped_scripts()
	var port := _free_port()
	var replaced := {
		"DTLSServer": "DTLSServerOpenSSL",
		"PacketPeerDTLS": "PacketPeerDTLSOpenSSL",
		"TlsOptions": options,
		"4242": str(port),
		"key.key": "res://fixtures/server.key",
		"cert.crt": "res://fixtures/server.crt",
		"while server.is_connection_available()": "server.poll()\n\twhile server.is_connection_available()",
	}
	var server := _node("server_node", replaced)
	var client := _node("client_node", replaced)
	root.add_child(server)
	root.add_child(client)
	expect(await until(func() -> bool: return client.connected), "the client has got no answer")
	server.free()
	client.free()


func _node(name: String, replaced: Dictionary) -> Node:
	return _compiled(FileAccess.get_file_as_string("res://documentation/%s.txt" % name), replaced)


func _compiled(source: String, replaced: Dictionary) -> Node:
	for printed: String in replaced:
		source = source.replace(printed, replaced[printed])
	var script := GDScript.new()
	script.source_code = source
	expect_equal(script.reload(), OK, "the example compiles")
	return script.new()


# What is printed in the reference has no types. The parser reads these settings anew in the next frame.
func _allow_untyped_scripts() -> void:
	ProjectSettings.set_setting("debug/gdscript/warnings/untyped_declaration", 0)
	ProjectSettings.set_setting("debug/gdscript/warnings/unused_parameter", 0)
	await process_frame


func _serving(certificate: String) -> Pair:
	var ours: Column = ColumnOurs.new()
	var link := Pair.new(self, ours)
	link.setup(ours.server_options(Fixtures.key("server"), Fixtures.certificate(certificate)))
	return link


func _connect_with(link: Pair, hostname: bool) -> void:
	link.client_udp.connect_to_host("127.0.0.1", link.listener.get_local_port())
	expect_equal(link.client.connect_to_peer(link.client_udp, hostname), OK, "connect_to_peer")


static func _free_port() -> int:
	var socket := PacketPeerUDP.new()
	socket.bind(0, "127.0.0.1")
	return socket.get_local_port()
