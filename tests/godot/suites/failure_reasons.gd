# Why a connection failed, as either side tells it. Each reason is brought about for real.
# also with: listen
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")
const PSK := "0123456789abcdef"


func test_numbers_are_fixed() -> void:
	var numbers := {}
	for constant in ClassDB.class_get_enum_constants(&"PacketPeerDTLSOpenSSL", &"FailureReason"):
		numbers[constant] = ClassDB.class_get_integer_constant(&"PacketPeerDTLSOpenSSL", constant)
	var expected := {}
	for number in Names.FAILURES.size():
		expected["FAILURE_" + Names.FAILURES[number]] = number
	expect_equal(numbers, expected, "constants")


func test_none_while_all_is_well() -> void:
	var link := _pair()
	_expect_none(link.client, "before the connection")
	link.connect_client()
	_expect_none(link.client, "in the handshake")
	await link.until(link.is_connected_both_ways)
	_expect_none(link.client, "connected")
	_expect_none(link.accepted[0], "connected server")
	link.client.disconnect_from_peer()
	await link.until(func() -> bool: return link.server_status() == "DISCONNECTED")
	_expect_none(link.client, "closed by itself")
	_expect_none(link.accepted[0], "closed by the other side")


func test_reason_is_that_of_the_last_connection() -> void:
	var link := await _expect_refusal(_pair(), Ours.client(), "HOSTNAME_MISMATCH", "PEER_ALERT", "elsewhere.test")
	link.client_udp = PacketPeerUDP.new()
	expect(await link.establish(), "not connected")
	_expect_none(link.client, "connected again")


func test_handler_of_the_signal_sees_the_reason() -> void:
	var link := _pair()
	var seen: PackedStringArray = []
	link.client.connect("status_changed", _note_failure.bind(link.client.get_instance_id(), seen))
	link.connect_client("elsewhere.test")
	await link.client_outcome()
	expect_equal(seen, PackedStringArray(["HANDSHAKING NONE", "ERROR_HOSTNAME_MISMATCH HOSTNAME_MISMATCH"]), "seen")


func udp_test_cookie_exchange_at_the_server() -> void:
	var link := _pair()
	link.connect_client()
	var has_come := func() -> bool:
		link.listener.poll()
		return link.listener.is_connection_available()
	if expect(await until(has_come), "nobody came"):
		var first: PacketPeerDTLSOpenSSL = link.server.take_connection(link.listener.take_connection())
		expect_equal(Names.status(first), "ERROR", "status")
		_expect_told(first, "COOKIE_EXCHANGE")


func test_handshake_timeout_at_the_client() -> void:
	var options := Ours.client()
	options.handshake_timeout_ms = 200
	var silent := Socket.new()
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(_udp_to(silent.port), "server.test", options)
	expect(await _ended(client), "still going on")
	_expect_told(client, "HANDSHAKE_TIMEOUT")


# The client has shown its cookie and is silent from then on.
func test_handshake_timeout_at_the_server() -> void:
	var options := Ours.server()
	options.handshake_timeout_ms = 300
	var link := _pair(options)
	link.add_relay()
	link.relay.filter = func(datagram: PackedByteArray, from_client: bool, index: int) -> Array:
		return [datagram] if index < (2 if from_client else 1) else []
	link.connect_client()
	expect(await link.until(func() -> bool: return link.server_status() == "ERROR"), link.server_status())
	_expect_told(link.accepted[0], "HANDSHAKE_TIMEOUT")


func test_untrusted_at_the_client() -> void:
	var link := await _expect_refusal(_serving("self_signed"), Ours.client("other_ca"), "CERTIFICATE_UNTRUSTED", "PEER_ALERT")
	_expect_detail(link.client, ["CN=server.test", "depth 0"])
	_expect_detail(link.failed_peer(), ["unknown_ca", "48"])


func test_untrusted_at_the_server() -> void:
	await _expect_client_refused("client_self_signed", "CERTIFICATE_UNTRUSTED", "unknown_ca", 48)


func test_expired_at_the_client() -> void:
	var link := await _expect_refusal(_serving("expired"), Ours.client(), "CERTIFICATE_EXPIRED", "PEER_ALERT")
	_expect_detail(link.client, ["CN=server.test", "depth 0", "expired"])
	_expect_detail(link.failed_peer(), ["certificate_expired", "45"])


func test_expired_at_the_server() -> void:
	await _expect_client_refused("client_expired", "CERTIFICATE_EXPIRED", "certificate_expired", 45)


