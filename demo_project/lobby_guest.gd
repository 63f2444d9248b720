# A guest: knows the host by its fingerprint. There is no authority, no host name, and nothing left unverified.
extends Node

signal said(line: String)
signal failed(reason: String)
signal welcomed

var _dtls := PacketPeerDTLSOpenSSL.new()


func _ready() -> void:
	set_process(false)
	_dtls.status_changed.connect(_on_status_changed)


# With what the lobby has handed out.
func join(address: String, port: int, fingerprint: String) -> void:
	var error := _dtls.connect_to_host(address, port, "", TLSOptionsOpenSSL.client_pinned([fingerprint]))
	if error != OK:
		failed.emit("the guest does not start: " + error_string(error))
		return
	set_process(true)


func _process(_delta: float) -> void:
	_dtls.poll()
	if _dtls.get_available_packet_count() > 0:
		said.emit(_dtls.get_packet().get_string_from_utf8())
		welcomed.emit()


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status) -> void:
	match status:
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			_dtls.put_packet("Ada".to_utf8_buffer())
		PacketPeerDTLSOpenSSL.STATUS_ERROR:
			# With another fingerprint: "the server is not the one that was expected ...".
			failed.emit(_dtls.get_failure_message())
