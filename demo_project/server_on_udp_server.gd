# The same server on the engine's UDPServer, as it is written for the engine's DTLSServer.
extends "res://server.gd"

var _server := UDPServer.new()


func start(key: CryptoKey, certificate: X509Certificate) -> void:
	var error := _dtls.setup(TLSOptionsOpenSSL.server(key, certificate))
	if error == OK:
		error = _server.listen(0, "127.0.0.1")
	if error != OK:
		failed.emit("the server does not start: " + error_string(error))
		return
	set_process(true)


func port() -> int:
	return _server.get_local_port()


func _process(_delta: float) -> void:
	_server.poll()
	while _server.is_connection_available():
		var udp := _server.take_connection()
		var peer: PacketPeerDTLSOpenSSL = _dtls.take_connection(udp)
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			continue # The first contact of each client ends with a cookie: the client comes back with it.
		said.emit("Peer connected!")
		_peers.append(peer)

	for peer in _peers:
		peer.poll() # Moves the handshake and the packets on.
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			continue
		while peer.get_available_packet_count() > 0:
			said.emit("Received message from client: %s" % peer.get_packet().get_string_from_utf8())
			peer.put_packet("Hello DTLS client".to_utf8_buffer())
