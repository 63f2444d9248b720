# The same client on a PacketPeerUDP, as it is written for the engine's PacketPeerDTLS.
extends "res://client.gd"

var _udp := PacketPeerUDP.new()


func start(port: int, host: String, certificate: X509Certificate) -> void:
	var error := _udp.connect_to_host("127.0.0.1", port)
	if error == OK:
		error = _dtls.connect_to_peer(_udp, host, TLSOptionsOpenSSL.client(certificate))
	if error != OK:
		failed.emit("the client does not start: " + error_string(error))
		return
	set_process(true)