func test_not_yet_valid_at_the_client() -> void:
	var link := await _expect_refusal(_serving("not_yet_valid"), Ours.client(), "CERTIFICATE_NOT_YET_VALID", "PEER_ALERT")
	_expect_detail(link.client, ["CN=server.test", "depth 0", "not yet valid"])


func test_not_yet_valid_at_the_server() -> void:
	await _expect_client_refused("client_not_yet_valid", "CERTIFICATE_NOT_YET_VALID", "bad_certificate", 42)


func test_revoked_at_the_client() -> void:
	var options := Ours.client()
	options.crl_pem = Fixtures.crl_pem("ca")
	var link := await _expect_refusal(_serving("revoked"), options, "CERTIFICATE_REVOKED", "PEER_ALERT")
	_expect_detail(link.client, ["CN=server.test", "depth 0", "revoked"])
	_expect_detail(link.failed_peer(), ["certificate_revoked", "44"])


func test_revoked_at_the_server() -> void:
	await _expect_client_refused("client_revoked", "CERTIFICATE_REVOKED", "certificate_revoked", 44)


func test_purpose_at_the_client() -> void:
	var link := await _expect_refusal(_serving("client_only"), Ours.client(), "CERTIFICATE_PURPOSE", "PEER_ALERT")
	_expect_detail(link.client, ["CN=server.test", "depth 0", "purpose"])
	_expect_detail(link.failed_peer(), ["unsupported_certificate", "43"])


func test_purpose_at_the_server() -> void:
	await _expect_client_refused("client_server_only", "CERTIFICATE_PURPOSE", "unsupported_certificate", 43)


func test_hostname_mismatch_at_the_client() -> void:
	var link := await _expect_refusal(_pair(), Ours.client(), "HOSTNAME_MISMATCH", "PEER_ALERT", "elsewhere.test")
	expect_equal(link.client_status(), "ERROR_HOSTNAME_MISMATCH", "status")
	_expect_detail(link.client, ["hostname mismatch", "CN=common.test"])


func test_address_mismatch_at_the_client() -> void:
	var link := await _expect_refusal(_serving("ip"), Ours.client(), "HOSTNAME_MISMATCH", "PEER_ALERT", "127.0.0.2")
	expect_equal(link.client_status(), "ERROR_HOSTNAME_MISMATCH", "status")


func test_chain_incomplete_at_the_client() -> void:
	var link := await _expect_refusal(_serving("leaf"), Ours.client(), "CHAIN_INCOMPLETE", "PEER_ALERT")
	_expect_detail(link.client, ["CN=server.test", "depth 0", "issuer"])
	expect("full chain" in link.client.get_failure_message(), link.client.get_failure_message())


# To the client it looks the same: it has never seen who has issued the certificate.
func test_unknown_authority_at_the_client() -> void:
	await _expect_refusal(_pair(), Ours.client("other_ca"), "CHAIN_INCOMPLETE", "PEER_ALERT")


func test_chain_incomplete_at_the_server() -> void:
	await _expect_client_refused("client_leaf", "CHAIN_INCOMPLETE", "unknown_ca", 48)


func test_pin_mismatch_at_the_client() -> void:
	var options := TLSOptionsOpenSSL.client_pinned([Fixtures.fingerprint("other_ca")])
	var link := await _expect_refusal(_pair(), options, "PIN_MISMATCH", "PEER_ALERT")
	_expect_detail(link.client, ["CN=common.test", "depth 0"])


func test_peer_certificate_required_at_the_server() -> void:
	var link := await _expect_refusal(_pair(Ours.verifying_server()), Ours.client(), "PEER_ALERT", "PEER_CERTIFICATE_REQUIRED")
	_expect_detail(link.client, ["handshake_failure", "40"])


func test_no_shared_cipher_at_the_server() -> void:
	var server := Ours.server()
	server.cipher_list = "ECDHE+AESGCM"
	var client := Ours.client()
	client.cipher_list = "ECDHE+CHACHA20"
	var link := await _expect_refusal(_pair(server), client, "PEER_ALERT", "NO_SHARED_CIPHER")
	_expect_detail(link.client, ["handshake_failure", "40"])


# A client that speaks nothing newer than DTLS 1.0.
func test_protocol_version_at_the_server() -> void:
	var link := _pair()
	_change_in_relay(link, Dtls.CLIENT_HELLO, _set_version_to_1_0)
	await _expect_refusal(link, Ours.client(), "PEER_ALERT", "PROTOCOL_VERSION")
	_expect_detail(link.client, ["protocol_version", "70"])


