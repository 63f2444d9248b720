# Uses every kind of secret, rightly and wrongly, with a log that writes all it can. The secrets are texts that the suite
# knows. Prints `CONNECTED <connections>` and `REFUSED <wrong secrets that were not taken>`.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")

var _secret := Arguments.value("secret")
var _connected := 0
var _refused := 0


func _run() -> void:
	allow(CASE_SECONDS)
	await _use_certificates()
	await _use_pre_shared_keys()
	_use_wrong_ones()
	print("CONNECTED %d" % _connected)
	print("REFUSED %d" % _refused)
	quit()


# Twice: the second is resumed.
func _use_certificates() -> void:
	var server := TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("server"), Fixtures.certificate_pem("server"), _secret)
	server.ticket_key = _secret.to_utf8_buffer()
	server.cookie_secret = _secret.to_utf8_buffer()
	var link := Pair.new(self, ColumnOurs.new())
	link.setup(server)
	for number in 2:
		_connected += int(await link.establish_another("server.test", TLSOptionsOpenSSL.client(Fixtures.certificate("ca"))))
	link.client.export_keying_material(_secret, 32)


# With the right key, with a wrong one, and with one that the script does not know.
func _use_pre_shared_keys() -> void:
	var key := _secret.to_utf8_buffer()
	for lookup: Callable in [func(_identity: String) -> Variant: return key, func(_identity: String) -> Variant: return _secret]:
		for client_key: PackedByteArray in [key, ("another " + _secret).to_utf8_buffer()]:
			var link := Pair.new(self, ColumnOurs.new())
			var server := TLSOptionsOpenSSL.server_psk(lookup)
			var client := TLSOptionsOpenSSL.client_psk("player", client_key)
			if client_key != key:
				# It fails only when its time is up.
				server.handshake_timeout_ms = 2500
				client.handshake_timeout_ms = 2500
			link.setup(server)
			link.connect_client("server.test", client)
			_connected += int(await link.client_outcome() == "CONNECTED")


func _use_wrong_ones() -> void:
	var long := _secret.repeat(20).to_utf8_buffer()
	var options := Ours.server()
	for property: String in ["ticket_key", "cookie_secret"]:
		_refused += int(options.call("set_" + property, long) != OK)
	var pem := "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n" % Marshalls.utf8_to_base64(_secret)
	for server: TLSOptionsOpenSSL in [
		TLSOptionsOpenSSL.server_psk({ "player": long }),
		TLSOptionsOpenSSL.server_psk({ "player": _secret }),
		TLSOptionsOpenSSL.server_psk({ _secret.to_utf8_buffer(): "player" }),
		TLSOptionsOpenSSL.server_psk(_secret),
		TLSOptionsOpenSSL.server_from_pem(pem, Fixtures.certificate_pem("server")),
		TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("encrypted"), Fixtures.certificate_pem("server"), _secret),
	]:
		_refused += int(DTLSServerOpenSSL.new().setup(server) != OK)
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", 9)
	var client := TLSOptionsOpenSSL.client_psk("player", long)
	_refused += int(PacketPeerDTLSOpenSSL.new().connect_to_peer(udp, "server.test", client) != OK)
