# A server is flooded with ClientHellos from addresses that nobody answers from, and runs at 60 frames a second.
#
# One that listens takes all that the system has kept for it since the last poll: a client comes in at once.
#
# With a UDPServer whoever wants to come in meanwhile has to be among those whom it shows. It shows `max_pending_connections`
# of them a poll, and the system keeps some 270 small datagrams between two polls for it. So as long as all are shown a client
# comes in at once; beyond that a client needs luck, twice, and tries 1, 3, 7 and 15 s after it has begun.
#
# The client has a process of its own: from this one it would always be the first after a poll.
# also with: listen
# time limit: 300 s
extends "res://harness/suite.gd"

const BackgroundProcess := preload("res://harness/background_process.gd")
const Crowd := preload("res://harness/joining_crowd.gd")
const Ours := preload("res://harness/ours.gd")
const ResidentMemory := preload("res://harness/resident_memory.gd")
const Strangers := preload("res://harness/strangers.gd")
const FRAMES_PER_SECOND := 60
# ClientHellos a second, if the machine can make so many.
const RATE := 4000
# More than the system keeps between two polls for a UDPServer.
const FULL_FRAME := 300
const LISTEN_RATE := 50_000
# The same where the system grants less than MUCH_BUFFER for what has come, and would lose most of them between two polls.
const LISTEN_RATE_OF_LITTLE_BUFFER := 10_000
const MUCH_BUFFER := 4194304
# So long may a client take that comes to a server that listens, as long as the machine lets that have its frames: else the
# system loses datagrams, which are sent again after 1, 3, 7 and 15 s.
const SECONDS := 2.0
const SECONDS_WITH_LOSSES := 20.0
const ALL := 4096
const DEFAULT := 16
# So many strangers are answered before a client comes, and while it does.
const FIRST := 5000
const STRANGERS := 10_000
const ALL_STRANGERS := 100_000
const LISTEN_FLOOD_SECONDS := 4
# A stranger holds some 70 KiB while it is answered, most of them the engine's: this is 60 of them.
const TOLERANCE_KIB := 4096.0


func test_client_comes_in_while_a_flood_goes_on() -> void:
	allow(200.0)
	var crowd := _server(ALL)
	var flood := _flood(crowd)
	expect(await _serves(crowd, _answered.bind(crowd, FIRST), 60.0), "nobody floods")
	var client := _client(crowd)
	if not expect(await _serves(crowd, _is_joined.bind(crowd), 20.0), "not connected"):
		return
	if crowd.entrance.is_servers_own:
		expect(await _serves(crowd, func() -> bool: return crowd.peers[0].get_available_packet_count() > 0, 5.0), "nothing is told")
		var seconds := crowd.peers[0].get_packet().get_string_from_utf8().to_float()
		var lost: int = crowd.server.get_statistics().dropped_by_system
		expect(seconds <= (SECONDS_WITH_LOSSES if lost > 0 else SECONDS), "connected after %.2f s" % seconds)
		print("a client has connected after %.2f s, the system has lost %d datagrams by then" % [seconds, lost])
	_fill_a_frame(crowd)
	var memory := ResidentMemory.kib()
	var before := _counted(crowd)
	expect(await _serves(crowd, _answered.bind(crowd, before.answered + _strangers(crowd)), 120.0), "the flood has ended")
	if crowd.entrance.is_servers_own:
		_tell_rate(before, _counted(crowd))
	expect(flood.is_running() and client.is_running(), "the flood or the client has ended")
	expect_equal(crowd.connected_peers(), 1, "connected clients at the end")
	expect(not ResidentMemory.kib() - memory > TOLERANCE_KIB, "%.0f KiB more" % (ResidentMemory.kib() - memory))
	_expect_no_amplification(crowd)


# With what UDPServer shows by default most are never seen, but nobody is worse off afterwards.
func udp_test_client_comes_in_when_a_flood_is_over() -> void:
	allow(90.0)
	var crowd := _server(DEFAULT)
	var flood := _flood(crowd)
	expect(await _serves(crowd, _answered.bind(crowd, 500), 60.0), "nobody floods")
	var client := _client(crowd)
	await _serves(crowd, _answered.bind(crowd, 2000), 20.0)
	flood.end()
	expect(await _serves(crowd, _is_joined.bind(crowd), 20.0), "not connected")
	expect(client.is_running(), "the client has ended")
	expect_equal(crowd.server.get_statistics().half_open, 0, "half-open")


func _server(pending: int) -> Crowd:
	Engine.max_fps = FRAMES_PER_SECOND
	return Crowd.new(0, Ours.server(), Ours.client(), pending)


static func _flood(crowd: Crowd) -> BackgroundProcess:
	var arguments: PackedStringArray = ["port=%d" % crowd.port, "rate=%d" % _rate(crowd)]
	if crowd.entrance.is_servers_own:
		# To take another address each time would cost the flood more than to send.
		arguments.append("each=20")
	return BackgroundProcess.new("res://children/flood.gd", arguments)


# As many strangers for one poll as there can be: so many a later one has too if this process stands still for a while, and the
# memory for them is no growth.
static func _fill_a_frame(crowd: Crowd) -> void:
	var strangers := Strangers.new(crowd.port)
	for number in FULL_FRAME:
		strangers.send(number)
	crowd.poll()


static func _rate(crowd: Crowd) -> int:
	if not crowd.entrance.is_servers_own:
		return RATE
	var granted: int = crowd.server.get_statistics().receive_buffer_size
	return LISTEN_RATE if granted >= MUCH_BUFFER else LISTEN_RATE_OF_LITTLE_BUFFER


func _strangers(crowd: Crowd) -> int:
	if crowd.entrance.is_servers_own:
		return LISTEN_FLOOD_SECONDS * _rate(crowd)
	return ALL_STRANGERS if runs_all() else STRANGERS


static func _counted(crowd: Crowd) -> Dictionary:
	var statistics: Dictionary = crowd.server.get_statistics()
	return {
		"answered": statistics.hello_verify_requests, "lost": statistics.dropped_by_system, "usec": Time.get_ticks_usec(),
	}


static func _tell_rate(before: Dictionary, after: Dictionary) -> void:
	var seconds: float = (after.usec - before.usec) / 1e6
	var lost: int = after.lost - before.lost
	var rate: float = (after.answered - before.answered) / seconds
	print("%.0f strangers a second were answered, the system has lost %d datagrams" % [rate, lost])


static func _client(crowd: Crowd) -> BackgroundProcess:
	return BackgroundProcess.new("res://children/echoing_client.gd", ["port=%d" % crowd.port, "tell"])


func _serves(crowd: Crowd, until_this: Callable, seconds: float) -> bool:
	var poll := func() -> bool:
		crowd.poll()
		return until_this.call()
	return await until(poll, seconds)


static func _answered(crowd: Crowd, strangers: int) -> bool:
	return crowd.server.get_statistics().hello_verify_requests >= strangers


static func _is_joined(crowd: Crowd) -> bool:
	return crowd.connected_peers() == 1


# Apart from the client, who has proved its address, nobody gets more bytes than they have sent.
func _expect_no_amplification(crowd: Crowd) -> void:
	var all: Dictionary = crowd.server.get_statistics()
	var of_client: Dictionary = crowd.peers[0].get_statistics()
	var received: int = all.bytes_in - of_client.bytes_in
	var sent: int = all.bytes_out - of_client.bytes_out
	expect(sent > 0 and sent <= received, "%d bytes sent for %d" % [sent, received])
