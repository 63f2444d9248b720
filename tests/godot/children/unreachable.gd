# Sockets that refuse, for real: the route to this machine is taken away and given back. Meant for a network namespace of its
# own. Prints `SESSION`, `SENT`, `ERRORS`, `AFTERWARDS` of a session; `HANDSHAKE` and `SHORT` of handshakes.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Ours := preload("res://harness/ours.gd")
const Pair := preload("res://harness/pair.gd")
const ADDRESS := "127.0.0.1"


func _run() -> void:
	allow(60.0)
	_ip(["link", "set", "lo", "up"])
	await _interrupt_session()
	print("HANDSHAKE ", await _interrupted_handshake(1000))
	print("SHORT ", await _interrupted_handshake(2))
	quit()


func _interrupt_session() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	_take_route_away()
	var sent: PackedStringArray = []
	for number in 10:
		sent.append(Names.error(link.client.put_packet(PackedByteArray([number]))))
		sent.append(Names.error(link.accepted[0].put_packet(PackedByteArray([number]))))
		link.poll()
	print("SESSION %s %s" % [link.client_status(), link.server_status()])
	print("SENT %s %d" % [sent[0], sent.count(sent[0])])
	print("ERRORS %d %d" % [_socket_errors(link.client), _socket_errors(link.accepted[0])])
	_give_route_back()
	print("AFTERWARDS ", await link.is_alive())


# What becomes of a client whose first so many retransmissions the socket refuses.
func _interrupted_handshake(refused: int) -> String:
	var link := Pair.new(self, ColumnOurs.new())
	var options := Ours.client()
	options.retransmit_timeout_ms = 100
	link.connect_client("server.test", options)
	_take_route_away()
	var client := link.client
	var has_come_to_it := func() -> bool:
		client.poll()
		return Names.status(client) != "HANDSHAKING" or _socket_errors(client) >= refused
	await until(has_come_to_it, 10.0)
	_give_route_back()
	await link.until(func() -> bool: return Names.status(client) != "HANDSHAKING", 10.0)
	return "%s %s %d" % [Names.status(client), Names.failure(client), _socket_errors(client)]


static func _socket_errors(peer: PacketPeerDTLSOpenSSL) -> int:
	return peer.get_statistics().socket_errors


func _take_route_away() -> void:
	_ip(["route", "replace", "table", "local", "unreachable", ADDRESS])


func _give_route_back() -> void:
	_ip(["route", "delete", "table", "local", "unreachable", ADDRESS])


func _ip(arguments: PackedStringArray) -> void:
	if OS.execute("ip", arguments) != 0:
		printerr("ip %s has failed" % " ".join(arguments))
