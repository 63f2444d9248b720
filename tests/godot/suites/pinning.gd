# Servers without an authority: pinned by fingerprint, with certificates that they make themselves.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")


func test_pinned_server_on_a_bare_address() -> void:
	await _expect_outcome(_host(), "127.0.0.1", "NONE")


func test_pinned_server_with_any_name() -> void:
	await _expect_outcome(_host(), "elsewhere.test", "NONE")


func test_another_server_is_refused() -> void:
	var options := TLSOptionsOpenSSL.client_pinned([_host().get_fingerprint_sha256()])
	await _expect_outcome(_host(), "127.0.0.1", "PIN_MISMATCH", options)


func test_any_of_several_pins() -> void:
	var host := _host()
	var pins: PackedStringArray = [Fixtures.fingerprint("server"), host.get_fingerprint_sha256()]
	await _expect_outcome(host, "127.0.0.1", "NONE", TLSOptionsOpenSSL.client_pinned(pins))


func test_pin_in_upper_case_with_colons() -> void:
	var host := _host()
	var bytes: PackedStringArray = []
	var pin := host.get_fingerprint_sha256().to_upper()
	for at in range(0, pin.length(), 2):
		bytes.append(pin.substr(at, 2))
	await _expect_outcome(host, "127.0.0.1", "NONE", TLSOptionsOpenSSL.client_pinned([":".join(bytes)]))


# The fingerprint alone decides.
func test_pinned_certificate_may_have_expired() -> void:
	var options := TLSOptionsOpenSSL.client_pinned([Fixtures.fingerprint("expired")])
	await _expect_outcome(Ours.server("expired"), "127.0.0.1", "NONE", options)


func test_pin_is_for_the_servers_own_certificate() -> void:
	var options := TLSOptionsOpenSSL.client_pinned([Fixtures.fingerprint("intermediate")])
	await _expect_outcome(Ours.server("chain"), "server.test", "PIN_MISMATCH", options)


func test_pins_that_are_none_are_refused() -> void:
	var short := Fixtures.fingerprint("server").left(62)
	for pins: PackedStringArray in [[], [""], [short], [short + "xy"], [Fixtures.fingerprint("server"), "none"]]:
		var options := TLSOptionsOpenSSL.client_pinned(pins)
		if expect(options != null, "no options"):
			_expect_refused_by_connect(options, str(pins))


func test_self_signed_certificate_is_as_asked_for() -> void:
	var host := TLSOptionsOpenSSL.server_self_signed("My lobby", ["lobby.test", "127.0.0.1"], 7)
	var certificate := X509Certificate.new()
	certificate.load_from_string(host.get_certificate_pem())
	var options := TLSOptionsOpenSSL.client(certificate)
	await _expect_outcome(host, "lobby.test", "NONE", options)
	await _expect_outcome(host, "127.0.0.1", "NONE", options)
	await _expect_outcome(host, "My lobby", "HOSTNAME_MISMATCH", options)
	var link := await _outcome(host, "lobby.test", options)
	expect_equal(link.client.get_peer_subject(), "CN=My lobby", "subject")
	expect_equal(link.client.get_peer_fingerprint_sha256(), host.get_fingerprint_sha256(), "fingerprint")


func test_self_signed_certificate_is_for_its_common_name_by_default() -> void:
	var host := TLSOptionsOpenSSL.server_self_signed("lobby.test")
	var options := TLSOptionsOpenSSL.client_from_pem(host.get_certificate_pem())
	await _expect_outcome(host, "lobby.test", "NONE", options)
	await _expect_outcome(host, "127.0.0.1", "HOSTNAME_MISMATCH", options)


func test_self_signed_certificate_can_be_kept() -> void:
	var host := _host()
	var kept := TLSOptionsOpenSSL.server_from_pem(host.get_key_pem(), host.get_certificate_pem())
	expect_equal(kept.get_fingerprint_sha256(), host.get_fingerprint_sha256(), "fingerprint")
	expect_equal(kept.get_key_pem(), host.get_key_pem(), "key")
	expect_equal(kept.get_certificate_pem(), host.get_certificate_pem(), "certificate")
	await _expect_outcome(kept, "127.0.0.1", "NONE", TLSOptionsOpenSSL.client_pinned([host.get_fingerprint_sha256()]))


func test_fingerprint_is_that_of_the_certificate() -> void:
	var host := _host()
	expect_equal(host.get_fingerprint_sha256(), Fixtures.fingerprint_of(host.get_certificate_pem()), "self-signed")
	expect_equal(Ours.server().get_fingerprint_sha256(), Fixtures.fingerprint("server"), "from a file")


func test_each_self_signed_certificate_is_another() -> void:
	expect(_host().get_fingerprint_sha256() != _host().get_fingerprint_sha256(), "the same fingerprint")
	expect(_host().get_key_pem() != _host().get_key_pem(), "the same key")


func test_certificates_that_cannot_be_made_are_refused() -> void:
	var impossible: Array[TLSOptionsOpenSSL] = [
		TLSOptionsOpenSSL.server_self_signed(""),
		TLSOptionsOpenSSL.server_self_signed("a".repeat(65)),
		TLSOptionsOpenSSL.server_self_signed("lobby", [""]),
		TLSOptionsOpenSSL.server_self_signed("lobby", [], 0),
		TLSOptionsOpenSSL.server_self_signed("lobby", [], 40000),
	]
	for options in impossible:
		if expect(options != null, "no options"):
			expect_equal(DTLSServerOpenSSL.new().setup(options), ERR_INVALID_PARAMETER, "setup")
			expect_equal(options.get_fingerprint_sha256() + options.get_key_pem(), "", "fingerprint and key")


static func _host() -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.server_self_signed("lobby")


# How a client ends that connects to that server; by default with the server's fingerprint.
func _outcome(server: TLSOptionsOpenSSL, hostname: String, client: TLSOptionsOpenSSL = null) -> Pair:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.setup(server), OK, "setup")
	if client == null:
		client = TLSOptionsOpenSSL.client_pinned([server.get_fingerprint_sha256()])
	expect_equal(link.connect_client(hostname, client), OK, "connect_to_peer")
	await link.client_outcome()
	return link


func _expect_outcome(server: TLSOptionsOpenSSL, hostname: String, reason: String, client: TLSOptionsOpenSSL = null) -> void:
	var link := await _outcome(server, hostname, client)
	expect_equal(Names.failure(link.client), reason, hostname)
	expect_equal(link.client_status() == "CONNECTED", reason == "NONE", hostname + ": connected")


func _expect_refused_by_connect(options: TLSOptionsOpenSSL, what: String) -> void:
	var link := Pair.new(self, ColumnOurs.new())
	expect_equal(link.connect_client("127.0.0.1", options), ERR_INVALID_PARAMETER, what)
