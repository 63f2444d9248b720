# Sessions that are resumed by ticket, and those that must not be.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const PSK: PackedByteArray = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]


func test_second_connection_is_resumed() -> void:
	var link := await _connected_once()
	expect(not link.client.is_session_resumed() and not link.accepted[0].is_session_resumed(), "the first one already")
	await _expect_next(link, true)
	await _expect_next(link, true)
	expect(await link.is_alive(), "no data")


func test_client_object_that_connects_again_resumes() -> void:
	var link := await _connected_once()
	link.client.disconnect_from_peer()
	link.client_udp = PacketPeerUDP.new()
	expect(await link.establish("server.test", _client()), "not connected")
	expect(link.client.is_session_resumed(), "not resumed")


func test_client_can_do_without() -> void:
	var link := await _connected_once()
	var options := _client()
	options.session_resumption = false
	await _expect_next(link, false, options)
	await _expect_next(link, false, options)


func test_server_can_do_without() -> void:
	var server := Ours.server()
	server.session_resumption = false
	var link := await _connected_once(server)
	await _expect_next(link, false)


func test_server_that_goes_over_to_do_without() -> void:
	var link := await _connected_once()
	var server := Ours.server()
	server.session_resumption = false
	expect_equal(link.setup(server), OK, "setup")
	await _expect_next(link, false)


func test_setup_again_keeps_the_sessions() -> void:
	var link := await _connected_once()
	expect_equal(link.setup(Ours.server()), OK, "setup")
	await _expect_next(link, true)


# The tickets go on being taken, and the sessions know the certificate they began with.
func test_new_certificate_is_shown_to_new_clients_only() -> void:
	var link := await _connected_once()
	var first: PacketPeerDTLSOpenSSL = link.client
	var first_at_server := link.accepted[0]
	expect_equal(link.setup(Ours.server("rsa", "rsa")), OK, "setup")
	var anew := _client()
	anew.session_resumption = false
	await _expect_next(link, false, anew)
	expect_equal(link.client.get_peer_fingerprint_sha256(), Fixtures.fingerprint("rsa"), "certificate of a new session")
	await _expect_next(link, true)
	expect_equal(link.client.get_peer_fingerprint_sha256(), Fixtures.fingerprint("server"), "certificate of a resumed one")
	link.client = first
	link.accepted.append(first_at_server)
	expect(await link.is_alive(), "the first client has no data")


func test_another_server_object_resumes_nothing() -> void:
	var link := await _connected_once()
	link.server = ColumnOurs.new().make_server()
	expect_equal(link.setup(Ours.server()), OK, "setup")
	if link.listens:
		link.entrance.open(link.server)
	await _expect_next(link, false)


func test_ticket_key_before_is_taken_until_the_next_change() -> void:
	var link := await _connected_once(_with_ticket_key(1))
	expect_equal(link.setup(_with_ticket_key(2)), OK, "setup")
	await _expect_next(link, true)


func test_ticket_key_before_the_last_is_not_taken() -> void:
	var link := await _connected_once(_with_ticket_key(1))
	expect_equal(link.setup(_with_ticket_key(2)), OK, "setup")
	expect_equal(link.setup(_with_ticket_key(3)), OK, "setup")
	await _expect_next(link, false)


func test_client_of_a_change_gets_a_new_ticket() -> void:
	var link := await _connected_once(_with_ticket_key(1))
	for byte in range(2, 5):
		expect_equal(link.setup(_with_ticket_key(byte)), OK, "setup")
		await _expect_next(link, true)


func test_another_host_is_another_session() -> void:
	var link := await _connected_once()
	await _expect_next(link, false, _client(), "one.wild.test")
	await _expect_next(link, true, _client(), "server.test")
	await _expect_next(link, true, _client(), "one.wild.test")


# What a client has not verified it must not resume as if it had.
func test_session_of_an_unsafe_client_is_not_resumed_by_a_verifying_one() -> void:
	var link := _pair(Ours.server("self_signed"))
	expect(await link.establish("server.test", TLSOptionsOpenSSL.client_unsafe()), "not connected")
	link.replace_client()
	link.connect_client("server.test", _client())
	expect_equal(await link.client_outcome(), "ERROR", "client")


# Nor a client whom the server has not verified.
func test_session_of_an_unverified_client_is_not_resumed_by_a_verifying_server() -> void:
	var link := await _connected_once()
	expect_equal(link.setup(Ours.verifying_server()), OK, "setup")
	await _expect_next_refused(link, _client(), "PEER_CERTIFICATE_REQUIRED")


func test_client_of_an_optional_verification_is_not_resumed_by_a_required_one() -> void:
	var link := await _connected_once(Ours.verifying_server(TLSOptionsOpenSSL.VERIFY_OPTIONAL))
	expect_equal(link.setup(Ours.verifying_server()), OK, "setup")
	await _expect_next_refused(link, _client(), "PEER_CERTIFICATE_REQUIRED")


