# Clients that begin their handshakes with one server at the same moment, all in this process. They come in as `entrance.gd`
# says.
extends RefCounted

const Entrance := preload("res://harness/entrance.gd")
const Ours := preload("res://harness/ours.gd")

var server := DTLSServerOpenSSL.new()
var peers: Array[PacketPeerDTLSOpenSSL] = []
var clients: Array[PacketPeerDTLSOpenSSL] = []

var port: int:
	get:
		return entrance.port(server)
var entrance := Entrance.new()

var _options: TLSOptionsOpenSSL


func _init(count: int, options := Ours.server(), client_options := Ours.client(), pending := 1024) -> void:
	_options = options
	setup()
	entrance.open(server)
	entrance.widen(server, pending)
	for index in count:
		var udp := PacketPeerUDP.new()
		udp.connect_to_host("127.0.0.1", port)
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
	entrance.poll(server)
	return take()


# The same without a poll.
func take() -> Array[PacketPeerDTLSOpenSSL]:
	var new: Array[PacketPeerDTLSOpenSSL] = []
	for peer: PacketPeerDTLSOpenSSL in entrance.take(server):
		if peer.get_status() in [PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED]:
			new.append(peer)
	peers.append_array(new)
	return new


# What accept() does, for those who have come.
func poll_peers() -> void:
	entrance.poll(server)
	for peer: PacketPeerDTLSOpenSSL in peers + clients:
		peer.poll()


# Lets the socket go that the peers have in common.
func stop_listening() -> void:
	entrance.close(server)


func connected_clients() -> int:
	return clients.filter(_is_connected).size()


func connected_peers() -> int:
	return peers.filter(_is_connected).size()


func _is_connected(peer: PacketPeerDTLSOpenSSL) -> bool:
	return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED
