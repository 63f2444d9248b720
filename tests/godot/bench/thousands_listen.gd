# A packet and its echo with many more clients: more than the engine's classes carry.
extends "load_listen.gd"

const FEW := 100
const MANY := 5000


func measure() -> void:
	Engine.max_fps = 60
	var costs: Array[float] = []
	for size: int in [FEW, MANY]:
		await _measure("%d connected" % size, size, RATE, 1)
		if not failure.is_empty():
			return
		costs.append(figures[-1].value)
	report("%d connected against %d" % [MANY, FEW], costs[1] / costs[0], "times", figures[-1].cipher)
