# A DTLS client for servers outside Godot, with full verification.
# Arguments: host=<address> port=<n> ca=<pem path> name=<hostname> send=<text>
# Prints `CONNECTED <version> <cipher>`, sends the text as a line, prints `RECEIVED <text>` and exits with 0.
# Otherwise prints `FAILED <reason>` and exits with 1, after 20 s at the latest.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Names := preload("res://harness/names.gd")
const SECONDS := 20.0

var _udp := PacketPeerUDP.new()
var _peer := PacketPeerDTLSOpenSSL.new()


func _initialize() -> void:
	_peer.status_changed.connect(_on_status_changed)
	var host := Arguments.value("host", "127.0.0.1")
	var authority := FileAccess.get_file_as_string(Arguments.value("ca"))
	if _udp.connect_to_host(host, int(Arguments.value("port"))) != OK:
		_fail("no UDP address: " + host)
		return
	var options := TLSOptionsOpenSSL.client_from_pem(authority)
	var error := _peer.connect_to_peer(_udp, Arguments.value("name"), options)
	if error != OK:
		_fail(Names.error(error))


func _process(_delta: float) -> bool:
	_peer.poll()
	if _peer.get_available_packet_count() > 0:
		print("RECEIVED " + _peer.get_packet().get_string_from_utf8().strip_edges())
		_peer.disconnect_from_peer()
		quit(0)
	elif Time.get_ticks_msec() > SECONDS * 1000.0:
		_fail("no answer")
	return false


func _on_status_changed(status: PacketPeerDTLSOpenSSL.Status) -> void:
	match status:
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			print("CONNECTED %s %s" % [_peer.get_protocol_version(), _peer.get_cipher_name()])
			_peer.put_packet((Arguments.value("send") + "\n").to_utf8_buffer())
		PacketPeerDTLSOpenSSL.STATUS_ERROR, PacketPeerDTLSOpenSSL.STATUS_ERROR_HOSTNAME_MISMATCH:
			_fail(Names.STATUSES[status])


func _fail(reason: String) -> void:
	print("FAILED " + reason)
	quit(1)
