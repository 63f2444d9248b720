# Clients that begin their handshakes with one server at the same moment, all in this process.
extends RefCounted

const Fixtures := preload("res://harness/fixtures.gd")

var server := DTLSServerOpenSSL.new()
var peers: Array[PacketPeerDTLSOpenSSL] = []
var clients: Array[PacketPeerDTLSOpenSSL] = []

var _listener := UDPServer.new()
var _options: TLSOptionsOpenSSL


static func server_options() -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.server(Fixtures.key("server"), Fixtures.certificate("server"))


func _init(count: int, options: TLSOptionsOpenSSL = server_options()) -> void:
	_options = options
	_listener.max_pending_connections = 1024
	_listener.listen(0, "127.0.0.1")
	setup()
	for index in count:
		var udp := PacketPeerUDP.new()
		udp.connect_to_host("127.0.0.1", _listener.get_local_port())
		var client := PacketPeerDTLSOpenSSL.new()
		client.connect_to_peer(udp, "server.test", TLSOptionsOpenSSL.client(Fixtures.certificate("ca")))
		clients.append(client)


func setup() -> Error:
	return server.setup(_options)


# What a game does in one frame.
func poll() -> void:
	_listener.poll()
	while _listener.is_connection_available():
		var peer := server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			peers.append(peer)
	poll_peers()


# The same for those who have come.
func poll_peers() -> void:
	_listener.poll()
	for peer: PacketPeerDTLSOpenSSL in peers + clients:
		peer.poll()


func connected_clients() -> int:
	return clients.filter(_is_connected).size()


func connected_peers() -> int:
	return peers.filter(_is_connected).size()


func _is_connected(peer: PacketPeerDTLSOpenSSL) -> bool:
	return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED
