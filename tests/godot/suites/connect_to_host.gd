# Clients with a socket of their own.
extends "res://harness/suite.gd"

const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Socket := preload("res://harness/socket.gd")


func test_connecting_by_name_does_not_wait_for_it() -> void:
	var server := _set_up()
	server.listen(0)
	var client := PacketPeerDTLSOpenSSL.new()
	var options := Ours.client()
	expect_equal(client.connect_to_host("localhost", server.get_local_port(), "server.test", options), OK, "connect")
	expect_equal(Names.status(client), "HANDSHAKING", "at once")
	expect(await _connected(server, client) != null, "not connected: " + client.get_failure_detail())


# Most systems call two addresses so, ::1 and 127.0.0.1.
func test_a_server_is_found_at_each_address_of_its_name() -> void:
	for address in IP.resolve_hostname_addresses("localhost"):
		var server := _set_up()
		server.listen(0, address)
		var client := PacketPeerDTLSOpenSSL.new()
		client.connect_to_host("localhost", server.get_local_port(), "server.test", Ours.client())
		var was_found := await _connected(server, client) != null
		expect(was_found, "not connected to %s: %s" % [address, client.get_failure_detail()])


func test_a_name_that_does_not_exist() -> void:
	var client := PacketPeerDTLSOpenSSL.new()
	var seen: PackedStringArray = []
	client.status_changed.connect(func(status: int) -> void: seen.append(Names.STATUSES[status]))
	# A label may have 63 bytes: no resolver asks the network about it.
	expect_equal(client.connect_to_host("n".repeat(64), 4242, "", Ours.client()), OK, "connect")
	expect(await until(func() -> bool:
		client.poll()
		return Names.status(client) == "ERROR", 15.0), Names.status(client))
	expect_equal(Names.failure(client), "CANT_RESOLVE", "reason")
	expect_equal(seen, PackedStringArray(["HANDSHAKING", "ERROR"]), "statuses")


func test_nobody_listens() -> void:
	var nobody := Socket.new()
	nobody.refuse()
	var client := PacketPeerDTLSOpenSSL.new()
	var options := Ours.client()
	options.retransmit_timeout_ms = 100
	expect_equal(client.connect_to_host("127.0.0.1", nobody.port, "server.test", options), OK, "connect")
	expect(await until(func() -> bool:
		client.poll()
		return Names.status(client) == "ERROR"), Names.status(client))
	expect_equal(Names.failure(client), "TRANSPORT", "reason")


func test_bad_arguments_of_connect_to_host() -> void:
	var client := PacketPeerDTLSOpenSSL.new()
	for arguments: Array in [["", 4242], ["127.0.0.1", 0], ["127.0.0.1", -1], ["127.0.0.1", 65536]]:
		expect_equal(client.callv("connect_to_host", arguments), ERR_INVALID_PARAMETER, str(arguments))
	expect_equal(client.connect_to_host("127.0.0.1", 4242, "", Ours.server()), ERR_INVALID_PARAMETER, "a server's options")
	expect_equal(client.connect_to_host("127.0.0.1", 4242, "", Image.new()), ERR_INVALID_PARAMETER, "no options")
	expect_equal(Names.status(client), "DISCONNECTED", "status")
	expect_equal(client.connect_to_host("127.0.0.1", 4242, "server.test", Ours.client()), OK, "afterwards")
	expect_equal(client.connect_to_host("127.0.0.1", 4242, "server.test", Ours.client()), ERR_ALREADY_IN_USE, "twice")


# The host is what the certificate has to be valid for, if nothing else is said.
func test_the_host_is_the_hostname() -> void:
	var options := TLSOptionsOpenSSL.server(Fixtures.key("server"), Fixtures.certificate("ip"))
	var server := DTLSServerOpenSSL.new()
	server.setup(options)
	server.listen(0)
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_host("127.0.0.1", server.get_local_port(), "", Ours.client())
	expect(await _connected(server, client) != null, "not connected: " + client.get_failure_detail())


func _set_up() -> DTLSServerOpenSSL:
	var server := DTLSServerOpenSSL.new()
	server.setup(Ours.server())
	return server


# The server's peer, when both sides are connected. Null: they are not.
func _connected(server: DTLSServerOpenSSL, client: PacketPeerDTLSOpenSSL) -> PacketPeerDTLSOpenSSL:
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var are_connected := func() -> bool:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
		client.poll()
		return not peers.is_empty() and Names.status(peers[0]) == "CONNECTED" and Names.status(client) == "CONNECTED"
	return peers[0] if await until(are_connected) else null
