# What links have measured lately, a sample each tenth of a second.
extends RefCounted

const Link := preload("res://players/link.gd")

const SECONDS := 30
const SAMPLES_PER_SECOND := 10
const SIZE := SECONDS * SAMPLES_PER_SECOND

# The middle one of the round trips of each sample, in milliseconds. NAN: there was none.
var round_trips: PackedFloat32Array = []
# Packets sent and received in the second before each sample.
var packet_rates: PackedFloat32Array = []
# Pings that were given up, and those that were answered.
var lost: PackedInt32Array = []
var answered: PackedInt32Array = []

# That of the last sample.
var _number := _number_now()
# Packets of each sample.
var _packets: PackedInt32Array = []


func _init() -> void:
	clear()


func clear() -> void:
	round_trips.resize(SIZE)
	round_trips.fill(NAN)
	packet_rates.resize(SIZE)
	packet_rates.fill(0.0)
	lost.resize(SIZE)
	lost.fill(0)
	answered.resize(SIZE)
	answered.fill(0)
	_packets.resize(SAMPLES_PER_SECOND)
	_packets.fill(0)


# Adds the samples that are due, the last of them with what the links have counted meanwhile. Returns how many.
func add_samples(links: Array[Link]) -> int:
	var number := _number_now()
	var due := number - _number
	_number = number
	for _missed in mini(due - 1, SIZE):
		_add_sample([])
	if due > 0:
		_add_sample(links)
	return due


func _number_now() -> int:
	return floori(Time.get_ticks_msec() / 1000.0 * SAMPLES_PER_SECOND)


func _add_sample(links: Array[Link]) -> void:
	var times: PackedFloat32Array = []
	var packets_now := 0
	var lost_now := 0
	for link in links:
		times.append_array(link.round_trips)
		link.round_trips.clear()
		packets_now += link.packets
		link.packets = 0
		lost_now += link.lost
		link.lost = 0
	_packets.remove_at(0)
	_packets.append(packets_now)
	round_trips.remove_at(0)
	round_trips.append(_middle(times))
	packet_rates.remove_at(0)
	packet_rates.append(_sum(_packets))
	lost.remove_at(0)
	lost.append(lost_now)
	answered.remove_at(0)
	answered.append(times.size())


# The last one that is not older than a second. NAN: there is none.
func round_trip() -> float:
	for index in range(SIZE - 1, SIZE - 1 - SAMPLES_PER_SECOND, -1):
		if not is_nan(round_trips[index]):
			return round_trips[index]
	return NAN


func packet_rate() -> float:
	return packet_rates[-1]


# The share of the pings that got no answer.
func loss() -> float:
	var unanswered := _sum(lost)
	return unanswered / maxf(1.0, unanswered + _sum(answered))


func _middle(times: PackedFloat32Array) -> float:
	if times.is_empty():
		return NAN
	times.sort()
	return times[floori(times.size() / 2.0)]


func _sum(counts: PackedInt32Array) -> float:
	var sum := 0
	for count in counts:
		sum += count
	return sum
