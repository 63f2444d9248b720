# Where clients come in to a DTLS server: through `udp_server`, or, with the user argument `listen`, through a socket of the
# server's own. It does not keep the server alive.
extends RefCounted

const Arguments := preload("res://harness/arguments.gd")

var udp_server := UDPServer.new()
# The server has a socket of its own.
var is_servers_own: bool


func _init(own := Arguments.has("listen")) -> void:
	is_servers_own = own


# On a free port, if none is given.
func open(server: RefCounted, at_port := 0, address := "127.0.0.1") -> Error:
	return polled(server).listen(at_port, address)


func port(server: RefCounted) -> int:
	return polled(server).get_local_port()


# Lets so many clients at once come in between two polls.
func widen(server: RefCounted, clients: int) -> void:
	polled(server).max_pending_connections = clients


# Whose poll() receives what has come.
func polled(server: RefCounted) -> RefCounted:
	return server if is_servers_own else udp_server


# Receives what has come.
func poll(server: RefCounted) -> void:
	if polled(server) != null:
		polled(server).poll()


# Takes all that is new, first contacts included. A server that is gone takes nobody.
func take(server: RefCounted) -> Array[PacketPeer]:
	var peers: Array[PacketPeer] = []
	while server != null and polled(server).is_connection_available():
		peers.append(server.take_connection() if is_servers_own else server.take_connection(udp_server.take_connection()))
	return peers


# Lets the socket go.
func close(server: RefCounted) -> void:
	if not is_servers_own:
		udp_server = UDPServer.new()
	elif server != null:
		server.stop()
