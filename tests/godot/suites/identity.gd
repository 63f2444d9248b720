# Who each side proves to be: certificates of clients, several certificates of one server, revocation.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")


func test_server_does_not_ask_by_default() -> void:
	expect_equal(Ours.server().verify_client, TLSOptionsOpenSSL.VERIFY_NONE, "default")
	var link := await _established(Ours.server(), Ours.client_with_identity())
	_expect_nobody(link.accepted[0])


func test_optional_certificate_that_is_not_there() -> void:
	var link := await _established(Ours.verifying_server(TLSOptionsOpenSSL.VERIFY_OPTIONAL), Ours.client())
	_expect_nobody(link.accepted[0])


func test_optional_certificate() -> void:
	var server := Ours.verifying_server(TLSOptionsOpenSSL.VERIFY_OPTIONAL)
	var link := await _established(server, Ours.client_with_identity())
	_expect_somebody(link.accepted[0], "client", "CN=player")


func test_optional_certificate_is_refused_if_it_is_bad() -> void:
	var server := Ours.verifying_server(TLSOptionsOpenSSL.VERIFY_OPTIONAL)
	await _expect_refused(server, Ours.client_with_identity("client_expired"), "CERTIFICATE_EXPIRED")


func test_required_certificate() -> void:
	var link := await _established(Ours.verifying_server(), Ours.client_with_identity())
	_expect_somebody(link.accepted[0], "client", "CN=player")


func test_authority_of_clients_as_pem() -> void:
	var server := Ours.server()
	server.verify_client = TLSOptionsOpenSSL.VERIFY_REQUIRED
	server.client_ca_pem = Fixtures.certificate_pem("client_ca")
	var link := await _established(server, Ours.client_with_identity())
	_expect_somebody(link.accepted[0], "client", "CN=player")


func test_identity_as_pem() -> void:
	var client := Ours.client()
	expect_equal(client.set_identity_pem(Fixtures.key_pem("client"), Fixtures.certificate_pem("client")), OK, "set")
	var link := await _established(Ours.verifying_server(), client)
	_expect_somebody(link.accepted[0], "client", "CN=player")


func test_identity_with_an_encrypted_key() -> void:
	var client := Ours.client()
	var certificate := Fixtures.certificate_pem("client")
	expect_equal(client.set_identity_pem(Fixtures.key_pem("client_encrypted"), certificate, "open sesame"), OK, "set")
	await _established(Ours.verifying_server(), client)


func test_identity_with_a_chain() -> void:
	var client := Ours.client()
	expect_equal(client.set_identity_pem(Fixtures.key_pem("client"), Fixtures.certificate_pem("client_chain")), OK, "set")
	var link := await _established(Ours.verifying_server(), client)
	_expect_somebody(link.accepted[0], "client_leaf", "CN=player")


func test_refused_identity_keeps_the_one_before() -> void:
	var client := Ours.client_with_identity()
	var key := Fixtures.key_pem("client_encrypted")
	var certificate := Fixtures.certificate_pem("client")
	expect_equal(client.set_identity_pem(key, certificate), ERR_INVALID_PARAMETER, "no passphrase")
	expect_equal(client.set_identity_pem(key, certificate, "open barley"), ERR_INVALID_PARAMETER, "wrong passphrase")
	expect_equal(client.set_identity_pem("no key", certificate), ERR_INVALID_PARAMETER, "no key")
	expect_equal(client.set_identity_pem(Fixtures.key_pem("client"), ""), ERR_INVALID_PARAMETER, "no certificate")
	expect_equal(client.set_identity(Fixtures.key("other"), Fixtures.certificate("client")), ERR_INVALID_PARAMETER, "pair")
	expect_equal(client.set_identity(null, null), ERR_INVALID_PARAMETER, "null")
	await _established(Ours.verifying_server(), client)


