# Clients that begin their handshakes with one server at the same moment, all in this process.
extends RefCounted

const Ours := preload("res://harness/ours.gd")

var server := DTLSServerOpenSSL.new()
var peers: Array[PacketPeerDTLSOpenSSL] = []
var clients: Array[PacketPeerDTLSOpenSSL] = []

var port: int:
	get:
		return _listener.get_local_port()

var _listener := UDPServer.new()
var _options: TLSOptionsOpenSSL


func _init(count: int, options := Ours.server(), client_options := Ours.client(), pending := 1024) -> void:
	_options = options
	_listener.max_pending_connections = pending
	_listener.listen(0, "127.0.0.1")
	setup()
	for index in count:
		var udp := PacketPeerUDP.new()
		udp.connect_to_host("127.0.0.1", _listener.get_local_port())
		var client := PacketPeerDTLSOpenSSL.new()
		client.connect_to_peer(udp, "server.test", client_options)
		clients.append(client)


func setup() -> Error:
	return server.setup(_options)


# What a game does in one frame.
func poll() -> void:
	accept()
	poll_peers()


# Takes those who come. Returns those who go on from here.
func accept() -> Array[PacketPeerDTLSOpenSSL]:
	var new: Array[PacketPeerDTLSOpenSSL] = []
	_listener.poll()
	while _listener.is_connection_available():
		var peer := server.take_connection(_listener.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			new.append(peer)
	peers.append_array(new)
	return new


# The same for those who have come.
func poll_peers() -> void:
	_listener.poll()
	for peer: PacketPeerDTLSOpenSSL in peers + clients:
		peer.poll()


# Lets the socket go that the peers have in common.
func stop_listening() -> void:
	_listener = UDPServer.new()


func connected_clients() -> int:
	return clients.filter(_is_connected).size()


func connected_peers() -> int:
	return peers.filter(_is_connected).size()


func _is_connected(peer: PacketPeerDTLSOpenSSL) -> bool:
	return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED
