# A DTLS server and one client on loopback, each of either implementation, with a relay between them if wanted.
# Nothing advances by itself: `poll` is what a game does in _process, `until` does it in every frame.
#
# Our server's clients come in as `entrance.gd` says.
extends RefCounted

const Column := preload("res://harness/column.gd")
const Entrance := preload("res://harness/entrance.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Relay := preload("res://harness/relay.gd")
const Suite := preload("res://harness/suite.gd")

# Where UDP sources show up, unless our server has a socket of its own.
var listener: UDPServer:
	get:
		return entrance.udp_server
	set(udp_server):
		entrance.udp_server = udp_server
var entrance: Entrance
# The DTLS server that takes them.
var server: RefCounted
# The server's peers: those that were alive when they were taken. The status of all the others is in `turned_away`.
var accepted: Array[PacketPeer] = []
var turned_away: PackedStringArray = []
# Those of our peers that had failed when they were taken, and not for want of a cookie.
var refused: Array[PacketPeer] = []
var client: PacketPeer
var client_udp := PacketPeerUDP.new()
var relay: Relay
# Our server has a socket of its own.
var listens: bool:
	get:
		return entrance.is_servers_own
var port: int:
	get:
		return entrance.port(server)

var _suite: Suite
var _client_column: Column


func _init(
	suite: Suite,
	server_column: Column,
	client_column: Column = server_column,
	new_entrance := Entrance.new(),
) -> void:
	_suite = suite
	_client_column = client_column
	entrance = new_entrance if server_column.name == "ours" else Entrance.new(false)
	server = server_column.make_server()
	client = client_column.make_peer()
	setup(server_column.server_options(Fixtures.key("server"), Fixtures.certificate("server")))
	entrance.open(server)


# Gives the server other options: before anything has been connected, in the engine's case by a new server object.
func setup(options: RefCounted) -> Error:
	if server.is_class("DTLSServer"):
		server = ClassDB.instantiate(&"DTLSServer")
	return server.setup(options)


# Puts a relay between. Before `connect_client`.
func add_relay() -> void:
	relay = Relay.new(port)


# Begins the handshake. By default with full verification against the server's own root.
func connect_client(hostname: Variant = "server.test", options: RefCounted = null) -> Error:
	client_udp.connect_to_host("127.0.0.1", port if relay == null else relay.port)
	if options == null:
		options = _client_column.client_options(Fixtures.certificate("ca"))
	return client.connect_to_peer(client_udp, hostname, options)


# What a game does in one frame, server first.
func poll() -> void:
	accept()
	for peer in accepted:
		peer.poll()
	if relay != null:
		relay.poll()
	client.poll()


# Takes everything that is new at the server.
func accept() -> void:
	entrance.poll(server)
	take()


# The same without a poll.
func take() -> void:
	for peer in entrance.take(server):
		_add(peer)


# Polls in every frame until `condition` is true.
func until(condition: Callable, seconds: float = 5.0) -> bool:
	var poll_and_ask := func() -> bool:
		poll()
		return condition.call()
	return await _suite.until(poll_and_ask, seconds)


# Connects and waits until both sides are CONNECTED.
func establish(hostname: Variant = "server.test", options: RefCounted = null) -> bool:
	var known := accepted.size()
	if connect_client(hostname, options) != OK:
		return false
	return await until(func() -> bool: return accepted.size() > known and is_connected_both_ways())


# The same with a new client, on a port of its own. The one before is left as it is, and is no longer polled.
func establish_another(hostname: Variant = "server.test", options: RefCounted = null) -> bool:
	replace_client()
	return await establish(hostname, options)


# Puts a new client in the place of the one before.
func replace_client() -> void:
	client = _client_column.make_peer()
	client_udp = PacketPeerUDP.new()


func is_connected_both_ways() -> bool:
	return client_status() == "CONNECTED" and server_status() == "CONNECTED"


func client_status() -> String:
	return Names.status(client)


# The first of our server's peers that has failed. Null if none has.
func failed_peer() -> PacketPeer:
	for peer: PacketPeer in accepted + refused:
		if Names.failure(peer) != "NONE":
			return peer
	return null


# Why our server's first connection has failed that did. "NONE": none has. A server that listens hands out no connection that
# fails with the first message.
func server_failure() -> String:
	var reasons: Dictionary = server.get_statistics().refused
	if failed_peer() == null and listens and not reasons.is_empty():
		return str(reasons.keys()[0]).trim_prefix("FAILURE_")
	return "NONE" if failed_peer() == null else Names.failure(failed_peer())


# The status of the peer that was accepted last.
func server_status() -> String:
	return Names.status(null if accepted.is_empty() else accepted[-1])


# Waits until the client's handshake has ended one way or the other, and says how.
func client_outcome(seconds: float = 10.0) -> String:
	await until(func() -> bool: return client_status() != "HANDSHAKING", seconds)
	return client_status()


# Sends from `sender` and waits for what the other one receives; empty if nothing came.
func exchange(sender: PacketPeer, receiver: PacketPeer, payload: PackedByteArray) -> PackedByteArray:
	if sender.put_packet(payload) != OK:
		return PackedByteArray()
	await until(func() -> bool: return Names.status(receiver) != "CONNECTED" or receiver.get_available_packet_count() > 0)
	return receiver.get_packet()


# True if data goes both ways.
func is_alive() -> bool:
	var there := "to the server".to_utf8_buffer()
	var back := "to the client".to_utf8_buffer()
	if server_status() != "CONNECTED" or await exchange(client, accepted[-1], there) != there:
		return false
	return await exchange(accepted[-1], client, back) == back


func _add(peer: PacketPeer) -> void:
	if Names.status(peer) in ["HANDSHAKING", "CONNECTED"]:
		accepted.append(peer)
		return
	turned_away.append(Names.status(peer))
	if peer is PacketPeerDTLSOpenSSL and Names.failure(peer) != "COOKIE_EXCHANGE":
		refused.append(peer)