# A server that does.
func test_protocol_version_at_the_client() -> void:
	var link := _pair()
	_change_in_relay(link, Dtls.SERVER_HELLO, _set_version_to_1_0)
	await _expect_refusal(link, Ours.client(), "PROTOCOL_VERSION", "PEER_ALERT")
	_expect_detail(link.failed_peer(), ["protocol_version", "70"])


func test_no_application_protocol_in_common_at_the_server() -> void:
	var server := Ours.server()
	server.alpn_protocols = ["chess/1"]
	var client := Ours.client()
	client.alpn_protocols = ["go/1", "go/2"]
	var link := await _expect_refusal(_pair(server), client, "PEER_ALERT", "PROTOCOL_VERSION")
	_expect_detail(link.client, ["no_application_protocol", "120"])
	if not link.listens:
		_expect_detail(link.failed_peer(), ["ALPN"])


# Such a key shows only in silence: neither side can read the other's Finished. The time has to do for them to get that far.
func test_psk_rejected_at_both_sides() -> void:
	var server := TLSOptionsOpenSSL.server_psk({ "player": PSK.to_utf8_buffer() })
	server.handshake_timeout_ms = 2500
	var client := TLSOptionsOpenSSL.client_psk("player", PSK.reverse().to_utf8_buffer())
	client.handshake_timeout_ms = 2500
	await _expect_refusal(_pair(server), client, "PSK_REJECTED", "PSK_REJECTED")


func test_peer_restarted_at_the_server() -> void:
	var link := _pair()
	await link.establish()
	var port := link.client_udp.get_local_port()
	link.client_udp.close()
	link.replace_client()
	link.client_udp.bind(port, "127.0.0.1")
	link.connect_client()
	expect(await link.until(func() -> bool: return Names.status(link.accepted[0]) == "DISCONNECTED"), "the old one goes on")
	_expect_told(link.accepted[0], "PEER_RESTARTED")


func test_refused_at_the_server() -> void:
	var server := TLSOptionsOpenSSL.server_psk(func(_identity: String) -> Variant: return 42)
	var link := await _expect_refusal(_pair(server), _psk_client(), "PEER_ALERT", "REFUSED")
	_expect_detail(link.client, ["unknown_psk_identity", "115"])


# Nobody listens there.
func test_transport_at_the_client() -> void:
	var nobody := Socket.new()
	nobody.refuse()
	var udp := _udp_to(nobody.port)
	var options := Ours.client()
	options.retransmit_timeout_ms = 50
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", options)
	expect(await _ended(client), "still going on")
	_expect_told(client, "TRANSPORT")


func test_idle_timeout_at_the_client() -> void:
	var options := Ours.client()
	options.idle_timeout_ms = 1000
	var link := _pair()
	await link.establish("server.test", options)
	await link.until(func() -> bool: return link.client_status() != "CONNECTED")
	expect_equal(link.client_status(), "ERROR", "status")
	_expect_told(link.client, "IDLE_TIMEOUT")


func test_idle_timeout_at_the_server() -> void:
	var options := Ours.server()
	options.idle_timeout_ms = 1000
	var link := _pair(options)
	await link.establish()
	await link.until(func() -> bool: return link.server_status() != "CONNECTED")
	expect_equal(link.server_status(), "ERROR", "status")
	_expect_told(link.accepted[0], "IDLE_TIMEOUT")


# What the server has signed is not what arrives.
func test_broken_protocol_at_the_client() -> void:
	var link := _pair()
	_change_in_relay(link, Dtls.SERVER_KEY_EXCHANGE, _flip_a_bit_of_the_key)
	await _expect_refusal(link, Ours.client(), "INTERNAL", "PEER_ALERT")
	_expect_detail(link.client, ["signature"])
	_expect_detail(link.failed_peer(), ["decrypt_error", "51"])


# A key that says of itself that it is shorter than it is.
func test_broken_protocol_at_the_server() -> void:
	var link := _pair()
	_change_in_relay(link, Dtls.CLIENT_KEY_EXCHANGE, func(datagram: PackedByteArray, at: int) -> void: datagram[at] -= 1)
	await _expect_refusal(link, Ours.client(), "PEER_ALERT", "INTERNAL")
	_expect_detail(link.failed_peer(), ["length"])


