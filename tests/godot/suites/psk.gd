# Pre-shared keys, from a Dictionary and from a Callable that may do anything.
# also with: listen
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const PSK: PackedByteArray = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
const OTHER: PackedByteArray = [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
# For handshakes that fail only when their time is up: enough to get as far as the keys on a machine that has much to do.
const SHORT_MS := 2500


func test_keys_in_a_dictionary() -> void:
	var link := _pair(TLSOptionsOpenSSL.server_psk({ "player": PSK, "spectator": OTHER }))
	await _expect_connected(link, "player", PSK)
	link.replace_client()
	await _expect_connected(link, "spectator", OTHER)


func test_keys_from_a_callable() -> void:
	var asked: PackedStringArray = []
	var lookup := func(identity: String) -> PackedByteArray:
		asked.append(identity)
		return PSK
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	await _expect_connected(link, "player", PSK)
	expect_equal(asked, PackedStringArray(["player"]), "asked for")


func test_identity_in_utf8() -> void:
	await _expect_connected(_pair(TLSOptionsOpenSSL.server_psk({ "Jürgen 🎲": PSK })), "Jürgen 🎲", PSK)
	await _expect_connected(_pair(TLSOptionsOpenSSL.server_psk(_key_for.bind("Jürgen 🎲"))), "Jürgen 🎲", PSK)


func test_longest_identity_and_key() -> void:
	var identity := "i".repeat(128)
	var key := PackedByteArray()
	key.resize(256)
	key.fill(7)
	await _expect_connected(_pair(TLSOptionsOpenSSL.server_psk({ identity: key })), identity, key)


func test_suite_and_absence_of_certificates() -> void:
	var link := _pair(TLSOptionsOpenSSL.server_psk({ "player": PSK }))
	await _expect_connected(link, "player", PSK)
	expect_equal(link.client.get_cipher_name(), "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "cipher")
	expect(link.client.get_peer_certificate() == null, "the server's certificate is there")
	expect(link.accepted[0].get_peer_certificate() == null, "the client's certificate is there")


func test_wrong_key() -> void:
	await _expect_rejected(TLSOptionsOpenSSL.server_psk({ "player": PSK }), "player", OTHER)
	await _expect_rejected(TLSOptionsOpenSSL.server_psk(func(_identity: String) -> PackedByteArray: return PSK), "player", OTHER)


# Looks like a wrong key from outside.
func test_unknown_identity() -> void:
	await _expect_rejected(TLSOptionsOpenSSL.server_psk({ "player": PSK }), "stranger", PSK)
	var nobody := func(_identity: String) -> PackedByteArray: return PackedByteArray()
	await _expect_rejected(TLSOptionsOpenSSL.server_psk(nobody), "stranger", PSK)


func test_client_with_a_key_at_a_server_with_a_certificate() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	link.connect_client("server.test", _client("player", PSK))
	expect(await link.until(func() -> bool: return link.server_failure() != "NONE"), "not refused")
	expect_equal(link.server_failure(), "NO_SHARED_CIPHER", "reason")


func test_client_with_an_authority_at_a_server_with_keys() -> void:
	var link := _pair(TLSOptionsOpenSSL.server_psk({ "player": PSK }))
	link.connect_client()
	expect(await link.until(func() -> bool: return link.server_failure() != "NONE"), "not refused")
	expect_equal(link.server_failure(), "NO_SHARED_CIPHER", "reason")


func test_callable_that_returns_another_type() -> void:
	for answer: Variant in [42, "key", null, [1, 2, 3], { "player": PSK }]:
		await _expect_peer_refused(func(_identity: String) -> Variant: return answer, str(answer))


func test_callable_that_returns_a_key_of_wrong_size() -> void:
	for size: int in [1, 15, 257]:
		var key := PackedByteArray()
		key.resize(size)
		await _expect_peer_refused(func(_identity: String) -> PackedByteArray: return key, "%d bytes" % size)


func test_callable_without_an_object() -> void:
	var object := Node.new()
	var lookup := Callable(object, "get_meta")
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	object.free()
	await _expect_refused(link, "object freed")


func test_callable_with_other_arguments() -> void:
	await _expect_peer_refused(func() -> Variant: return PSK, "no argument")


# One player's lookup fails: the others play on, and new ones come in.
func test_refusal_is_for_that_peer_only() -> void:
	var lookup := func(identity: String) -> Variant:
		var answer: Variant = PSK
		if identity == "cheater":
			answer = 42
		return answer
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	await _expect_connected(link, "player", PSK)
	var first: PacketPeerDTLSOpenSSL = link.client
	link.replace_client()
	link.connect_client("server.test", _client("cheater", PSK))
	var is_refused := func() -> bool:
		return link.accepted.size() == 2 and link.server_status() == "ERROR"
	expect(await link.until(is_refused), link.server_status())
	expect_equal(Names.failure(link.accepted[1]), "REFUSED", "reason")
	first.poll()
	expect_equal(Names.status(first), "CONNECTED", "the first player")
	link.replace_client()
	await _expect_connected(link, "player", PSK)


# A script error in it, of which the engine prints a line of its own. A function that is typed then returns an empty array,
# which is as good as an unknown identity.
func test_callable_with_an_error() -> void:
	var child := Child.new("psk_error", [])
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.result("UNTYPED"), "REFUSED", "untyped")
	expect_equal(child.result("TYPED"), "PSK_REJECTED", "typed")
	expect_equal(child.result("NEXT"), "true", "the next client is connected")


func test_callable_that_disconnects_the_peer() -> void:
	var holder: Array[Pair] = []
	var lookup := func(_identity: String) -> PackedByteArray:
		holder[0].accepted[0].disconnect_from_peer()
		return PSK
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	holder.append(link)
	link.connect_client("server.test", _client("player", PSK))
	expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), link.server_status())
	holder.clear()


