# A guest of a host.
extends Node

signal said(line: String)
# The connection that there was has ended.
signal ended

const Invitation := preload("res://players/invitation.gd")
const Link := preload("res://players/link.gd")

const PINGS_PER_SECOND := 20

# The connection that there is, or that there was last. Null: none yet.
var link: Link = null


# Connects to the host that `invitation` is about, by way of this address and port.
func join(invitation: Invitation, address: String, port: int) -> Error:
	link = Link.new(PacketPeerDTLSOpenSSL.new(), "Host", PINGS_PER_SECOND)
	link.said.connect(said.emit)
	link.peer.status_changed.connect(_on_status_changed)
	return link.peer.connect_to_host(address, port, invitation.server_name(), invitation.options())


func leave() -> void:
	if link != null:
		link.peer.disconnect_from_peer()


func _process(_delta: float) -> void:
	if link != null:
		link.poll()
		link.ping()


func _on_status_changed(_status: PacketPeerDTLSOpenSSL.Status) -> void:
	if not link.is_alive():
		ended.emit()
