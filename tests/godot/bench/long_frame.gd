# What a server loses of what a thousand clients send, 20 packets a second each, when one of its frames takes long.
extends "measurement.gd"

const Hall := preload("hall.gd")
const SIZE := 1000
const RATE := 20.0
const FRAME_SECONDS := 0.1


func measure() -> void:
	Engine.max_fps = 60
	var hall := _hall()
	hall.invite(SIZE, RATE)
	if not expect(await hall.fill(SIZE), "not all clients have come"):
		return
	hall.begin()
	await hall.run(0.5)
	hall.sleep(FRAME_SECONDS)
	await hall.run(0.5)
	report("", hall.lost(), "packets lost", hall.cipher)
	hall.close()


func _hall() -> Hall:
	return Hall.new()
