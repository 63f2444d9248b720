# A client that connects to a server. Prints `STATUS <status>`.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Pair := preload("res://harness/pair.gd")


func _run() -> void:
	allow(CASE_SECONDS)
	var link := Pair.new(self, ColumnOurs.new())
	link.connect_client()
	print("STATUS ", await link.client_outcome())
	quit()
