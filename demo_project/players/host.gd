# The host: takes in guests, and exchanges pings with each of them.
extends Node

signal said(line: String)

const Link := preload("res://players/link.gd")

const PINGS_PER_SECOND := 2
# A guest who vanishes without a word is given up after this long.
const IDLE_MSEC := 10_000

var _dtls := DTLSServerOpenSSL.new()
# From each guest's PacketPeerDTLSOpenSSL to its Link.
var _links := {}


# Lets guests in on this UDP port. 0: on any that is free.
func open(on_port: int, options: TLSOptionsOpenSSL) -> Error:
	options.idle_timeout_ms = IDLE_MSEC
	var error := _dtls.setup(options)
	if error == OK:
		error = _dtls.listen(on_port)
	return error


func close() -> void:
	_dtls.stop()
	_links.clear()


func is_open() -> bool:
	return _dtls.is_listening()


func port() -> int:
	return _dtls.get_local_port()


func links() -> Array[Link]:
	var all: Array[Link] = []
	all.assign(_links.values())
	return all


# How many guests there are.
func connected() -> int:
	return links().filter(func(link: Link) -> bool: return link.is_connected_to_peer()).size()


# Flights of handshakes that were sent again because no answer came.
func retransmissions() -> int:
	return _dtls.get_statistics()["retransmissions"]


func _process(_delta: float) -> void:
	if not is_open():
		return
	# Serves all guests, and gives those that have something to tell.
	for peer in _dtls.poll_all():
		var link: Link = _links[peer]
		link.poll()
		if not link.is_alive():
			_links.erase(peer)
	while _dtls.is_connection_available():
		_take(_dtls.take_connection())
	for link in links():
		link.ping()


func _take(peer: PacketPeerDTLSOpenSSL) -> void:
	var link := Link.new(peer, "Guest at " + peer.get_remote_address(), PINGS_PER_SECOND)
	link.said.connect(said.emit)
	_links[peer] = link
