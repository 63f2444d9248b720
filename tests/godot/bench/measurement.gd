# Base of what is measured. One object is one contender: `measure` is called once a round and may await frames.
extends RefCounted

# What the running round has found.
var figures: Array[Dictionary] = []
# Why the figures mean nothing. Empty if nothing went wrong.
var failure := ""


func measure() -> void:
	pass


# A figure of this round. `lost` counts packets that did not arrive as they were sent.
func report(row: String, value: float, unit: String, cipher: String, lost: int = 0) -> void:
	figures.append({ "row": row, "value": value, "unit": unit, "cipher": cipher, "lost": lost })


# The round goes on if this is true.
func expect(condition: bool, what: String) -> bool:
	if not condition:
		failure = what
	return condition


# Payloads that all differ.
static func payloads(count: int, size: int) -> Array[PackedByteArray]:
	var crypto := Crypto.new()
	var made: Array[PackedByteArray] = []
	for index in count:
		made.append(crypto.generate_random_bytes(size))
	return made
