# Clients that show their cookie, send a fatal alert and are gone: as many connections of the server fail.
# Argument: count=<clients>. Prints `FAILED <connections of the server that ended with an error>`.
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Dtls := preload("res://harness/dtls.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")


func _run() -> void:
	allow(30.0)
	var count := int(Arguments.value("count"))
	var link := Pair.new(self, ColumnOurs.new())
	link.entrance.widen(link.server, 4096)
	var clients: Array[Socket] = []
	for number in count:
		clients.append(Socket.new(link.port))
		clients[-1].send(Dtls.client_hello(Dtls.random_of(number % 256)))
	await link.until(_shows_cookies.bind(link, clients), 10.0)
	for client in clients:
		client.send(Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE))
	var have_failed := func() -> bool: return link.accepted.all(_has_failed)
	await link.until(have_failed, 10.0)
	print("FAILED %d" % link.accepted.filter(_has_failed).size())
	quit()


# Answers each HelloVerifyRequest; true when the server has taken every client.
func _shows_cookies(link: Pair, clients: Array[Socket]) -> bool:
	for number in clients.size():
		for datagram in clients[number].receive():
			if Dtls.is_message(datagram, Dtls.HELLO_VERIFY_REQUEST):
				clients[number].send(Dtls.client_hello(Dtls.random_of(number % 256), Dtls.cookie_in(datagram)))
	return link.accepted.size() == clients.size()


func _has_failed(peer: PacketPeer) -> bool:
	return Names.status(peer) == "ERROR"
