# PacketPeerDTLS: its states, connect_to_peer() and the end of a session.
extends "res://contract/part.gd"


func rows() -> Dictionary:
	return {
		"fresh": same("DISCONNECTED"),
		"connect.ok": same("OK HANDSHAKING, sent 1"),
		"connect.null_peer": same("ERR_INVALID_PARAMETER DISCONNECTED"),
		"connect.unconnected_peer": same("ERR_INVALID_PARAMETER DISCONNECTED"),
		"connect.server_options": same("ERR_INVALID_PARAMETER DISCONNECTED"),
		"connect.null_options": same("CONNECTED"),
		"connect.null_options_verify": same("ERROR"),
		"connect.while_handshaking": same("ERR_ALREADY_IN_USE HANDSHAKING, then CONNECTED"),
		"connect.while_connected": same("ERR_ALREADY_IN_USE CONNECTED, alive"),
		"connect.after_disconnect": same("DISCONNECTED CONNECTED"),
		"connect.after_error": same("ERROR CONNECTED"),
		"connect.after_name_mismatch": differs("ERROR CONNECTED", "ERROR_HOSTNAME_MISMATCH CONNECTED", "D1"),
		"connect.first_send_refused": differs("FAILED ERROR_HOSTNAME_MISMATCH", "FAILED ERROR", "D1"),
		"connect.closed_port": differs("FAILED ERROR_HOSTNAME_MISMATCH", "OK ERROR", "D7"),
		"connect.server_vanishes": differs("ERROR", "HANDSHAKING", "D7"),
		"connect.bool_hostname": differs("refused", "OK", "D15"),
		"connect.options_of_the_other": differs("ERROR", "CONNECTED", "D15"),
		"connect.name_mismatch": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"poll.not_connected": same("DISCONNECTED"),
		"disconnect.new": same("DISCONNECTED"),
		"disconnect.while_handshaking": same("DISCONNECTED, sent 0"),
		"disconnect.while_connected": same("DISCONNECTED, remote DISCONNECTED"),
		"disconnect.is_answered": same("1 answer"),
		"disconnect.in_error": same("ERROR"),
		"free.while_handshaking": same("sent 0"),
		"free.while_connected": same("remote DISCONNECTED"),
		"silent_remote": same("CONNECTED"),
		"socket_error.while_connected": differs("ERROR", "CONNECTED", "D7"),
		"socket_error.data_before": differs("0 packets", "2 packets", "D13"),
		"server_setup.options_of_the_other": differs("ERR_INVALID_PARAMETER", "OK", "D15"),
	}


func fresh() -> String:
	return Names.status(column.make_peer())


# The ClientHello is sent inside the call.
func connect_ok() -> String:
	var silent := Socket.new()
	var peer := column.make_peer()
	var error: Error = peer.connect_to_peer(udp_to(silent.port), "server.test", _trusting_ca())
	return "%s %s, sent %d" % [Names.error(error), Names.status(peer), silent.receive().size()]


func connect_null_peer() -> String:
	return _connect(null, _trusting_ca())


func connect_unconnected_peer() -> String:
	return _connect(PacketPeerUDP.new(), _trusting_ca())


func connect_server_options() -> String:
	var silent := Socket.new()
	var options := column.server_options(Fixtures.key("server"), Fixtures.certificate("server"))
	return _connect(udp_to(silent.port), options)


# The default store is the one that the project settings name.
func connect_null_options() -> String:
	return await _outcome_with_null_options("server")


func connect_null_options_verify() -> String:
	return await _outcome_with_null_options("self_signed")


func connect_while_handshaking() -> String:
	var link := pair()
	link.connect_client()
	var error: Error = link.client.connect_to_peer(link.client_udp, "server.test", _trusting_ca())
	var status := link.client_status()
	return "%s %s, then %s" % [Names.error(error), status, await link.client_outcome()]


func connect_while_connected() -> String:
	var link := pair()
	await link.establish()
	var error: Error = link.client.connect_to_peer(link.client_udp, "server.test", _trusting_ca())
	var status := link.client_status()
	return "%s %s, %s" % [Names.error(error), status, "alive" if await link.is_alive() else "dead"]


func connect_after_disconnect() -> String:
	var link := pair()
	await link.establish()
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.server_status() == "DISCONNECTED")
	return await _status_and_reconnect(link)


func connect_after_error() -> String:
	var link := pair()
	link.connect_client("server.test", column.client_options(Fixtures.certificate("other_ca")))
	await link.client_outcome()
	return await _status_and_reconnect(link)


func connect_after_name_mismatch() -> String:
	var link := pair()
	link.connect_client("elsewhere.test")
	await link.client_outcome()
	return await _status_and_reconnect(link)


# The operating system has an error waiting for the socket.
func connect_first_send_refused() -> String:
	var closed := _closed()
	var udp := udp_to(closed.port)
	udp.put_packet("nobody is here".to_utf8_buffer())
	return _connect(udp, _trusting_ca())


func connect_closed_port() -> String:
	var closed := _closed()
	var peer := column.make_peer()
	var error: Error = peer.connect_to_peer(udp_to(closed.port), "server.test", _trusting_ca())
	await suite.until(_polls_to_end.bind(peer), 15.0)
	return "%s %s" % [Names.error(error), Names.status(peer)]


# A second after the first ClientHello its retransmission finds a closed port.
func connect_server_vanishes() -> String:
	var silent := Socket.new()
	var peer := column.make_peer()
	peer.connect_to_peer(udp_to(silent.port), "server.test", _trusting_ca())
	silent.refuse()
	await suite.until(_polls_to_end.bind(peer), 2.8)
	return Names.status(peer)