func test_callable_that_polls_the_peer() -> void:
	var holder: Array[Pair] = []
	var lookup := func(_identity: String) -> PackedByteArray:
		holder[0].accepted[0].poll()
		return PSK
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	holder.append(link)
	await _expect_connected(link, "player", PSK)
	holder.clear()


func test_callable_that_drops_the_peer() -> void:
	var holder: Array[Pair] = []
	var lookup := func(_identity: String) -> PackedByteArray:
		holder[0].accepted.clear()
		return PSK
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	holder.append(link)
	link.connect_client("server.test", _client("player", PSK))
	await link.until(func() -> bool: return not link.accepted.is_empty())
	# A Callable holds no reference: the lookup drops the last one.
	var poll := Callable(link.accepted[0], "poll")
	var is_dropped := func() -> bool:
		link.entrance.poll(link.server)
		link.client.poll()
		if poll.is_valid():
			poll.call()
		return not poll.is_valid()
	expect(await until(is_dropped), "still there")
	holder.clear()


func test_callable_that_frees_the_server() -> void:
	var holder: Array[Pair] = []
	var lookup := func(_identity: String) -> PackedByteArray:
		holder[0].server = null
		return PSK
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	holder.append(link)
	if not link.listens:
		await _expect_connected(link, "player", PSK)
	else:
		# Its connections end with it.
		link.connect_client("server.test", _client("player", PSK))
		expect(await link.until(func() -> bool: return link.server_status() == "DISCONNECTED"), link.server_status())
		expect(link.server == null, "not asked for a key")
	holder.clear()


func test_callable_that_sets_the_server_up_again() -> void:
	var holder: Array[Pair] = []
	var lookup := func(_identity: String) -> PackedByteArray:
		expect_equal(holder[0].server.setup(TLSOptionsOpenSSL.server_psk({ "next": OTHER })), OK, "setup")
		return PSK
	var link := _pair(TLSOptionsOpenSSL.server_psk(lookup))
	holder.append(link)
	await _expect_connected(link, "player", PSK)
	link.replace_client()
	await _expect_connected(link, "next", OTHER)
	holder.clear()


func test_server_options_that_are_none() -> void:
	var wrong: Array = [null, 42, {}, { 1: PSK }, { "player": "key" }, { "player": PSK.slice(1) }, { "": PSK }, Callable()]
	for keys: Variant in wrong:
		var options := TLSOptionsOpenSSL.server_psk(keys)
		if expect(options != null, "no options"):
			expect_equal(DTLSServerOpenSSL.new().setup(options), ERR_INVALID_PARAMETER, "setup with %s" % [keys])


func test_client_options_that_are_none() -> void:
	var wrong: Array[TLSOptionsOpenSSL] = [_client("", PSK), _client("i".repeat(129), PSK), _client("player", PSK.slice(1))]
	for options in wrong:
		var link := _pair(TLSOptionsOpenSSL.server_psk({ "player": PSK }))
		expect_equal(link.connect_client("server.test", options), ERR_INVALID_PARAMETER, "connect_to_peer")


func _pair(options: TLSOptionsOpenSSL) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(options), OK, "setup")
	return link


static func _client(identity: String, key: PackedByteArray) -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.client_psk(identity, key)


static func _key_for(identity: String, player: String) -> PackedByteArray:
	return PSK if identity == player else PackedByteArray()


func _expect_connected(link: Pair, identity: String, key: PackedByteArray) -> void:
	if expect(await link.establish("server.test", _client(identity, key)), identity + ": " + link.client.get_failure_detail()):
		expect(await link.is_alive(), identity + ": no data")


func _expect_rejected(server: TLSOptionsOpenSSL, identity: String, key: PackedByteArray) -> void:
	server.handshake_timeout_ms = SHORT_MS
	var client := _client(identity, key)
	client.handshake_timeout_ms = SHORT_MS
	var link := _pair(server)
	link.connect_client("server.test", client)
	var have_ended := func() -> bool: return link.client_status() == "ERROR" and link.server_status() == "ERROR"
	expect(await link.until(have_ended, 8.0), "client %s, server %s" % [link.client_status(), link.server_status()])
	expect_equal(Names.failure(link.client), "PSK_REJECTED", "client")
	expect_equal(Names.failure(link.accepted[0]), "PSK_REJECTED", "server")


func _expect_peer_refused(lookup: Callable, what: String) -> void:
	await _expect_refused(_pair(TLSOptionsOpenSSL.server_psk(lookup)), what)


func _expect_refused(link: Pair, what: String) -> void:
	link.connect_client("server.test", _client("player", PSK))
	expect(await link.until(func() -> bool: return link.server_status() == "ERROR"), what + ": " + link.server_status())
	expect_equal(Names.failure(link.accepted[0]), "REFUSED", what)