func test_identity_is_a_clients() -> void:
	var server := Ours.server()
	var identity := Fixtures.certificate("client")
	expect_equal(server.set_identity(Fixtures.key("client"), identity), ERR_INVALID_PARAMETER, "set_identity")
	var pem := Fixtures.certificate_pem("client")
	expect_equal(server.set_identity_pem(Fixtures.key_pem("client"), pem), ERR_INVALID_PARAMETER, "set_identity_pem")
	expect_equal(server.get_fingerprint_sha256(), Fixtures.fingerprint("server"), "the server's own")


func test_own_identity_is_known() -> void:
	var client := Ours.client_with_identity()
	expect_equal(client.get_fingerprint_sha256(), Fixtures.fingerprint("client"), "fingerprint")
	expect_equal(Fixtures.fingerprint_of(client.get_certificate_pem()), Fixtures.fingerprint("client"), "certificate")
	expect("PRIVATE KEY" in client.get_key_pem(), "no key")
	var nobody := Ours.client()
	expect_equal(nobody.get_fingerprint_sha256() + nobody.get_certificate_pem() + nobody.get_key_pem(), "", "without one")


func test_client_knows_the_server() -> void:
	var link := _pair(Ours.server())
	_expect_nobody(link.client)
	await link.establish()
	_expect_somebody(link.client, "server", "CN=common.test")


func test_verified_clients_need_an_authority() -> void:
	for verify: TLSOptionsOpenSSL.VerifyClient in [TLSOptionsOpenSSL.VERIFY_OPTIONAL, TLSOptionsOpenSSL.VERIFY_REQUIRED]:
		var server := Ours.server()
		server.verify_client = verify
		expect_equal(DTLSServerOpenSSL.new().setup(server), ERR_INVALID_PARAMETER, "setup")


func test_revocation_list_lets_others_pass() -> void:
	var server := Ours.verifying_server()
	server.crl_pem = Fixtures.crl_pem("client_ca")
	var client := Ours.client_with_identity()
	client.crl_pem = Fixtures.crl_pem("ca")
	await _established(server, client)


# Without the list of its authority nobody can say whether a certificate was revoked.
func test_revocation_list_of_another_authority_trusts_nobody() -> void:
	var server := Ours.verifying_server()
	server.crl_pem = Fixtures.crl_pem("ca")
	await _expect_refused(server, Ours.client_with_identity(), "CERTIFICATE_UNTRUSTED")


func test_server_refuses_a_revoked_client() -> void:
	await _established(Ours.verifying_server(), Ours.client_with_identity("client_revoked"))
	var server := Ours.verifying_server()
	server.crl_pem = Fixtures.crl_pem("client_ca")
	await _expect_refused(server, Ours.client_with_identity("client_revoked"), "CERTIFICATE_REVOKED")


func test_client_refuses_a_revoked_server() -> void:
	await _established(Ours.server("revoked"), Ours.client())
	var client := Ours.client()
	client.crl_pem = Fixtures.crl_pem("ca")
	var link := _pair(Ours.server("revoked"))
	link.connect_client("server.test", client)
	await link.client_outcome()
	expect_equal(Names.failure(link.client), "CERTIFICATE_REVOKED", "reason")


func test_each_host_has_its_certificate() -> void:
	await _expect_served("second.test", "second")
	await _expect_served("SECOND.Test", "second")
	await _expect_served("server.test", "server")


func test_wildcard_stands_for_one_label() -> void:
	await _expect_served("one.second.test", "second_wildcard")
	await _expect_served("two.one.second.test", "server")


func test_unknown_host_gets_the_servers_own_certificate() -> void:
	await _expect_served("elsewhere.test", "server")


# An address is not sent as a server name.
func test_address_gets_the_servers_own_certificate() -> void:
	await _expect_served("127.0.0.1", "server")


func test_certificate_of_a_host_is_verified() -> void:
	var link := _pair(_with_hosts())
	expect(await link.establish("second.test"), "second.test: " + link.client.get_failure_detail())
	expect(await link.establish_another("one.second.test"), "wildcard: " + link.client.get_failure_detail())
	link.replace_client()
	link.connect_client("two.one.second.test")
	await link.client_outcome()
	expect_equal(Names.failure(link.client), "HOSTNAME_MISMATCH", "reason")


