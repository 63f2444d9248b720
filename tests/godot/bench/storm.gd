# The join storm: so many clients of another process begin their handshakes at the same moment, with a server that runs at 60
# frames a second. Meant for one contender and one round a process.
extends "measurement.gd"

const Lobby := preload("lobby.gd")
const COUNT := 200
const SECONDS := 30.0


func measure() -> void:
	Engine.max_fps = 60
	var lobby := _lobby()
	lobby.invite(COUNT, COUNT)
	var limit := Time.get_ticks_msec() + SECONDS * 1000.0
	var start := 0
	var longest := 0
	while lobby.arrived < COUNT and Time.get_ticks_msec() < limit:
		await (Engine.get_main_loop() as SceneTree).process_frame
		var before := Time.get_ticks_usec()
		longest = maxi(longest, lobby.serve())
		if start == 0 and lobby.has_begun:
			start = before
	if expect(lobby.arrived == COUNT, "%d of %d clients have come" % [lobby.arrived, COUNT]):
		report("longest frame", longest / 1e3, "ms", lobby.cipher)
		report("until all are connected", (Time.get_ticks_usec() - start) / 1e3, "ms", lobby.cipher)
	lobby.close()


func _lobby() -> Lobby:
	return Lobby.new("rsa")
