# The properties of the options: which values they take, and what each one does.
# also with: listen
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const ColumnEngine := preload("res://harness/column_engine.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const Properties := preload("res://harness/properties.gd")
const Socket := preload("res://harness/socket.gd")
const KEYS := "user://settings.keys"
const FALLBACK_MTU := 512


func test_defaults() -> void:
	_expect_defaults(Ours.client(), Properties.common())
	_expect_defaults(Ours.server(), Properties.common())
	_expect_defaults(Ours.server(), Properties.of_servers())
	expect(Ours.server().client_ca == null, "client_ca is there")


func test_good_values_are_taken() -> void:
	_expect_taken(Ours.client(), Properties.common())
	_expect_taken(Ours.server(), Properties.common())
	_expect_taken(Ours.server(), Properties.of_servers())
	DirAccess.remove_absolute(Properties.KEY_LOG)


func test_wrong_values_leave_the_one_before() -> void:
	_expect_refused(Ours.client(), Properties.common())
	_expect_refused(Ours.server(), Properties.common())
	_expect_refused(Ours.server(), Properties.of_servers())
	DirAccess.remove_absolute(Properties.KEY_LOG)


# Each in one line, which names the property, and the value unless it is a secret or a PEM text.
func test_wrong_values_are_told() -> void:
	var lines := Child.new("wrong_settings", []).log_lines()
	var properties := Properties.common().merged(Properties.of_servers())
	for property: String in properties:
		var told: PackedStringArray = []
		for line in lines:
			if "TLSOptionsOpenSSL.%s:" % property in line:
				told.append(line)
		var values: Array = properties[property][2]
		if expect_equal(told.size(), values.size(), "lines about " + property):
			for index in values.size():
				var value: Variant = values[index]
				var is_text: bool = value is String and value != "" and not property.ends_with("_pem")
				if value is int or is_text:
					expect(str(value) in told[index], "no %s in %s" % [value, told[index]])


func test_servers_properties_are_not_a_clients() -> void:
	var client := Ours.client()
	var properties := Properties.of_servers()
	for property: String in properties:
		expect_equal(client.call("set_" + property, properties[property][1]), ERR_INVALID_PARAMETER, property)
		expect_equal(client.get(property), properties[property][0], property)
	expect_equal(client.set_client_ca(Fixtures.certificate("client_ca")), ERR_INVALID_PARAMETER, "client_ca")


func test_authority_of_clients_is_one_property_in_two_forms() -> void:
	var options := Ours.server()
	options.client_ca = Fixtures.certificate("client_ca")
	options.client_ca_pem = Fixtures.certificate_pem("other_ca")
	expect_equal(Fixtures.fingerprint_of(options.client_ca_pem), Fixtures.fingerprint("other_ca"), "text")
	expect_equal(Fixtures.fingerprint_of(options.client_ca.save_to_string()), Fixtures.fingerprint("other_ca"), "resource")
	expect_equal(options.set_client_ca(X509Certificate.new()), ERR_INVALID_PARAMETER, "an empty resource")
	options.client_ca = null
	expect_equal(options.client_ca_pem, "", "none")


# Options are read when they are used. What is changed after that counts from the next time on.
func test_options_are_a_snapshot() -> void:
	var options := Ours.server("rsa4096_chain", "rsa4096")
	options.mtu = 600
	var link := _pair(options)
	options.mtu = 300
	await _handshake_through_relay(link)
	expect(_largest(link.relay.from_server) > 300, "the server's has changed")


func test_no_datagram_of_the_handshake_exceeds_the_mtu() -> void:
	for mtu: int in [256, 600, 1200, 4096]:
		var server := Ours.server("rsa4096_chain", "rsa4096")
		server.mtu = mtu
		server.verify_client = TLSOptionsOpenSSL.VERIFY_REQUIRED
		server.client_ca = Fixtures.certificate("rsa4096_ca")
		var client := Ours.client("rsa4096_ca")
		client.mtu = mtu
		client.set_identity(Fixtures.key("rsa4096"), Fixtures.certificate("rsa4096_chain"))
		var link := _pair(server)
		await _handshake_through_relay(link, client)
		for datagrams: Array[PackedByteArray] in [link.relay.from_server, link.relay.from_client]:
			var largest := _largest(datagrams)
			expect(largest <= mtu, "%d bytes with an MTU of %d" % [largest, mtu])
			expect(_sum(datagrams) > 7000, "the chain of 7 KB was not sent: %d bytes" % _sum(datagrams))
			expect(largest > 0.75 * mtu, "%d bytes only with an MTU of %d" % [largest, mtu])


# A path that loses whatever is larger than what every path has to carry.
func test_mtu_steps_down_when_two_flights_are_lost() -> void:
	var server := Ours.server("rsa4096_chain", "rsa4096")
	server.retransmit_timeout_ms = 50
	var client := Ours.client("rsa4096_ca")
	client.retransmit_timeout_ms = 50
	var link := _pair(server)
	link.add_relay()
	link.relay.filter = func(datagram: PackedByteArray, _from_client: bool, _index: int) -> Array:
		return [datagram] if datagram.size() <= FALLBACK_MTU else []
	link.connect_client("server.test", client)
	expect(await link.until(link.is_connected_both_ways), "not connected")
	var beginnings := link.relay.from_server.filter(_has_beginning_of_certificate)
	var sizes := beginnings.map(func(datagram: PackedByteArray) -> int: return datagram.size())
	expect_equal(sizes.slice(0, 3), [1200, 1200, FALLBACK_MTU], "sizes of the datagrams in which the chain begins")
	# A client that answers late is sent the third flight more than once.
	expect(sizes.slice(3).all(func(size: int) -> bool: return size == FALLBACK_MTU), "sizes afterwards: %s" % [sizes])


func test_largest_packet_follows_from_the_mtu() -> void:
	var options := Ours.client()
	options.mtu = 600
	var link := _pair()
	await link.establish("server.test", options)
	expect_equal(link.client.get_max_packet_size(), 600 - 13 - 8 - 16, "client")
	expect_equal(link.accepted[0].get_max_packet_size(), 1200 - 13 - 8 - 16, "server")


func test_strict_mtu() -> void:
	for is_strict: bool in [true, false]:
		var options := Ours.client()
		options.strict_mtu = is_strict
		var link := _pair()
		await link.establish("server.test", options)
		var payload := PackedByteArray()
		payload.resize(link.client.get_max_packet_size())
		expect_equal(link.client.put_packet(payload), OK, "a packet that fits")
		payload.append(0)
		var expected := ERR_INVALID_PARAMETER if is_strict else OK
		expect_equal(link.client.put_packet(payload), expected, "a packet that does not, strict %s" % is_strict)
		if not is_strict:
			await link.until(func() -> bool: return link.accepted[0].get_available_packet_count() == 2)
			link.accepted[0].get_packet()
			expect_equal(link.accepted[0].get_packet(), payload, "the packet that does not fit")
		link.accepted[0].get_packet()
		expect_equal(link.client_status(), "CONNECTED", "client")


func test_versions() -> void:
	var options := Ours.client()
	options.min_version = TLSOptionsOpenSSL.VERSION_DTLS_1_2
	options.max_version = TLSOptionsOpenSSL.VERSION_DTLS_1_2
	var link := _pair()
	expect(await link.establish("server.test", options), "not connected")
	expect_equal(link.client.get_protocol_version(), "DTLSv1.2", "version")


func test_cipher_list_of_either_side() -> void:
	var server := Ours.server()
	server.cipher_list = "ECDHE+CHACHA20"
	await _expect_cipher(server, Ours.client(), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
	var client := Ours.client()
	client.cipher_list = "ECDHE-ECDSA-AES256-GCM-SHA384"
	await _expect_cipher(Ours.server(), client, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")


# What is not on the list is not offered.
func test_cipher_list_in_the_client_hello() -> void:
	var silent := Socket.new()
	var options := Ours.client()
	options.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256"
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(_udp_to(silent.port), "server.test", options)
	var suites: Array[int] = Dtls.parse_client_hello(silent.receive()[0]).cipher_suites
	suites.erase(0x00ff) # TLS_EMPTY_RENEGOTIATION_INFO_SCSV
	expect_equal(suites, [0xc02b] as Array[int], "cipher suites")


# The server's order decides.
func test_groups_of_either_side() -> void:
	var server := Ours.server()
	server.groups = "P-384:P-256"
	await _expect_group(server, Ours.client(), "secp384r1")
	var client := Ours.client()
	client.groups = "P-256"
	await _expect_group(Ours.server(), client, "secp256r1")


func test_groups_without_that_of_the_certificate() -> void:
	var options := Ours.server()
	options.groups = "X25519"
	expect_equal(DTLSServerOpenSSL.new().setup(options), ERR_INVALID_PARAMETER, "setup")


# RSA of 2048 bits is too short for level 3, and of 1024 bits for level 2.
func test_security_level() -> void:
	await _expect_at_level(2, "rsa", "NONE")
	await _expect_at_level(3, "rsa", "CERTIFICATE_UNTRUSTED")
	await _expect_at_level(1, "weak_rsa", "NONE")
	await _expect_at_level(2, "weak_rsa", "CERTIFICATE_UNTRUSTED")


func test_handshake_timeout() -> void:
	var silent := Socket.new()
	var options := Ours.client()
	options.handshake_timeout_ms = 300
	var client := PacketPeerDTLSOpenSSL.new()
	var start := Time.get_ticks_msec()
	client.connect_to_peer(_udp_to(silent.port), "server.test", options)
	var has_ended := func() -> bool:
		client.poll()
		return Names.status(client) == "ERROR"
	expect(await until(has_ended), "still going on")
	expect(Time.get_ticks_msec() - start >= 300, "after %d ms" % (Time.get_ticks_msec() - start))


func test_retransmit_timeout() -> void:
	expect((await _time_of_first_retransmission(100)).y >= 100, "too early with 100 ms")
	expect((await _time_of_first_retransmission(100)).x <= 100, "too late with 100 ms")
	expect((await _time_of_first_retransmission(0)).y >= 990, "too early by default")


func test_idle_timeout_begins_anew_with_each_packet() -> void:
	var options := Ours.client()
	options.idle_timeout_ms = 1000
	var link := _pair()
	await link.establish("server.test", options)
	var talk := func() -> void:
		link.accepted[0].put_packet(PackedByteArray([1]))
		link.poll()
		while link.client.get_available_packet_count() > 0:
			link.client.get_packet()
	await during(1.5, talk)
	expect_equal(link.client_status(), "CONNECTED", "while the server talks")
	var start := Time.get_ticks_msec()
	expect(await link.until(func() -> bool: return link.client_status() == "ERROR"), "still going on")
	expect(Time.get_ticks_msec() - start >= 900, "after %d ms" % (Time.get_ticks_msec() - start))


# NSS key log: CLIENT_RANDOM, the client's random, the master secret.
func test_key_log() -> void:
	DirAccess.remove_absolute(KEYS)
	var client := Ours.client()
	client.key_log_path = KEYS
	var server := Ours.server()
	server.key_log_path = ProjectSettings.globalize_path(KEYS + ".server")
	var link := _pair(server)
	await _handshake_through_relay(link, client)
	var hello: PackedByteArray = link.relay.from_client[0]
	var at := Dtls.body_of(hello, Dtls.CLIENT_HELLO)
	var line := "CLIENT_RANDOM %s [0-9a-f]{96}" % hello.slice(at + 2, at + 34).hex_encode()
	var found := FileAccess.get_file_as_string(KEYS)
	expect(RegEx.create_from_string("(?i)^%s\n$" % line).search(found) != null, "the client's: " + found)
	expect_equal(FileAccess.get_file_as_string(KEYS + ".server"), found, "the server's")
	client.session_resumption = false
	await _pair().establish("server.test", client)
	expect_equal(FileAccess.get_file_as_string(KEYS).count("\n"), 2, "lines after two connections")
	DirAccess.remove_absolute(KEYS)
	DirAccess.remove_absolute(KEYS + ".server")


func test_key_log_is_for_the_user_alone() -> void:
	if not OS.get_name() in ["Linux", "macOS"]:
		skip("files have no such permissions here")
		return
	DirAccess.remove_absolute(KEYS + ".private")
	Ours.client().key_log_path = KEYS + ".private"
	var permissions := FileAccess.get_unix_permissions(KEYS + ".private")
	DirAccess.remove_absolute(KEYS + ".private")
	expect_equal(int(permissions), FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_WRITE_OWNER, "permissions")


func test_key_log_warns_once() -> void:
	var child := Child.new("key_logs", ["path=" + KEYS])
	DirAccess.remove_absolute(KEYS)
	DirAccess.remove_absolute(KEYS + ".server")
	var lines := child.log_lines()
	if expect_equal(lines.size(), 1, "lines"):
		expect(lines[0].begins_with("WARNING:") and "key_log_path" in lines[0], lines[0])


func _pair(options: TLSOptionsOpenSSL = Ours.server()) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(options), OK, "setup")
	return link


func _expect_defaults(options: TLSOptionsOpenSSL, properties: Dictionary) -> void:
	for property: String in properties:
		expect_equal(options.get(property), properties[property][0], property)


# By the setter, and by the property.
func _expect_taken(options: TLSOptionsOpenSSL, properties: Dictionary) -> void:
	for property: String in properties:
		var default: Variant = properties[property][0]
		var value: Variant = properties[property][1]
		expect_equal(options.call("set_" + property, value), OK, "set_" + property)
		expect_equal(options.get(property), value, property)
		options.set(property, default)
		expect_equal(options.get(property), default, property + " again")


func _expect_refused(options: TLSOptionsOpenSSL, properties: Dictionary) -> void:
	for property: String in properties:
		var good: Variant = properties[property][1]
		options.set(property, good)
		for value: Variant in properties[property][2]:
			var what := "%s = %s" % [property, str(value).left(20)]
			expect_equal(options.call("set_" + property, value), ERR_INVALID_PARAMETER, what)
			options.set(property, value)
			expect_equal(options.get(property), good, what)


# Connects with a relay that records the handshake and nothing else.
func _handshake_through_relay(link: Pair, client: TLSOptionsOpenSSL = null) -> void:
	link.add_relay()
	if client == null:
		client = TLSOptionsOpenSSL.client_unsafe()
	expect(await link.establish("server.test", client), "not connected: " + link.client.get_failure_detail())


func _expect_cipher(server: TLSOptionsOpenSSL, client: TLSOptionsOpenSSL, cipher: String) -> void:
	var link := _pair(server)
	expect(await link.establish("server.test", client), "not connected")
	expect_equal(link.client.get_cipher_name(), cipher, "cipher")


func _expect_group(server: TLSOptionsOpenSSL, client: TLSOptionsOpenSSL, group: String) -> void:
	var link := _pair(server)
	expect(await link.establish("server.test", client), "not connected")
	expect_equal(link.client.get_group_name(), group, "client")
	expect_equal(link.accepted[0].get_group_name(), group, "server")


# The server is the engine's, which has no such level.
func _expect_at_level(level: int, certificate: String, reason: String) -> void:
	var link := Pair.new(self, ColumnEngine.new(), ColumnOurs.new())
	link.setup(TLSOptions.server(Fixtures.key(certificate), Fixtures.certificate(certificate)))
	var options := Ours.client()
	options.security_level = level
	link.connect_client("server.test", options)
	await link.client_outcome()
	expect_equal(Names.failure(link.client), reason, "%s at level %d" % [certificate, level])


# In milliseconds, y: when it was there, at most so long after the first transmission; x: when the last poll before it began,
# which had nothing to send again, at least so long after the first transmission. `timeout` 0: as it is by default.
func _time_of_first_retransmission(timeout: int) -> Vector2i:
	var silent := Socket.new()
	var options := Ours.client()
	if timeout > 0:
		options.retransmit_timeout_ms = timeout
	var client := PacketPeerDTLSOpenSSL.new()
	var start := Time.get_ticks_msec()
	client.connect_to_peer(_udp_to(silent.port), "server.test", options)
	var has_begun := Time.get_ticks_msec()
	var polls: Array[int] = []
	var hellos: Array[PackedByteArray] = []
	var has_come := func() -> bool:
		polls.append(Time.get_ticks_msec())
		client.poll()
		hellos.append_array(silent.receive())
		return hellos.size() == 2
	expect(await until(has_come), "no retransmission")
	var last_without := polls[-2] if polls.size() > 1 else has_begun
	return Vector2i(last_without - has_begun, Time.get_ticks_msec() - start)


# The first fragment: the three bytes of its offset are 6 bytes before the end of the header.
static func _has_beginning_of_certificate(datagram: PackedByteArray) -> bool:
	var at := Dtls.body_of(datagram, Dtls.CERTIFICATE)
	return at >= 0 and datagram.slice(at - 6, at - 3) == PackedByteArray([0, 0, 0])


static func _largest(datagrams: Array[PackedByteArray]) -> int:
	var largest := 0
	for datagram in datagrams:
		largest = maxi(largest, datagram.size())
	return largest


static func _sum(datagrams: Array[PackedByteArray]) -> int:
	var sum := 0
	for datagram in datagrams:
		sum += datagram.size()
	return sum


static func _udp_to(port: int) -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	return udp
