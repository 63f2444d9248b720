# Prints `CLIENT <MTU of new options>`, `SERVER <the same>` and `ENGINE <bytes that fit a datagram with the engine's>`.
extends SceneTree

const Ours := preload("res://harness/ours.gd")


func _initialize() -> void:
	print("CLIENT ", Ours.client().mtu)
	print("SERVER ", Ours.server().mtu)
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", 9)
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_peer(udp, "server.test", TLSOptions.client_unsafe())
	print("ENGINE ", client.get_max_packet_size())
	quit()
