# A DTLS server: greets everybody who says something.
extends Node

signal said(line: String)
signal failed(reason: String)

var _dtls := DTLSServerOpenSSL.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []


func _ready() -> void:
	set_process(false)


# Listens on a port that is free.
func start(key: CryptoKey, certificate: X509Certificate) -> void:
	var error := _dtls.setup(TLSOptionsOpenSSL.server(key, certificate))
	if error == OK:
		error = _dtls.listen(0, "127.0.0.1")
	if error != OK:
		failed.emit("the server does not start: " + error_string(error))
		return
	set_process(true)


func port() -> int:
	return _dtls.get_local_port()


func _process(_delta: float) -> void:
	_dtls.poll() # Moves the handshakes and the packets of all peers on.
	while _dtls.is_connection_available():
		said.emit("Peer connected!")
		_peers.append(_dtls.take_connection())

	for peer in _peers:
		while peer.get_available_packet_count() > 0:
			said.emit("Received message from client: %s" % peer.get_packet().get_string_from_utf8())
			peer.put_packet("Hello DTLS client".to_utf8_buffer())
