# The same crowd at a server that owns its socket.
extends "crowd.gd"


func _init(certificate: String = "server", resumes: bool = false) -> void:
	super(certificate, resumes)
	server.listen(0, "127.0.0.1")


func port() -> int:
	return server.get_local_port()


func receive() -> void:
	server.poll()


func _take(known: PacketPeerDTLSOpenSSL) -> PacketPeerDTLSOpenSSL:
	return server.take_connection() if server.is_connection_available() else known
