# A DTLS client: tells the server the answer, and waits for its greeting.
extends Node

signal said(line: String)
signal answered
signal failed(reason: String)

var _dtls := PacketPeerDTLSOpenSSL.new()
var _has_sent := false


func _ready() -> void:
	set_process(false)


# Trusts this one certificate, and only if it is for `host`.
func start(port: int, host: String, certificate: X509Certificate) -> void:
	var error := _dtls.connect_to_host("127.0.0.1", port, host, TLSOptionsOpenSSL.client(certificate))
	if error != OK:
		failed.emit("the client does not start: " + error_string(error))
		return
	set_process(true)


func _process(_delta: float) -> void:
	_dtls.poll() # Moves the handshake and the packets on.
	match _dtls.get_status():
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			_talk()
		PacketPeerDTLSOpenSSL.STATUS_ERROR, PacketPeerDTLSOpenSSL.STATUS_ERROR_HOSTNAME_MISMATCH:
			failed.emit("the client could not connect")
			set_process(false)


func _talk() -> void:
	if not _has_sent:
		_dtls.put_packet("The answer is... 42!".to_utf8_buffer())
		_has_sent = true
	if _dtls.get_available_packet_count() > 0:
		said.emit("Connected: %s" % _dtls.get_packet().get_string_from_utf8())
		said.emit("%s, %s" % [_dtls.get_protocol_version(), _dtls.get_cipher_name()])
		answered.emit()
