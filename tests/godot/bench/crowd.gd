# A DTLS server and its clients on loopback, all in this process, with full verification. Index for index, `clients` and
# `peers` are the two ends of a connection.
#
# This and the measurements beside it are written for the addon's classes. For the engine's they are the same text with
# other class names: see twin.gd.
extends RefCounted

const Dtls := preload("res://harness/dtls.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Relay := preload("res://harness/relay.gd")

const HANDSHAKE_USEC := 5_000_000
# RFC 5289 and RFC 7905.
const CIPHERS := {
	0xc02b: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
	0xc02c: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	0xc030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	0xcca8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	0xcca9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
}

var listener := UDPServer.new()
var clients: Array[PacketPeerDTLSOpenSSL] = []
var peers: Array[PacketPeerDTLSOpenSSL] = []

var server := DTLSServerOpenSSL.new()

var _client_options := TLSOptionsOpenSSL.client(Fixtures.certificate("ca"))
var _server_options: TLSOptionsOpenSSL


# The engine's options have no such property, and let it be.
func _init(certificate: String = "server", resumes: bool = false) -> void:
	listener.listen(0, "127.0.0.1")
	_client_options.set(&"session_resumption", resumes)
	_server_options = TLSOptionsOpenSSL.server(Fixtures.key(certificate), Fixtures.certificate(certificate))
	_configure()
	server.setup(_server_options)


# For those who want other options.
func _configure() -> void:
	pass


# Connects so many clients, one after the other. False if one of them failed.
func connect_clients(count: int) -> bool:
	for index in count:
		if not _connect_client():
			return false
	return true


# The cipher suite that a further client gets, read from the ServerHello on the wire: the engine's classes do not tell it.
func cipher() -> String:
	var relay := Relay.new(port())
	_connect_client(relay)
	for datagram in relay.from_server:
		if Dtls.is_message(datagram, Dtls.SERVER_HELLO):
			var body: PackedByteArray = Dtls.records(datagram)[0].body
			var at := Dtls.HANDSHAKE_HEADER + 2 + 32
			at += 1 + body[at] # session id
			var number := body[at] << 8 | body[at + 1]
			return CIPHERS.get(number, "0x%x" % number)
	return ""


func port() -> int:
	return listener.get_local_port()


# Takes what has come from all clients off the socket.
func receive() -> void:
	listener.poll()


# The connection that has come last. `known` if there is no new one.
func _take(known: PacketPeerDTLSOpenSSL) -> PacketPeerDTLSOpenSSL:
	while listener.is_connection_available():
		var taken := server.take_connection(listener.take_connection())
		if taken.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			known = taken
	return known


func _connect_client(relay: Relay = null) -> bool:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port() if relay == null else relay.port)
	var client := PacketPeerDTLSOpenSSL.new()
	if client.connect_to_peer(udp, "server.test", _client_options) != OK:
		return false
	var peer: PacketPeerDTLSOpenSSL = null
	var end := Time.get_ticks_usec() + HANDSHAKE_USEC
	while Time.get_ticks_usec() < end:
		if relay != null:
			relay.poll()
		receive()
		peer = _take(peer)
		if peer != null:
			peer.poll()
		client.poll()
		if (client.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED and peer != null
				and peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED):
			clients.append(client)
			peers.append(peer)
			return true
	return false