func test_the_same_host_again_replaces_its_certificate() -> void:
	var options := _with_hosts()
	var certificate := Fixtures.certificate_pem("revoked")
	expect_equal(options.add_server_name("second.test", Fixtures.key_pem("server"), certificate), OK, "again")
	await _expect_served("second.test", "revoked", options)


func test_refused_server_name_keeps_the_one_before() -> void:
	var options := _with_hosts()
	var key := Fixtures.key_pem("second")
	var certificate := Fixtures.certificate_pem("second")
	expect_equal(options.add_server_name("second.test", Fixtures.key_pem("other"), certificate), ERR_INVALID_PARAMETER, "pair")
	expect_equal(options.add_server_name("second.test", key, "no certificate"), ERR_INVALID_PARAMETER, "no certificate")
	expect_equal(options.add_server_name("", key, certificate), ERR_INVALID_PARAMETER, "no host")
	expect_equal(options.add_server_name("*", key, certificate), ERR_INVALID_PARAMETER, "any host")
	await _expect_served("second.test", "second", options)


func test_server_name_with_an_encrypted_key() -> void:
	var options := Ours.server("second", "second")
	var key := Fixtures.key_pem("encrypted")
	expect_equal(options.add_server_name("server.test", key, Fixtures.certificate_pem("server"), "open sesame"), OK, "add")
	await _expect_served("server.test", "server", options)


func test_server_names_are_a_servers() -> void:
	var error := Ours.client().add_server_name("second.test", Fixtures.key_pem("second"), Fixtures.certificate_pem("second"))
	expect_equal(error, ERR_INVALID_PARAMETER, "add_server_name")


func _pair(options: TLSOptionsOpenSSL) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(options), OK, "setup")
	return link


func _established(server: TLSOptionsOpenSSL, client: TLSOptionsOpenSSL) -> Pair:
	var link := _pair(server)
	expect(await link.establish("server.test", client), "not connected: " + link.client.get_failure_detail())
	return link


func _expect_refused(server: TLSOptionsOpenSSL, client: TLSOptionsOpenSSL, reason: String) -> void:
	var link := _pair(server)
	link.connect_client("server.test", client)
	if expect(await link.until(func() -> bool: return link.failed_peer() != null), "not refused"):
		expect_equal(Names.failure(link.failed_peer()), reason, "reason")


# A server of several hosts.
func _with_hosts() -> TLSOptionsOpenSSL:
	var options := Ours.server()
	var key := Fixtures.key_pem("second")
	expect_equal(options.add_server_name("second.test", key, Fixtures.certificate_pem("second")), OK, "second.test")
	expect_equal(options.add_server_name("*.second.test", key, Fixtures.certificate_pem("second_wildcard")), OK, "wildcard")
	return options


# A client that asks for this host is shown this certificate. It takes no other.
func _expect_served(hostname: String, certificate: String, server: TLSOptionsOpenSSL = _with_hosts()) -> void:
	var link := _pair(server)
	link.connect_client(hostname, TLSOptionsOpenSSL.client_pinned([Fixtures.fingerprint(certificate)]))
	await link.client_outcome()
	expect_equal(Names.failure(link.client), "NONE", hostname)
	expect_equal(link.client.get_peer_fingerprint_sha256(), Fixtures.fingerprint(certificate), hostname)


func _expect_somebody(peer: PacketPeerDTLSOpenSSL, certificate: String, subject: String) -> void:
	expect_equal(peer.get_peer_subject(), subject, "subject")
	expect_equal(peer.get_peer_fingerprint_sha256(), Fixtures.fingerprint(certificate), "fingerprint")
	var shown := peer.get_peer_certificate()
	if expect(shown != null, "no certificate"):
		expect_equal(Fixtures.fingerprint_of(shown.save_to_string()), Fixtures.fingerprint(certificate), "certificate")


func _expect_nobody(peer: PacketPeerDTLSOpenSSL) -> void:
	expect(peer.get_peer_certificate() == null, "a certificate")
	expect_equal(peer.get_peer_subject() + peer.get_peer_fingerprint_sha256(), "", "subject and fingerprint")
