# How a client verifies a certificate, and what becomes of keys and certificates on the way from a script into a session.
# The server of the verification rows is the engine's own in both columns, because it sends whatever it is given.
extends "res://contract/part.gd"

const EngineColumn := preload("res://harness/column_engine.gd")

func rows() -> Dictionary:
	return {
		"name.dns": same("CONNECTED"),
		"name.dns_other_case": same("CONNECTED"),
		"name.dns_other": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"name.wildcard_one_label": same("CONNECTED"),
		"name.wildcard_two_labels": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"name.only_common_name_matches": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"name.common_name_beside_ip": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"name.common_name_alone": same("CONNECTED"),
		"name.ip": same("CONNECTED"),
		"name.ip_other": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"name.empty": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"name.trailing_dot": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"override.matches": same("CONNECTED"),
		"override.other": differs("ERROR", "ERROR_HOSTNAME_MISMATCH", "D1"),
		"override.with_default_store": same("CONNECTED"),
		"trust.default_store": same("CONNECTED"),
		"trust.chain_replaces_default_store": same("ERROR"),
		"trust.bundle": same("CONNECTED"),
		"trust.intermediate": same("CONNECTED"),
		"trust.issued_leaf": same("ERROR"),
		"trust.self_signed_leaf": same("CONNECTED"),
		"trust.self_signed_leaf_not_ca": same("CONNECTED"),
		"trust.empty_certificate": same("ERROR"),
		"unsafe.anything": same("CONNECTED"),
		"unsafe.chain_matches": same("CONNECTED"),
		"unsafe.chain_does_not": same("ERROR"),
		"leaf.missing_intermediate": same("ERROR"),
		"leaf.usage_client_only": same("ERROR"),
		"leaf.rsa_1024": same("ERROR"),
		"leaf.rsa_2048": same("CONNECTED"),
		"leaf.sha1": same("ERROR"),
		"leaf.expired": same("ERROR"),
		"leaf.not_yet_valid": same("ERROR"),
		"failure.at_server": same("ERROR"),
		"server.chain_from_file": same("CONNECTED"),
		"server.big_certificate": same("CONNECTED"),
		"server.generated": same("CONNECTED"),
		"server.padded_serial": differs("CONNECTED", "HANDSHAKING", "D19"),
		"server.rsa": same("CONNECTED"),
		"server.key_of_another_certificate": differs("ERROR", "HANDSHAKING", "D11"),
	}


func name_dns() -> String:
	return await _verify("server", "server.test", _trusting("ca"))


func name_dns_other_case() -> String:
	return await _verify("server", "SERVER.Test", _trusting("ca"))


func name_dns_other() -> String:
	return await _verify("server", "elsewhere.test", _trusting("ca"))


func name_wildcard_one_label() -> String:
	return await _verify("server", "one.wild.test", _trusting("ca"))


func name_wildcard_two_labels() -> String:
	return await _verify("server", "two.one.wild.test", _trusting("ca"))


func name_only_common_name_matches() -> String:
	return await _verify("server", "common.test", _trusting("ca"))


func name_common_name_beside_ip() -> String:
	return await _verify("ip", "server.test", _trusting("ca"))


func name_common_name_alone() -> String:
	return await _verify("common_name", "server.test", _trusting("ca"))


func name_ip() -> String:
	return await _verify("ip", "127.0.0.1", _trusting("ca"))


func name_ip_other() -> String:
	return await _verify("server", "127.0.0.1", _trusting("ca"))


func name_empty() -> String:
	return await _verify("server", "", _trusting("ca"))


func name_trailing_dot() -> String:
	return await _verify("server", "server.test.", _trusting("ca"))


func override_matches() -> String:
	var options := column.client_options(Fixtures.certificate("ca"), "server.test")
	return await _verify("server", "elsewhere.test", options)


func override_other() -> String:
	var options := column.client_options(Fixtures.certificate("ca"), "elsewhere.test")
	return await _verify("server", "server.test", options)


func override_with_default_store() -> String:
	return await _verify("server", "elsewhere.test", column.client_options(null, "server.test"))


func trust_default_store() -> String:
	return await _verify("server", "server.test", column.client_options())


func trust_chain_replaces_default_store() -> String:
	return await _verify("server", "server.test", _trusting("other_ca"))


# The second of two roots.
func trust_bundle() -> String:
	return await _verify("server", "server.test", _trusting("bundle"))


func trust_intermediate() -> String:
	return await _verify("leaf", "server.test", _trusting("intermediate"))


