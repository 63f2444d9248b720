# A DTLS client that verifies, for a server that is another program and sends back what it gets.
#
#     host=<address> port=<number> ca=<file> name=<host name> send=<text>
#
# Prints CONNECTED <version> <cipher>, then RECEIVED <text>, and ends with 0. Or prints FAILED <reason> and ends with 1.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const SECONDS := 30.0

var _udp := PacketPeerUDP.new()
var _dtls := PacketPeerDTLSOpenSSL.new()
var _elapsed := 0.0


func _initialize() -> void:
	_dtls.status_changed.connect(_on_status_changed)
	_udp.connect_to_host(Arguments.value("host"), Arguments.value("port").to_int())
	var options := TLSOptionsOpenSSL.client_from_pem(FileAccess.get_file_as_string(Arguments.value("ca")))
	var error := _dtls.connect_to_peer(_udp, Arguments.value("name"), options)
	if error != OK:
		_fail(error_string(error))


func _process(delta: float) -> bool:
	_elapsed += delta
	if _elapsed > SECONDS:
		_fail("nothing was received")
	_dtls.poll()
	if _dtls.get_available_packet_count() > 0:
		print("RECEIVED %s" % _dtls.get_packet().get_string_from_utf8().strip_edges())
		_dtls.disconnect_from_peer()
		quit(0)
	return false


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status) -> void:
	match status:
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			print("CONNECTED %s %s" % [_dtls.get_protocol_version(), _dtls.get_cipher_name()])
			_dtls.put_packet((Arguments.value("send") + "\n").to_utf8_buffer())
		PacketPeerDTLSOpenSSL.STATUS_ERROR, PacketPeerDTLSOpenSSL.STATUS_ERROR_HOSTNAME_MISMATCH:
			_fail("status %d" % status)


func _fail(reason: String) -> void:
	print("FAILED %s" % reason)
	quit(1)
