# Guests that nobody plays: they all join at once.
extends Node

signal said(line: String)

const Invitation := preload("res://players/invitation.gd")
const Link := preload("res://players/link.gd")

const PINGS_PER_SECOND := 2
# So many begin in one frame. More of them would overflow the buffer of the bad network's socket, as long as frames can be.
const JOINS_PER_FRAME := 20

var links: Array[Link] = []

# How many have still to begin, and where.
var _waiting := 0
var _invitation: Invitation
var _options: TLSOptionsOpenSSL
var _address := ""
var _port := 0

var _start := 0
var _are_joining := false


# Connects `count` bots to the host that `invitation` is about, by way of this address and port.
func join(count: int, invitation: Invitation, address: String, port: int) -> void:
	leave()
	_waiting = count
	_invitation = invitation
	# One object for all: what is made of it once serves every connection.
	_options = invitation.options()
	_address = address
	_port = port
	_start = Time.get_ticks_msec()
	_are_joining = true


func leave() -> void:
	for link in links:
		link.peer.disconnect_from_peer()
	links.clear()
	_waiting = 0
	_are_joining = false


func connected() -> int:
	return links.filter(func(link: Link) -> bool: return link.is_connected_to_peer()).size()


# Flights of handshakes that were sent again because no answer came.
func retransmissions() -> int:
	var sum := 0
	for link in links:
		sum += link.retransmissions()
	return sum


func _process(_delta: float) -> void:
	for _bot in mini(_waiting, JOINS_PER_FRAME):
		_waiting -= 1
		_join_one()
	for link in links:
		link.poll()
		link.ping()
	if _are_joining and _waiting == 0 and not links.any(_is_handshaking):
		_are_joining = false
		_tell()


func _join_one() -> void:
	var link := Link.new(PacketPeerDTLSOpenSSL.new(), "Bot", PINGS_PER_SECOND)
	link.peer.connect_to_host(_address, _port, _invitation.server_name(), _options)
	links.append(link)


func _is_handshaking(link: Link) -> bool:
	return link.peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING


func _tell() -> void:
	var seconds := (Time.get_ticks_msec() - _start) / 1000.0
	var result := [connected(), links.size(), seconds, retransmissions()]
	said.emit("Bots: %d of %d connected in %.1f s, %d retransmissions" % result)
