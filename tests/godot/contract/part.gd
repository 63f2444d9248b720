# One part of the contract between the engine's classes and ours: a table that states what is seen, and a method of the same
# name for each row that looks. Every observation has its own object of the part.
extends RefCounted

const Column := preload("res://harness/column.gd")
const Dtls := preload("res://harness/dtls.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const Socket := preload("res://harness/socket.gd")

# Who asks: the differential suite. And which implementation is looked at.
var suite: SceneTree
var column: Column


# What is stated: the name of a row to what `same` or `differs` made.
func rows() -> Dictionary:
	return {}


# Both implementations do the same.
static func same(observation: String) -> Dictionary:
	return { "engine": observation, "ours": observation, "difference": "", "slow": false }


# Ours differs on purpose: `difference` is the number of the deliberate difference.
static func differs(engine: String, ours: String, difference: String) -> Dictionary:
	return { "engine": engine, "ours": ours, "difference": difference, "slow": false }


# A row that is looked at only with `all`.
static func slow(row: Dictionary) -> Dictionary:
	row.slow = true
	return row


func pair() -> Pair:
	return Pair.new(suite, column)


# A socket that is connected to a port of this machine.
static func udp_to(port: int) -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", port)
	return udp
