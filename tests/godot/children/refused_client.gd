# A client that refuses the server's certificate. Prints `STATUS <status>`.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Pair := preload("res://harness/pair.gd")


func _run() -> void:
	allow(CASE_SECONDS)
	var link := Pair.new(self, ColumnOurs.new())
	link.connect_client("server.test", TLSOptionsOpenSSL.client(Fixtures.certificate("other_ca")))
	print("STATUS ", await link.client_outcome())
	quit()
