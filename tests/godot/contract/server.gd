# DTLSServer: setup() and take_connection().
extends "res://contract/part.gd"


func rows() -> Dictionary:
	return {
		"setup.ok": same("OK"),
		"setup.null": same("ERR_INVALID_PARAMETER"),
		"setup.client_options": same("ERR_INVALID_PARAMETER"),
		"setup.again": differs("ERR_ALREADY_IN_USE", "OK", "D11"),
		"setup.again_after_failure": same("ERR_INVALID_PARAMETER OK"),
		"setup.again_changes_certificate": differs("ERROR", "CONNECTED", "D11"),
		"setup.null_key_and_certificate": differs("OK", "ERR_INVALID_PARAMETER", "D11"),
		"setup.empty_key": differs("OK", "ERR_INVALID_PARAMETER", "D11"),
		"setup.empty_certificate": differs("OK", "ERR_INVALID_PARAMETER", "D11"),
		"setup.public_key_only": differs("OK", "ERR_INVALID_PARAMETER", "D11"),
		"setup.key_of_another_certificate": differs("OK", "ERR_INVALID_PARAMETER", "D11"),
		"setup.leaf_not_first": differs("OK", "ERR_INVALID_PARAMETER", "D11"),
		"take.before_setup": same("null"),
		"take.null_peer": same("null"),
		"take.unconnected_peer": same("DISCONNECTED"),
		"take.null_key_and_certificate": differs("DISCONNECTED", "null", "D11"),
		"take.nothing_queued": same("HANDSHAKING"),
		"take.first_hello": same("ERROR"),
		"take.hello_with_cookie": same("HANDSHAKING"),
		"take.garbage": same("ERROR"),
		"take.alert": same("ERROR"),
		"take.unknown_type": same("ERROR"),
		"take.one_byte": same("ERROR"),
		"take.three_bytes": same("ERROR"),
		"take.four_bytes": same("ERROR"),
		"take.fourteen_bytes": same("ERROR"),
		"take.zero_length": same("ERROR"),
		"take.fragmented_hello": same("ERROR"),
		"take.fragmented_hello_with_cookie": same("HANDSHAKING, answered"),
	}


func setup_ok() -> String:
	return Names.error(column.make_server().setup(_options()))


func setup_null() -> String:
	return Names.error(column.make_server().setup(null))


func setup_client_options() -> String:
	return Names.error(column.make_server().setup(column.client_options()))


func setup_again() -> String:
	var server := column.make_server()
	server.setup(_options())
	return Names.error(server.setup(_options()))


func setup_again_after_failure() -> String:
	var server := column.make_server()
	return "%s %s" % [Names.error(server.setup(null)), Names.error(server.setup(_options()))]


# A client that trusts nothing but the second certificate.
func setup_again_changes_certificate() -> String:
	var link := pair()
	link.server.setup(column.server_options(Fixtures.key("server"), Fixtures.certificate("self_signed")))
	link.connect_client("server.test", column.client_options(Fixtures.certificate("self_signed")))
	return await link.client_outcome()


func setup_null_key_and_certificate() -> String:
	return _setup(null, null)


func setup_empty_key() -> String:
	return _setup(CryptoKey.new(), Fixtures.certificate("server"))


func setup_empty_certificate() -> String:
	return _setup(Fixtures.key("server"), X509Certificate.new())


func setup_public_key_only() -> String:
	var public_key := CryptoKey.new()
	public_key.load_from_string(Fixtures.key("server").save_to_string(true), true)
	return _setup(public_key, Fixtures.certificate("server"))


func setup_key_of_another_certificate() -> String:
	return _setup(Fixtures.key("other"), Fixtures.certificate("server"))


func setup_leaf_not_first() -> String:
	return _setup(Fixtures.key("server"), Fixtures.certificate("reversed"))


func take_before_setup() -> String:
	return Names.status(column.make_server().take_connection(udp_to(9)))


func take_null_peer() -> String:
	return Names.status(pair().server.take_connection(null))


func take_unconnected_peer() -> String:
	return Names.status(pair().server.take_connection(PacketPeerUDP.new()))


func take_null_key_and_certificate() -> String:
	var server := column.make_server()
	server.setup(column.server_options(null, null))
	return Names.status(server.take_connection(udp_to(9)))


func take_nothing_queued() -> String:
	return Names.status(pair().server.take_connection(udp_to(Socket.new().port)))


func take_first_hello() -> String:
	return await _taken([Dtls.client_hello(Dtls.random_of(1))])


func take_hello_with_cookie() -> String:
	var link := pair()
	var client := Socket.new(link.listener.get_local_port())
	var cookie := await _cookie(link, client)
	return await _answer(link, client, [Dtls.client_hello(Dtls.random_of(1), cookie)])


func take_garbage() -> String:
	return await _taken(["hello, is this a DTLS server?".to_utf8_buffer()])


func take_alert() -> String:
	return await _taken([Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE)])


func take_unknown_type() -> String:
	return await _taken([Dtls.record(99, PackedByteArray([1, 2, 3, 4]))])


func take_one_byte() -> String:
	return await _taken([PackedByteArray([Dtls.HANDSHAKE])])


func take_three_bytes() -> String:
	return await _taken([Dtls.client_hello(Dtls.random_of(1)).slice(0, 3)])


func take_four_bytes() -> String:
	return await _taken([Dtls.client_hello(Dtls.random_of(1)).slice(0, 4)])


func take_fourteen_bytes() -> String:
	return await _taken([Dtls.client_hello(Dtls.random_of(1)).slice(0, 14)])


func take_zero_length() -> String:
	return await _taken([PackedByteArray()])


func take_fragmented_hello() -> String:
	return await _taken(Dtls.fragmented_client_hello(Dtls.random_of(1)))


# mbedTLS puts the fragments together since 3.6.4.
func take_fragmented_hello_with_cookie() -> String:
	var link := pair()
	var client := Socket.new(link.listener.get_local_port())
	var cookie := await _cookie(link, client)
	for fragment in Dtls.fragmented_client_hello(Dtls.random_of(1), cookie):
		client.send(fragment)
	var answered := await link.until(func() -> bool: return not client.receive().is_empty())
	return "%s, %s" % [link.server_status(), "answered" if answered else "not answered"]


func _options() -> RefCounted:
	return column.server_options(Fixtures.key("server"), Fixtures.certificate("server"))


func _setup(key: CryptoKey, certificate: X509Certificate) -> String:
	return Names.error(column.make_server().setup(column.server_options(key, certificate)))


# The status of the peer taken for a new source that sent these datagrams.
func _taken(datagrams: Array) -> String:
	var link := pair()
	return await _answer(link, Socket.new(link.listener.get_local_port()), datagrams)


func _answer(link: Pair, client: Socket, datagrams: Array) -> String:
	for datagram: PackedByteArray in datagrams:
		client.send(datagram)
	var is_new := func() -> bool:
		link.listener.poll()
		return link.listener.is_connection_available()
	if not await suite.until(is_new):
		return "nothing arrived"
	return Names.status(link.server.take_connection(link.listener.take_connection()))


func _cookie(link: Pair, client: Socket) -> PackedByteArray:
	await _answer(link, client, [Dtls.client_hello(Dtls.random_of(1))])
	var answers: Array[PackedByteArray] = []
	var is_answered := func() -> bool:
		answers.append_array(client.receive())
		return not answers.is_empty()
	await suite.until(is_answered)
	return Dtls.cookie_in(answers[0])