# However many it refuses: the first one has a line.
func test_a_server_says_in_its_log_whom_it_refuses() -> void:
	_expect_one_line("certificate", "expired")
	_expect_one_line("psk", "server_psk")


func _pair(options: TLSOptionsOpenSSL = null) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	if options != null:
		expect_equal(link.setup(options), OK, "setup")
	return link


func _serving(certificate: String) -> Pair:
	return _pair(Ours.server(certificate))


static func _psk_client() -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.client_psk("player", PSK.to_utf8_buffer())


# Both sides fail, each with its reason.
func _expect_refusal(
	link: Pair, client: TLSOptionsOpenSSL, client_reason: String, server_reason: String, hostname: String = "server.test"
) -> Pair:
	expect_equal(link.connect_client(hostname, client), OK, "connect_to_peer")
	var have_ended := func() -> bool: return link.client_status() != "HANDSHAKING" and link.server_failure() != "NONE"
	expect(await link.until(have_ended), "client %s, server %s" % [link.client_status(), link.server_status()])
	_expect_told(link.client, client_reason)
	expect_equal(link.server_failure(), server_reason, "the server's reason")
	if link.failed_peer() != null:
		_expect_told(link.failed_peer(), server_reason)
	return link


# A server that asks for certificates refuses this one and says so to the client.
func _expect_client_refused(certificate: String, reason: String, alert_name: String, alert: int) -> void:
	var server := Ours.verifying_server()
	if reason == "CERTIFICATE_REVOKED":
		server.crl_pem = Fixtures.crl_pem("client_ca")
	var link := await _expect_refusal(_pair(server), Ours.client_with_identity(certificate), "PEER_ALERT", reason)
	_expect_detail(link.failed_peer(), ["CN=", "depth 0"])
	_expect_detail(link.client, [alert_name, str(alert)])


# A server in a process of its own refuses some clients by this means, and writes one line with this in it.
func _expect_one_line(means: String, part: String) -> void:
	var child := Child.new("refusing_server", ["by=" + means, "count=5"])
	expect_equal(child.result("REFUSED"), "5", "refused by " + means)
	var lines: PackedStringArray = []
	for line in child.log_lines():
		if "DTLS client" not in line:
			lines.append(line)
	if expect_equal(lines.size(), 1, "lines: %s" % " | ".join(lines)):
		expect(part in lines[0], lines[0])


func _expect_none(peer: PacketPeerDTLSOpenSSL, when: String) -> void:
	expect_equal(Names.failure(peer), "NONE", when)
	expect_equal(peer.get_failure_message() + peer.get_failure_detail(), "", when)


# The reason, one sentence for the player, and something for the developer.
func _expect_told(peer: PacketPeerDTLSOpenSSL, reason: String) -> void:
	expect_equal(Names.failure(peer), reason, "reason")
	var message := peer.get_failure_message()
	expect(not message.is_empty() and "\n" not in message, "message of %s: '%s'" % [reason, message])
	expect(not peer.get_failure_detail().is_empty(), "no detail of " + reason)


func _expect_detail(peer: PacketPeerDTLSOpenSSL, parts: PackedStringArray) -> void:
	for part in parts:
		expect(part in peer.get_failure_detail(), "no '%s' in '%s'" % [part, peer.get_failure_detail()])


func _ended(client: PacketPeerDTLSOpenSSL) -> bool:
	var has_ended := func() -> bool:
		client.poll()
		return Names.status(client) != "HANDSHAKING"
	return await until(has_ended)


static func _note_failure(status: int, client: int, seen: PackedStringArray) -> void:
	seen.append("%s %s" % [Names.STATUSES[status], Names.failure(instance_from_id(client))])


# Lets `change`, called with the datagram and where the body of the message begins in it, change each such message.
static func _change_in_relay(link: Pair, message: int, change: Callable) -> void:
	link.add_relay()
	link.relay.filter = func(datagram: PackedByteArray, _from_client: bool, _index: int) -> Array:
		var changed := datagram.duplicate()
		var at := Dtls.body_of(changed, message)
		if at >= 0:
			change.call(changed, at)
		return [changed]


# The body of both hellos begins with the version.
static func _set_version_to_1_0(datagram: PackedByteArray, at: int) -> void:
	datagram[at + 1] = 0xff


# The body is: type of curve (1 byte), curve (2), length of the key (1), key.
static func _flip_a_bit_of_the_key(datagram: PackedByteArray, at: int) -> void:
	datagram[at + 4] ^= 1


static func _udp_to(port: int) -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	return udp
