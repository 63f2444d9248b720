# A server that refuses clients: their certificate has expired, or its lookup of pre-shared keys gives something else.
# Arguments: by=certificate or by=psk, count=<clients>. Prints `REFUSED <connections of the server that failed for that>`.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const PSK := "0123456789abcdef"


func _run() -> void:
	allow(30.0)
	var is_psk := Arguments.value("by") == "psk"
	var client := TLSOptionsOpenSSL.client_psk("player", PSK.to_utf8_buffer())
	var server := TLSOptionsOpenSSL.server_psk(func(_identity: String) -> Variant: return 42)
	if not is_psk:
		client = Ours.client_with_identity("client_expired")
		server = Ours.verifying_server()
	var link := Pair.new(self, ColumnOurs.new())
	link.setup(server)
	var refused := 0
	for number in int(Arguments.value("count")):
		link.replace_client()
		link.connect_client("server.test", client)
		await link.until(func() -> bool: return link.accepted.size() > number and link.server_status() == "ERROR")
		refused += 1 if Names.failure(link.accepted[-1]) == ("REFUSED" if is_psk else "CERTIFICATE_EXPIRED") else 0
	print("REFUSED %d" % refused)
	quit()
