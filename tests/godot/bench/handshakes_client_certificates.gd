# Handshakes in which the client shows a certificate too.
extends "handshakes.gd"


class Mutual:
	extends "crowd.gd"

	func _configure() -> void:
		_client_options.set_identity(Fixtures.key("client"), Fixtures.certificate("client"))
		_server_options.verify_client = TLSOptionsOpenSSL.VERIFY_REQUIRED
		_server_options.client_ca = Fixtures.certificate("client_ca")


func _crowd(certificate: String) -> Crowd:
	return Mutual.new(certificate)
