# Sends bad datagrams to both ends of a living session, each with the other end's address.
# Argument: count=<datagrams each>. Prints `ALIVE true` if data goes both ways afterwards.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Pair := preload("res://harness/pair.gd")
# So many between two polls.
const BURST := 50


func _run() -> void:
	allow(100.0)
	var link := Pair.new(self, ColumnOurs.new())
	link.add_relay()
	await link.establish()
	var last: PackedByteArray = link.relay.from_client[-1]
	var datagrams: Array[PackedByteArray] = [
		"is anyone there?".to_utf8_buffer(),
		Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE),
		Dtls.client_hello(Dtls.random_of(1)),
		Dtls.record(Dtls.APPLICATION_DATA, Dtls.random_of(1), 1, 1 << 40),
		last,
	]
	for number in int(Arguments.value("count")):
		link.relay.send_to_server(datagrams[number % datagrams.size()])
		link.relay.send_to_client(datagrams[number % datagrams.size()])
		if number % BURST == 0:
			link.poll()
	print("ALIVE ", await link.is_alive())
	quit()
