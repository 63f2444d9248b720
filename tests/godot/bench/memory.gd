# What a connected, idle peer of a server adds to the memory of the process. Meant for one contender and one round a process:
# memory that has been used once is not given back.
extends "measurement.gd"

const Lobby := preload("lobby.gd")
const ResidentMemory := preload("res://harness/resident_memory.gd")
# Those who come first pay for what all share.
const FIRST := 20
const COUNT := 500
const AT_ONCE := 4
const SECONDS := 30.0


func measure() -> void:
	var lobby := Lobby.new("server")
	lobby.invite(FIRST + COUNT, AT_ONCE)
	await _until(lobby, FIRST)
	var before := ResidentMemory.kib()
	await _until(lobby, FIRST + COUNT)
	if expect(lobby.arrived == FIRST + COUNT, "%d clients have come" % lobby.arrived):
		report("", (ResidentMemory.kib() - before) / COUNT, "KiB", lobby.cipher)
	lobby.close()


func _until(lobby: Lobby, arrived: int) -> void:
	var end := Time.get_ticks_msec() + SECONDS * 1000.0
	while lobby.arrived < arrived and Time.get_ticks_msec() < end:
		lobby.serve()
		await (Engine.get_main_loop() as SceneTree).process_frame