func trust_issued_leaf() -> String:
	return await _verify("server", "server.test", _trusting("server"))


func trust_self_signed_leaf() -> String:
	return await _verify("self_signed", "server.test", _trusting("self_signed"))


func trust_self_signed_leaf_not_ca() -> String:
	return await _verify("self_signed_not_ca", "server.test", _trusting("self_signed_not_ca"))


func trust_empty_certificate() -> String:
	return await _verify("server", "server.test", column.client_options(X509Certificate.new()))


func unsafe_anything() -> String:
	return await _verify("expired", "elsewhere.test", column.client_unsafe_options())


func unsafe_chain_matches() -> String:
	return await _verify("server", "elsewhere.test", column.client_unsafe_options(Fixtures.certificate("ca")))


func unsafe_chain_does_not() -> String:
	return await _verify("server", "server.test", column.client_unsafe_options(Fixtures.certificate("other_ca")))


func leaf_missing_intermediate() -> String:
	return await _verify("leaf", "server.test", _trusting("ca"))


func leaf_usage_client_only() -> String:
	return await _verify("client_only", "server.test", _trusting("ca"))


func leaf_rsa_1024() -> String:
	return await _verify("weak_rsa", "server.test", _trusting("ca"), "weak_rsa")


func leaf_rsa_2048() -> String:
	return await _verify("rsa", "server.test", _trusting("ca"), "rsa")


func leaf_sha1() -> String:
	return await _verify("sha1", "server.test", _trusting("ca"))


func leaf_expired() -> String:
	return await _verify("expired", "server.test", _trusting("ca"))


func leaf_not_yet_valid() -> String:
	return await _verify("not_yet_valid", "server.test", _trusting("ca"))


# The server is told by an alert.
func failure_at_server() -> String:
	var link := pair()
	link.connect_client("server.test", _trusting("other_ca"))
	await link.until(func() -> bool: return link.server_status() == "ERROR")
	return link.server_status()


func server_chain_from_file() -> String:
	return await _serve(Fixtures.key("server"), Fixtures.certificate("chain"), _trusting("ca"))


func server_big_certificate() -> String:
	return await _serve(Fixtures.key("server"), Fixtures.certificate("big"), _trusting("ca"))


# One of 512 has a serial number as in the next row.
func server_generated() -> String:
	var crypto := Crypto.new()
	var key := crypto.generate_rsa(2048)
	var certificate := crypto.generate_self_signed_certificate(key, "CN=server.test")
	while _has_padded_serial(certificate):
		certificate = crypto.generate_self_signed_certificate(key, "CN=server.test")
	return await _serve(key, certificate, column.client_options(certificate))


# Ours says so at setup(), and then serves nobody.
func server_padded_serial() -> String:
	return await _serve(Fixtures.key("rsa"), Fixtures.certificate("padded_serial"), _trusting("padded_serial"), 3.0)


func server_rsa() -> String:
	return await _serve(Fixtures.key("rsa"), Fixtures.certificate("rsa"), _trusting("ca"))


# Ours says so at setup(), and then serves nobody.
func server_key_of_another_certificate() -> String:
	return await _serve(Fixtures.key("other"), Fixtures.certificate("server"), _trusting("ca"), 3.0)


func _trusting(authority: String) -> RefCounted:
	return column.client_options(Fixtures.certificate(authority))


# How a client of this column ends that meets this certificate.
func _verify(certificate: String, hostname: String, options: RefCounted, key: String = "server") -> String:
	var engine := EngineColumn.new()
	var link := Pair.new(suite, engine, column)
	link.setup(engine.server_options(Fixtures.key(key), Fixtures.certificate(certificate)))
	link.connect_client(hostname, options)
	return await link.client_outcome()


# How a client ends with both sides of this column.
func _serve(key: CryptoKey, certificate: X509Certificate, options: RefCounted, seconds: float = 10.0) -> String:
	var link := Pair.new(suite, column)
	link.server = column.make_server()
	link.server.setup(column.server_options(key, certificate))
	if link.listens:
		link.entrance.open(link.server)
	link.connect_client("server.test", options)
	return await link.client_outcome(seconds)


# Version 3 stands before the serial number, of 20 bytes; DER has no zero in front of a byte below 128.
static func _has_padded_serial(certificate: X509Certificate) -> bool:
	var lines := certificate.save_to_string().split("\n")
	var der := Marshalls.base64_to_raw("".join(lines.slice(1, lines.find("-----END CERTIFICATE-----"))))
	return der[15] == 0 and der[16] < 128
