# A server whose clients are in other processes: what it takes the server to receive a packet and send it back, when so many
# are connected. However many they are, they send the same number of packets a second.
extends "measurement.gd"

const Hall := preload("hall.gd")
const SIZES: Array[int] = [1, 200, 1000]
const RATE := 6000
const SECONDS := 3.0


func measure() -> void:
	Engine.max_fps = 60
	for size in SIZES:
		var hall := _hall()
		hall.invite(size, float(RATE) / size)
		if not expect(await hall.fill(size), "not all of %d clients have come" % size):
			return
		await hall.run(SECONDS)
		report("a packet pair, %d connected" % size, hall.usec_a_pair(), "µs", hall.cipher, hall.lost())
		hall.close()


func _hall() -> Hall:
	return Hall.new()
