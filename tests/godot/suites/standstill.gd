# One end stands still for a while, as a process does whose machine sleeps or which a debugger holds.
# time limit: 300 s
# also with: listen
extends "res://harness/suite.gd"

const BackgroundProcess := preload("res://harness/background_process.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const ServerProcess := preload("res://harness/server_process.gd")
const SHORT := 1.5
# Longer than a handshake may take.
const LONG := 30.0
const PACKETS := 20


func test_session_outlives_the_standstill_of_its_server() -> void:
	await _expect_session_outlives_server(SHORT)


func slow_test_session_outlives_the_standstill_of_its_server_for_long() -> void:
	await _expect_session_outlives_server(LONG)


func test_session_outlives_the_standstill_of_its_client() -> void:
	await _expect_session_outlives_client(SHORT)


func slow_test_session_outlives_the_standstill_of_its_client_for_long() -> void:
	await _expect_session_outlives_client(LONG)


func test_handshake_outlives_the_standstill_of_its_server() -> void:
	var server := await _started_server()
	if server == null:
		return
	server.suspend()
	var client := _client_of(server)
	await during(SHORT, client.poll)
	expect_equal(Names.status(client), "HANDSHAKING", "meanwhile")
	server.resume()
	expect(await _polls_until(client, "CONNECTED"), "afterwards: " + Names.status(client))


func slow_test_handshake_gives_up_a_server_that_stands_still_for_long() -> void:
	allow(90.0)
	var server := await _started_server()
	if server == null:
		return
	server.suspend()
	var client := _client_of(server)
	await during(LONG, client.poll)
	expect_equal(Names.status(client), "ERROR", "meanwhile")
	expect_equal(Names.failure(client), "HANDSHAKE_TIMEOUT", "reason")
	server.resume()
	client = _client_of(server)
	expect(await _polls_until(client, "CONNECTED"), "afterwards: " + Names.status(client))


# Whose server does not wait so long.
func test_client_learns_that_its_session_has_ended_meanwhile() -> void:
	if not _can_suspend():
		return
	var options := Ours.server()
	options.idle_timeout_ms = 1000
	var link := Pair.new(self, ColumnOurs.new())
	link.setup(options)
	var client := await _joined_client(link)
	client.suspend()
	expect(await link.until(func() -> bool: return link.server_status() == "ERROR", 10.0), link.server_status())
	expect_equal(Names.failure(link.accepted[-1]), "IDLE_TIMEOUT", "reason")
	client.resume()
	expect(await until(func() -> bool: return not client.is_running(), 10.0), "it has not learnt of it")


func _expect_session_outlives_server(seconds: float) -> void:
	allow(seconds + 60.0)
	var server := await _started_server()
	if server == null:
		return
	var client := _client_of(server)
	expect(await _polls_until(client, "CONNECTED"), "not connected: " + Names.status(client))
	server.suspend()
	await _send_for(seconds, client)
	expect_equal(Names.status(client), "CONNECTED", "meanwhile")
	server.resume()
	await _expect_echoes(client, client.poll)


func _expect_session_outlives_client(seconds: float) -> void:
	allow(seconds + 60.0)
	if not _can_suspend():
		return
	var link := Pair.new(self, ColumnOurs.new())
	var client := await _joined_client(link)
	client.suspend()
	await _send_for(seconds, link.accepted[-1])
	expect_equal(link.server_status(), "CONNECTED", "meanwhile")
	client.resume()
	await _expect_echoes(link.accepted[-1], link.poll)


func _can_suspend() -> bool:
	if not BackgroundProcess.can_be_suspended():
		skip("no process can be suspended here")
	return BackgroundProcess.can_be_suspended()


# Null: it could not be suspended.
func _started_server() -> ServerProcess:
	if not _can_suspend():
		return null
	var server := ServerProcess.new(1)
	expect(await until(server.is_ready, 15.0), "the server does not start")
	return server


func _client_of(server: ServerProcess) -> PacketPeerDTLSOpenSSL:
	var client := PacketPeerDTLSOpenSSL.new()
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", server.port)
	client.connect_to_peer(udp, "server.test", Ours.client())
	return client


# A client in another process, which is connected.
func _joined_client(link: Pair) -> BackgroundProcess:
	var port := "port=%d" % link.port
	var client := BackgroundProcess.new("res://children/echoing_client.gd", [port])
	expect(await link.until(func() -> bool: return link.server_status() == "CONNECTED", 15.0), link.server_status())
	return client


func _polls_until(client: PacketPeerDTLSOpenSSL, status: String) -> bool:
	var poll := func() -> bool:
		client.poll()
		return Names.status(client) == status
	return await until(poll, 15.0)


# Sends numbered packets, evenly spread.
func _send_for(seconds: float, peer: PacketPeerDTLSOpenSSL) -> void:
	for number in PACKETS:
		expect_equal(peer.put_packet(PackedByteArray([number])), OK, "put_packet")
		await during(seconds / PACKETS, peer.poll)


# None of them is lost: they have waited in the socket.
func _expect_echoes(peer: PacketPeerDTLSOpenSSL, poll: Callable) -> void:
	var echoes := PackedByteArray()
	var have_come := func() -> bool:
		poll.call()
		while peer.get_available_packet_count() > 0:
			echoes.append_array(peer.get_packet())
		return echoes.size() >= PACKETS
	expect(await until(have_come, 15.0), "%d echoes" % echoes.size())
	expect_equal(echoes, PackedByteArray(range(PACKETS)), "echoes")
