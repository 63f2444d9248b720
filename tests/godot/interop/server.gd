# A DTLS server that sends back what it gets, for a client that is another program.
#
#     port=<number, 0 for any> key=<file> cert=<file>
#
# Prints LISTENING <port>, then RECEIVED <text> for each packet. Ends with 0 after the packet "quit", with 1 after 30 s.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const SECONDS := 30.0

var _udp := UDPServer.new()
var _dtls := DTLSServerOpenSSL.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []
var _elapsed := 0.0


func _initialize() -> void:
	var key := FileAccess.get_file_as_string(Arguments.value("key"))
	var certificate := FileAccess.get_file_as_string(Arguments.value("cert"))
	if _dtls.setup(TLSOptionsOpenSSL.server_from_pem(key, certificate)) != OK:
		return quit(1)
	if _udp.listen(Arguments.value("port").to_int(), "127.0.0.1") != OK:
		return quit(1)
	print("LISTENING %d" % _udp.get_local_port())


func _process(delta: float) -> bool:
	_elapsed += delta
	if _elapsed > SECONDS:
		quit(1)
	_udp.poll()
	while _udp.is_connection_available():
		var peer: PacketPeerDTLSOpenSSL = _dtls.take_connection(_udp.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)
	for peer in _peers:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			_answer(peer, peer.get_packet())
	return false


func _answer(peer: PacketPeerDTLSOpenSSL, packet: PackedByteArray) -> void:
	var text := packet.get_string_from_utf8().strip_edges()
	print("RECEIVED %s" % text)
	peer.put_packet(packet)
	if text == "quit":
		peer.disconnect_from_peer()
		quit(0)
