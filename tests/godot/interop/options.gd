# Makes options from the arguments of a program:
#   key=<pem path> cert=<pem path>   the own certificate: a server's, or what a client shows if it is asked
#   ca=<pem path>                    whom to trust; with it a server asks its clients for a certificate
#   psk=<identity>:<key in hex>      in place of certificates
#   alpn=<protocol>,<protocol>
# and for servers:
#   host=<name> host_key=<pem path> host_cert=<pem path>
#   ticket_key=<hex> cookie_secret=<hex>
extends RefCounted

const Arguments := preload("res://harness/arguments.gd")


static func server() -> TLSOptionsOpenSSL:
	if _is_given("psk"):
		var psk := Arguments.value("psk").split(":")
		return TLSOptionsOpenSSL.server_psk({ psk[0]: psk[1].hex_decode() })
	var options := TLSOptionsOpenSSL.server_from_pem(_file("key"), _file("cert"))
	if _is_given("ca"):
		options.client_ca_pem = _file("ca")
		options.verify_client = TLSOptionsOpenSSL.VERIFY_REQUIRED
	if _is_given("host"):
		options.add_server_name(Arguments.value("host"), _file("host_key"), _file("host_cert"))
	options.ticket_key = Arguments.value("ticket_key").hex_decode()
	options.cookie_secret = Arguments.value("cookie_secret").hex_decode()
	options.alpn_protocols = _protocols()
	return options


static func client() -> TLSOptionsOpenSSL:
	if _is_given("psk"):
		var psk := Arguments.value("psk").split(":")
		return TLSOptionsOpenSSL.client_psk(psk[0], psk[1].hex_decode())
	var options := TLSOptionsOpenSSL.client_from_pem(_file("ca"))
	if _is_given("key"):
		options.set_identity_pem(_file("key"), _file("cert"))
	options.alpn_protocols = _protocols()
	return options


static func _is_given(argument: String) -> bool:
	return not Arguments.value(argument).is_empty()


static func _file(argument: String) -> String:
	return FileAccess.get_file_as_string(Arguments.value(argument))


static func _protocols() -> PackedStringArray:
	return Arguments.value("alpn").split(",", false)
