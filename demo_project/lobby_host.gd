# The host: a server with a certificate that it has made itself, and that nobody else has signed.
extends Node

signal said(line: String)
signal failed(reason: String)

# To have the same fingerprint the next time, keep get_key_pem() and get_certificate_pem(), and use server_from_pem().
var _options := TLSOptionsOpenSSL.server_self_signed("A player's game")
var _dtls := DTLSServerOpenSSL.new()
var _guests: Array[PacketPeerDTLSOpenSSL] = []


func _ready() -> void:
	set_process(false)


# Lets guests in, on a port that is free.
func open(address: String) -> void:
	var error := _dtls.setup(_options)
	if error == OK:
		error = _dtls.listen(0, address)
	if error != OK:
		failed.emit("the host does not start: " + error_string(error))
		return
	set_process(true)


func port() -> int:
	return _dtls.get_local_port()


# By this the guests know that they talk to this host and nobody in between.
func fingerprint() -> String:
	return _options.get_fingerprint_sha256()


func _process(_delta: float) -> void:
	_dtls.poll()
	while _dtls.is_connection_available():
		_guests.append(_dtls.take_connection())

	for guest in _guests:
		while guest.get_available_packet_count() > 0:
			var player := guest.get_packet().get_string_from_utf8()
			said.emit("%s has joined from %s" % [player, guest.get_remote_address()])
			guest.put_packet(("Welcome, %s" % player).to_utf8_buffer())
