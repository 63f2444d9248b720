# Keys and certificates on their way from a script into a session.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Pair := preload("res://harness/pair.gd")

var _ours := ColumnOurs.new()


# load("res://...") leaves the path in the resource: the whole chain is sent.
func test_chain_of_a_loaded_resource() -> void:
	var options := TLSOptions.server(Fixtures.key("server"), Fixtures.certificate("chain"))
	await _expect_outcome(options, _trusting("ca"), "CONNECTED")


# Godot does not give out more than the first certificate of a chain that came as a string.
func test_chain_of_a_string_is_its_leaf() -> void:
	await _expect_outcome(TLSOptions.server(Fixtures.key("server"), _from_string("chain")), _trusting("ca"), "ERROR")


func test_leaf_of_a_chain_of_a_string_is_served() -> void:
	var options := TLSOptions.server(Fixtures.key("server"), _from_string("chain"))
	await _expect_outcome(options, _trusting("intermediate"), "CONNECTED")


func test_chain_as_pem() -> void:
	var options := TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("server"), Fixtures.certificate_pem("chain"))
	await _expect_outcome(options, _trusting("ca"), "CONNECTED")


func test_key_and_chain_in_one_pem() -> void:
	var pem := Fixtures.key_pem("rsa") + Fixtures.certificate_pem("rsa_chain")
	await _expect_outcome(TLSOptionsOpenSSL.server_from_pem(pem, pem), _trusting("ca"), "CONNECTED")


func test_encrypted_key_with_its_passphrase() -> void:
	var pem := Fixtures.certificate_pem("server")
	var options := TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("encrypted"), pem, "open sesame")
	await _expect_outcome(options, _trusting("ca"), "CONNECTED")


func test_authority_as_pem() -> void:
	await _expect_client(TLSOptionsOpenSSL.client_from_pem(Fixtures.certificate_pem("ca")), "server.test", "CONNECTED")


func test_bundle_as_pem() -> void:
	await _expect_client(TLSOptionsOpenSSL.client_from_pem(Fixtures.certificate_pem("bundle")), "server.test", "CONNECTED")


func test_other_authority_as_pem() -> void:
	await _expect_client(TLSOptionsOpenSSL.client_from_pem(Fixtures.certificate_pem("other_ca")), "server.test", "ERROR")


func test_authority_as_pem_with_name_override() -> void:
	var options := TLSOptionsOpenSSL.client_from_pem(Fixtures.certificate_pem("ca"), "server.test")
	await _expect_client(options, "elsewhere.test", "CONNECTED")


func test_authority_that_is_loaded_after_the_options_were_made() -> void:
	# The project's own bundle has "ca" too: "other_ca" shows that it is not asked.
	var outcomes := { "ca": "CONNECTED", "other_ca": "ERROR" }
	for name: String in outcomes:
		var authority := X509Certificate.new()
		var options := TLSOptionsOpenSSL.client(authority)
		authority.load_from_string(Fixtures.certificate_pem(name))
		await _expect_client(options, "server.test", outcomes[name])


# Why a resource may be read once: Godot adds to one that is loaded again, and gives out what came first.
func test_authority_that_is_loaded_again_stays_the_first() -> void:
	for options_class: Object in [TLSOptions, TLSOptionsOpenSSL]:
		var authority := _from_string("ca")
		var options: RefCounted = options_class.client(authority)
		expect_equal(authority.load_from_string(Fixtures.certificate_pem("other_ca")), OK, "load_from_string")
		await _expect_client(options, "server.test", "CONNECTED")


# What the engine writes around and after a certificate does not matter.
func test_noise_around_pem() -> void:
	var pem := "Subject: a server\n" + Fixtures.certificate_pem("server") + "\n\uFFFD\n"
	var options := TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("server"), pem)
	await _expect_outcome(options, _trusting("ca"), "CONNECTED")


# To load into a CryptoKey again spoils it.
func test_options_are_a_snapshot() -> void:
	var key := CryptoKey.new()
	key.load_from_string(Fixtures.key_pem("server"))
	var certificate := _from_string("server")
	var link := Pair.new(self, _ours)
	expect_equal(link.setup(TLSOptions.server(key, certificate)), OK, "setup")
	key.load_from_string(Fixtures.key_pem("other"))
	expect(await link.establish(), "not connected after the key was changed")


func test_certificate_changes_while_sessions_live() -> void:
	var link := Pair.new(self, _ours)
	await link.establish()
	var renewed := _ours.server_options(Fixtures.key("rsa"), Fixtures.certificate("rsa"))
	expect_equal(link.server.setup(renewed), OK, "setup")
	expect(await link.is_alive(), "the session is dead")
	var first := link.client
	var options := TLSOptionsOpenSSL.client(Fixtures.certificate("ca"))
	# A session that is resumed goes on with the certificate that it began with.
	options.session_resumption = false
	expect(await link.establish_another("server.test", options), "the second client is not connected")
	expect(link.client.get_cipher_name().begins_with("TLS_ECDHE_RSA"), "the old certificate: " + link.client.get_cipher_name())
	first.poll()
	expect_equal(first.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "the first client")


func _trusting(authority: String) -> TLSOptions:
	return TLSOptions.client(Fixtures.certificate(authority))


static func _from_string(name: String) -> X509Certificate:
	var certificate := X509Certificate.new()
	certificate.load_from_string(Fixtures.certificate_pem(name))
	return certificate


# How a client with these options ends that connects to a server with those.
func _expect_outcome(server_options: RefCounted, client_options: RefCounted, outcome: String) -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.setup(server_options), OK, "setup")
	expect_equal(link.connect_client("server.test", client_options), OK, "connect_to_peer")
	expect_equal(await link.client_outcome(), outcome, "client")


func _expect_client(options: RefCounted, hostname: String, outcome: String) -> void:
	var link := Pair.new(self, _ours)
	expect_equal(link.connect_client(hostname, options), OK, "connect_to_peer")
	expect_equal(await link.client_outcome(), outcome, "client")