# What scripts for Godot 3 pass, and the documentation's example still does.
func connect_bool_hostname() -> String:
	var silent := Socket.new()
	return _called(column.make_peer(), "connect_to_peer", [udp_to(silent.port), false])


# The engine sees null, and verifies with its default store.
func connect_options_of_the_other() -> String:
	var link := pair()
	link.setup(column.server_options(Fixtures.key("server"), Fixtures.certificate("self_signed")))
	link.client_udp.connect_to_host("127.0.0.1", link.port)
	var options: RefCounted = suite.other(column).client_unsafe_options()
	link.client.callv("connect_to_peer", [link.client_udp, "server.test", options])
	return await link.client_outcome()


func connect_name_mismatch() -> String:
	var link := pair()
	link.connect_client("elsewhere.test")
	return await link.client_outcome()


func poll_not_connected() -> String:
	var peer := column.make_peer()
	peer.poll()
	return Names.status(peer)


func disconnect_new() -> String:
	var peer := column.make_peer()
	peer.disconnect_from_peer()
	return Names.status(peer)


func disconnect_while_handshaking() -> String:
	var silent := Socket.new()
	var peer := column.make_peer()
	peer.connect_to_peer(udp_to(silent.port), "server.test", _trusting_ca())
	silent.receive()
	peer.disconnect_from_peer()
	return "%s, sent %d" % [Names.status(peer), silent.receive().size()]


func disconnect_while_connected() -> String:
	var link := pair()
	await link.establish()
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.server_status() != "CONNECTED")
	return "%s, remote %s" % [link.client_status(), link.server_status()]


func disconnect_is_answered() -> String:
	var link := pair()
	link.add_relay()
	await link.establish()
	link.relay.forget()
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.server_status() != "CONNECTED" and not link.relay.from_server.is_empty())
	return "%d answer" % link.relay.from_server.size()


func disconnect_in_error() -> String:
	var link := pair()
	link.connect_client("server.test", column.client_options(Fixtures.certificate("other_ca")))
	await link.client_outcome()
	link.client.disconnect_from_peer()
	return link.client_status()


func free_while_handshaking() -> String:
	var silent := Socket.new()
	var peer := column.make_peer()
	peer.connect_to_peer(udp_to(silent.port), "server.test", _trusting_ca())
	silent.receive()
	peer = null
	return "sent %d" % silent.receive().size()


func free_while_connected() -> String:
	var link := pair()
	await link.establish()
	link.client = column.make_peer()
	await link.until(func() -> bool: return link.server_status() != "CONNECTED")
	return "remote " + link.server_status()


# Nobody notices that the remote is gone: there is no keep-alive.
func silent_remote() -> String:
	var link := pair()
	await link.establish()
	await suite.during(1.0, link.client.poll)
	return link.client_status()


func socket_error_while_connected() -> String:
	var link := pair()
	await link.establish()
	link.listener.stop()
	link.client.put_packet("nobody is here".to_utf8_buffer())
	await suite.during(0.1, link.client.poll)
	return link.client_status()


# Two packets wait at the client's socket when the operating system reports an error for it.
func socket_error_data_before() -> String:
	var link := pair()
	await link.establish()
	link.accepted[0].put_packet("one".to_utf8_buffer())
	link.accepted[0].put_packet("two".to_utf8_buffer())
	link.listener.stop()
	link.client.put_packet("nobody is here".to_utf8_buffer())
	var packets: Array[PackedByteArray] = []
	var read := func() -> void:
		link.client.poll()
		while link.client_status() == "CONNECTED" and link.client.get_available_packet_count() > 0:
			packets.append(link.client.get_packet())
	await suite.during(0.1, read)
	return "%d packets" % packets.size()


func server_setup_options_of_the_other() -> String:
	var options: RefCounted = suite.other(column).server_options(Fixtures.key("server"), Fixtures.certificate("server"))
	return _called(column.make_server(), "setup", [options])


func _trusting_ca() -> RefCounted:
	return column.client_options(Fixtures.certificate("ca"))


func _connect(udp: PacketPeerUDP, options: RefCounted) -> String:
	var peer := column.make_peer()
	var error: Error = peer.connect_to_peer(udp, "server.test", options)
	return "%s %s" % [Names.error(error), Names.status(peer)]


func _outcome_with_null_options(certificate: String) -> String:
	var link := pair()
	link.setup(column.server_options(Fixtures.key("server"), Fixtures.certificate(certificate)))
	link.client_udp.connect_to_host("127.0.0.1", link.port)
	link.client.connect_to_peer(link.client_udp, "server.test", null)
	return await link.client_outcome()


# The client's status, and how the same object fares with a new socket.
func _status_and_reconnect(link: Pair) -> String:
	var status := link.client_status()
	link.client_udp = PacketPeerUDP.new()
	link.connect_client()
	return "%s %s" % [status, await link.client_outcome()]


# What a method makes of arguments that its signature may not allow.
static func _called(object: Object, method: String, arguments: Array) -> String:
	var result: Variant = object.callv(method, arguments)
	return "refused" if result == null else Names.error(result)


static func _polls_to_end(peer: PacketPeer) -> bool:
	peer.poll()
	return Names.status(peer) != "HANDSHAKING"


# On whose port nobody listens.
static func _closed() -> Socket:
	var socket := Socket.new()
	socket.refuse()
	return socket
