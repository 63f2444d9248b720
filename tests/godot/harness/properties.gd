# The properties of TLSOptionsOpenSSL: name to [default, another value that is possible, values that are not].
extends RefCounted

const Fixtures := preload("res://harness/fixtures.gd")
const KEY_LOG := "user://properties.keys"


# Of clients and servers.
static func common() -> Dictionary:
	return {
		"session_resumption": [true, false, []],
		"mtu": [1200, 600, [255, 4097, -1]],
		"strict_mtu": [false, true, []],
		"min_version": [0, 1, [2, -1]],
		"max_version": [0, 1, [2, -1]],
		"cipher_list": ["", "ECDHE+CHACHA20", ["nonsense", "AES128-SHA", "ECDHE-RSA-AES128-SHA"]],
		"groups": ["X25519:P-256:P-384:P-521", "P-384:P-256", ["", "nonsense"]],
		"security_level": [2, 3, [-1, 6]],
		"handshake_timeout_ms": [20000, 500, [99, 600001]],
		"retransmit_timeout_ms": [1000, 200, [49, 60001]],
		"idle_timeout_ms": [0, 5000, [-1, 999, 86400001]],
		"alpn_protocols": [PackedStringArray(), PackedStringArray(["chess/1"]), [_names(""), _names("a".repeat(256))]],
		"crl_pem": ["", Fixtures.crl_pem("ca"), ["no list", Fixtures.certificate_pem("ca")]],
		"key_log_path": ["", KEY_LOG, ["user://no/such/folder/keys.log"]],
	}


# Of servers alone.
static func of_servers() -> Dictionary:
	return {
		"verify_client": [0, 2, [3, -1]],
		"client_ca_pem": ["", Fixtures.certificate_pem("client_ca"), ["no certificate", Fixtures.key_pem("client")]],
		"ticket_key": [PackedByteArray(), _bytes(32), [_bytes(31), _bytes(256)]],
		"cookie_secret": [PackedByteArray(), _bytes(255), [_bytes(31), _bytes(256)]],
	}


static func _names(name: String) -> PackedStringArray:
	return [name]


static func _bytes(count: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(count)
	bytes.fill(7)
	return bytes
