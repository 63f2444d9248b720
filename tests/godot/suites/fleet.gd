# Several server processes behind one address, which share their secrets or do not.
# also with: listen
extends "res://harness/suite.gd"

const Dtls := preload("res://harness/dtls.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Relay := preload("res://harness/relay.gd")
const ServerProcess := preload("res://harness/server_process.gd")
const Socket := preload("res://harness/socket.gd")


func test_session_is_resumed_by_another_server_with_the_same_key() -> void:
	var first := await _server(1)
	var second := await _server(1)
	await _expect_resumed(first, second, true)


func test_session_is_not_resumed_by_another_server_with_another_key() -> void:
	var first := await _server(2)
	var second := await _server(3)
	await _expect_resumed(first, second, false)


func test_cookie_is_taken_by_another_server_with_the_same_secret() -> void:
	var first := await _server(1)
	var second := await _server(1)
	expect(await _answer_to_cookie_of(first, second) == Dtls.SERVER_HELLO, "not taken")


func test_cookie_is_not_taken_by_another_server_with_another_secret() -> void:
	var first := await _server(1)
	var second := await _server(2)
	expect(await _answer_to_cookie_of(first, second) == Dtls.HELLO_VERIFY_REQUEST, "taken")


# One of the fleet, ready, with secrets made of this byte.
func _server(byte: int) -> ServerProcess:
	var server := ServerProcess.new(byte)
	expect(await until(server.is_ready, 10.0), "a server does not start")
	return server


# Connects by way of one address, first to the one and then to the other.
func _expect_resumed(first: ServerProcess, second: ServerProcess, is_resumed: bool) -> void:
	var expected := false
	for server: ServerProcess in [first, second, first]:
		var client := PacketPeerDTLSOpenSSL.new()
		var relay := Relay.new(server.port)
		var udp := PacketPeerUDP.new()
		udp.connect_to_host("127.0.0.1", relay.port)
		client.connect_to_peer(udp, "server.test", Ours.client())
		var has_ended := func() -> bool:
			relay.poll()
			client.poll()
			return Names.status(client) != "HANDSHAKING"
		expect(await until(has_ended), "still going on")
		expect_equal(Names.status(client), "CONNECTED", "client")
		expect_equal(client.is_session_resumed(), expected, "resumed")
		expected = is_resumed


# What the second server answers to a ClientHello with a cookie of the first, from the same address and port.
func _answer_to_cookie_of(first: ServerProcess, second: ServerProcess) -> int:
	var client := Socket.new(first.port)
	client.send(Dtls.client_hello(Dtls.random_of(1)))
	var request := await _next_datagram(client)
	client.remote_port = second.port
	client.send(Dtls.client_hello(Dtls.random_of(1), Dtls.cookie_in(request)))
	var answer := await _next_datagram(client)
	return Dtls.records(answer)[0].body[0]


func _next_datagram(client: Socket) -> PackedByteArray:
	var received: Array[PackedByteArray] = []
	var has_come := func() -> bool:
		received.append_array(client.receive())
		return not received.is_empty()
	expect(await until(has_come), "no answer")
	return received[0] if not received.is_empty() else PackedByteArray()