func test_revoked_client_does_not_come_back_by_ticket() -> void:
	var client := Ours.client_with_identity("client_revoked")
	var link := await _connected_once(Ours.verifying_server(), client)
	var server := Ours.verifying_server()
	server.crl_pem = Fixtures.crl_pem("client_ca")
	expect_equal(link.setup(server), OK, "setup")
	await _expect_next_refused(link, client, "CERTIFICATE_REVOKED")


func test_client_of_a_former_authority_does_not_come_back_by_ticket() -> void:
	var client := Ours.client_with_identity()
	var link := await _connected_once(Ours.verifying_server(), client)
	var server := Ours.verifying_server()
	server.client_ca = Fixtures.certificate("other_ca")
	expect_equal(link.setup(server), OK, "setup")
	await _expect_next_refused(link, client, "CHAIN_INCOMPLETE")


func test_resumed_session_knows_the_client() -> void:
	var client := Ours.client_with_identity()
	var link := await _connected_once(Ours.verifying_server(), client)
	await _expect_next(link, true, client)
	expect_equal(link.accepted[-1].get_peer_subject(), "CN=player", "subject")
	expect_equal(link.accepted[-1].get_peer_fingerprint_sha256(), Fixtures.fingerprint("client"), "fingerprint")


# As another player the client begins anew.
func test_another_identity_is_another_session() -> void:
	var server := Ours.verifying_server(TLSOptionsOpenSSL.VERIFY_OPTIONAL)
	var link := await _connected_once(server, Ours.client_with_identity())
	await _expect_next(link, false, _client())
	expect_equal(link.accepted[-1].get_peer_subject(), "", "subject")


func test_session_of_a_pinned_server_is_resumed() -> void:
	var host := TLSOptionsOpenSSL.server_self_signed("lobby")
	var client := TLSOptionsOpenSSL.client_pinned([host.get_fingerprint_sha256()])
	var link := await _connected_once(host, client)
	await _expect_next(link, true, client)


# A key that was taken away from a player must not live on in a ticket.
func test_psk_that_was_removed_does_not_come_back_by_ticket() -> void:
	var client := TLSOptionsOpenSSL.client_psk("player", PSK)
	var link := await _connected_once(TLSOptionsOpenSSL.server_psk({ "player": PSK }), client)
	var server := TLSOptionsOpenSSL.server_psk({ "spectator": PSK })
	# Enough to get as far as the keys: what comes after that fails only when the time is up.
	server.handshake_timeout_ms = 2500
	expect_equal(link.setup(server), OK, "setup")
	await _expect_next_refused(link, client, "PSK_REJECTED")


# A resumed handshake has one round trip fewer, and no certificate.
func test_resumed_handshake_is_short() -> void:
	var link := _pair(Ours.server())
	link.add_relay()
	await link.establish("server.test", _client())
	var bytes_of_full := _bytes_of_server(link)
	link.relay.forget()
	await _expect_next(link, true)
	expect(2 * _bytes_of_server(link) < bytes_of_full, "%d bytes, and %d before" % [_bytes_of_server(link), bytes_of_full])


func _pair(options: TLSOptionsOpenSSL) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(options), OK, "setup")
	return link


# New options each time, as scripts make them.
static func _client() -> TLSOptionsOpenSSL:
	return Ours.client()


static func _with_ticket_key(byte: int) -> TLSOptionsOpenSSL:
	var key := PackedByteArray()
	key.resize(32)
	key.fill(byte)
	var options := Ours.server()
	options.ticket_key = key
	return options


func _connected_once(server: TLSOptionsOpenSSL = Ours.server(), client: TLSOptionsOpenSSL = _client()) -> Pair:
	var link := _pair(server)
	expect(await link.establish("server.test", client), "not connected: " + link.client.get_failure_detail())
	return link


func _expect_next(
	link: Pair, is_resumed: bool, client: TLSOptionsOpenSSL = _client(), hostname: String = "server.test"
) -> void:
	if expect(await link.establish_another(hostname, client), "not connected again: " + link.client.get_failure_detail()):
		expect_equal(link.client.is_session_resumed(), is_resumed, "resumed at the client")
		expect_equal(link.accepted[-1].is_session_resumed(), is_resumed, "resumed at the server")


func _expect_next_refused(link: Pair, client: TLSOptionsOpenSSL, reason: String) -> void:
	var known := link.accepted.size()
	link.replace_client()
	link.connect_client("server.test", client)
	var has_ended := func() -> bool: return link.accepted.size() > known and link.server_status() not in ["HANDSHAKING"]
	expect(await link.until(has_ended), "still going on")
	expect_equal(link.server_status(), "ERROR", "server")
	expect_equal(Names.failure(link.accepted[-1]), reason, "reason")


static func _bytes_of_server(link: Pair) -> int:
	var bytes := 0
	for datagram in link.relay.from_server:
		bytes += datagram.size()
	return bytes
