# What crowd.gd is, without DTLS: the floor.
extends RefCounted

var listener := UDPServer.new()
var clients: Array[PacketPeerUDP] = []
var peers: Array[PacketPeerUDP] = []


func _init() -> void:
	listener.listen(0, "127.0.0.1")


func connect_clients(count: int) -> bool:
	for index in count:
		var client := PacketPeerUDP.new()
		client.connect_to_host("127.0.0.1", listener.get_local_port())
		client.put_packet(PackedByteArray([1]))
		listener.poll()
		if not listener.is_connection_available():
			return false
		var peer := listener.take_connection()
		peer.get_packet()
		clients.append(client)
		peers.append(peer)
	return true
