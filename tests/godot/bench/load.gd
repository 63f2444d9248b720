# A server whose clients are in other processes: what a packet costs it that it receives and sends back, when so many are
# connected, and one for which ten go back.
extends "measurement.gd"

const Hall := preload("hall.gd")
const SIZES: Array[int] = [1, 200, 1000]
# Packets a second of all clients, and the most of one.
const RATE := 6000
const MOST := 60
const SECONDS := 2.0


func measure() -> void:
	Engine.max_fps = 60
	for size in SIZES:
		await _measure("a packet and its echo, %d connected" % size, size, RATE, 1)
	await _measure("a packet and ten answers, 200 connected", 200, 1000, 10)


func _measure(row: String, size: int, rate: int, answers: int) -> void:
	var hall := _hall()
	hall.answers = answers
	hall.invite(size, minf(float(rate) / size, MOST))
	if not expect(await hall.fill(size), "not all of %d clients have come" % size):
		return
	hall.begin()
	await hall.run(SECONDS)
	report(row, hall.usec_a_packet(), "µs", hall.cipher, hall.lost())
	hall.close()


func _hall() -> Hall:
	return Hall.new()
