# Connections that come and go by the thousand and are let go of at every moment. Nothing stays: no object, no memory.
#
# Memory is what the system counts as resident, when all is quiet. It grows until the allocator has holes enough of every
# size, which takes some thousand connections. After them 1,000 more may add TOLERANCE_KIB each at the most, where one holds
# some 160, both ends together. With `listen` there are half as many, for the sake of time.
# also with: listen
# time limit: 900 s
extends "res://harness/suite.gd"

const Crowd := preload("res://harness/joining_crowd.gd")
const Fixtures := preload("res://harness/fixtures.gd")
const Ours := preload("res://harness/ours.gd")
const ResidentMemory := preload("res://harness/resident_memory.gd")
const PSK: PackedByteArray = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
const CLIENTS := 25
# Crowds of so many clients in each case: 5,000 connections in all, and 20,000 in the long run, after as many crowds of each
# kind as FIRST_CROWDS.
const CROWDS := 40
const ALL_CROWDS := 160
const FIRST_CROWDS := 40
const TOLERANCE_KIB := 2.0
# Polls until the last of a crowd is connected, on a machine that has nothing else to do.
const MOMENTS := 12

var _server := TLSOptionsOpenSSL.server_from_pem(Fixtures.key_pem("server"), Fixtures.certificate_pem("server"))
var _client := Ours.client()
var _is_warm := false


func test_let_go_of_at_every_moment() -> void:
	await _expect_nothing_stays(_let_go_of_at_every_moment)


func test_let_go_of_in_handlers() -> void:
	await _expect_nothing_stays(_let_go_of_in_handlers)


func test_let_go_of_in_lookups_of_keys() -> void:
	await _expect_nothing_stays(_let_go_of_in_lookups)


func test_setup_during_handshakes() -> void:
	await _expect_nothing_stays(_set_up_during_handshakes)


# Each client would say why, as it should.
func test_handshakes_that_fail() -> void:
	await _warm_up()
	Engine.print_error_messages = false
	await _expect_nothing_stays(_let_handshakes_fail)
	Engine.print_error_messages = true


# Runs `crowd` with the numbers from 0.
func _expect_nothing_stays(crowd: Callable) -> void:
	allow(800.0)
	await _warm_up()
	var count := ALL_CROWDS if runs_all() else _share(CROWDS)
	var objects := _objects()
	var before := await _resident_kib()
	await _repeat(crowd, count)
	var after := await _resident_kib()
	expect(await until(func() -> bool: return _objects() <= objects), "%d objects more" % (_objects() - objects))
	var more := (after - before) / (count * CLIENTS)
	print("%s: %.0f KiB, after %d connections %.0f KiB" % [crowd.get_method(), before, count * CLIENTS, after])
	expect(is_nan(more) or more <= TOLERANCE_KIB, "%.2f KiB more for each connection" % more)


func _warm_up() -> void:
	if _is_warm:
		return
	_is_warm = true
	Engine.print_error_messages = false
	for crowd: Callable in [
		_let_go_of_at_every_moment, _let_go_of_in_handlers, _let_go_of_in_lookups, _set_up_during_handshakes,
		_let_handshakes_fail,
	]:
		await _repeat(crowd, _share(FIRST_CROWDS))
	Engine.print_error_messages = true


static func _share(crowds: int) -> int:
	return floori(crowds / 2.0) if Arguments.has("listen") else crowds


static func _repeat(crowd: Callable, times: int) -> void:
	for number in times:
		await crowd.call(number)


# Each time others: a client, a server's peer, or both; dropped or disconnected. Then the rest, all at once.
func _let_go_of_at_every_moment(number: int) -> void:
	var crowd := Crowd.new(CLIENTS, _server, _client)
	for moment in MOMENTS:
		for way in 2:
			_let_go(crowd.clients, (number + moment + way) % 5)
			_let_go(crowd.peers, (number + 2 * moment + way) % 5)
		crowd.poll()
		for peer: PacketPeerDTLSOpenSSL in crowd.clients + crowd.peers:
			peer.put_packet(PSK)
		await process_frame
	_disperse(crowd, number)


# 0: drops one. 1: drops one in the middle of them. 2: disconnects one. Otherwise: nothing.
func _let_go(peers: Array[PacketPeerDTLSOpenSSL], way: int) -> void:
	if peers.is_empty():
		return
	match way:
		0:
			peers.pop_front()
		1:
			peers.remove_at(floori(peers.size() / 2.0))
		2:
			peers[-1].disconnect_from_peer()


# Lets go of all that is left, in one order or another.
func _disperse(crowd: Crowd, number: int) -> void:
	var steps: Array[Callable] = [
		func() -> void: crowd.server = null, crowd.stop_listening, crowd.peers.clear, crowd.clients.clear,
	]
	for index in steps.size():
		steps[(index + number) % steps.size()].call()
	crowd.server = null


# Whoever is connected, on either side, lets go of something in the handler of its own signal.
func _let_go_of_in_handlers(number: int) -> void:
	var crowd := Crowd.new(CLIENTS, _server, _client)
	for client in crowd.clients:
		_hand_over(client, crowd, number)
	for moment in 3 * MOMENTS:
		_poll_without_references(crowd)
		for peer in crowd.take():
			_hand_over(peer, crowd, number)
		await process_frame
		if crowd.clients.is_empty() and crowd.peers.is_empty():
			break
	_disperse(crowd, number)


func _hand_over(peer: PacketPeerDTLSOpenSSL, crowd: Crowd, number: int) -> void:
	peer.status_changed.connect(_act.bind(crowd, peer.get_instance_id(), number))


# Ends the peer that tells its status, and in every third crowd what belongs to others too.
static func _act(_status: int, crowd: Crowd, id: int, number: int) -> void:
	match (number + id) % 6:
		0:
			instance_from_id(id).disconnect_from_peer()
		1:
			instance_from_id(id).put_packet(PSK)
			instance_from_id(id).poll()
		2 when number % 3 == 0:
			crowd.server = null
		3 when number % 3 == 0:
			crowd.peers.clear()
		4 when number % 3 == 0 and crowd.server != null:
			crowd.setup()
	_drop(crowd.clients, id)
	_drop(crowd.peers, id)


static func _drop(peers: Array[PacketPeerDTLSOpenSSL], id: int) -> void:
	for index in peers.size():
		if peers[index].get_instance_id() == id:
			peers.remove_at(index)
			return


# Holds nobody alive meanwhile: what is dropped in a handler was held by nothing else.
func _poll_without_references(crowd: Crowd) -> void:
	var polls: Array[Callable] = [Callable(crowd.entrance.polled(crowd.server), &"poll")]
	for peer: PacketPeerDTLSOpenSSL in crowd.peers + crowd.clients:
		polls.append(Callable(peer, &"poll"))
	for poll in polls:
		if poll.is_valid():
			poll.call()


# The server asks a script for each key, and the script lets go of something.
func _let_go_of_in_lookups(number: int) -> void:
	var holder: Array[Crowd] = []
	var server := TLSOptionsOpenSSL.server_psk(_look_up.bind(holder, number))
	var crowd := Crowd.new(CLIENTS, server, TLSOptionsOpenSSL.client_psk("player", PSK))
	holder.append(crowd)
	for moment in 2 * MOMENTS:
		_poll_without_references(crowd)
		crowd.take()
		await process_frame
	holder.clear()
	_disperse(crowd, number)


static func _look_up(_identity: String, holder: Array[Crowd], number: int) -> PackedByteArray:
	var crowd := holder[0]
	match number % 8:
		0:
			crowd.peers.pop_front()
		1:
			crowd.peers.clear()
		2:
			crowd.server = null
		3 when crowd.server != null:
			crowd.setup()
		4:
			for peer in crowd.peers:
				peer.disconnect_from_peer()
		5:
			crowd.clients.clear()
		6 when crowd.server != null:
			crowd.server.poll_all()
		7:
			return PackedByteArray()
	return PSK


# All connect nevertheless.
func _set_up_during_handshakes(number: int) -> void:
	var crowd := Crowd.new(CLIENTS, _server, _client)
	var all_connected := func() -> bool:
		crowd.setup()
		crowd.poll()
		return crowd.connected_clients() == CLIENTS and crowd.connected_peers() == CLIENTS
	expect(await until(all_connected, 10.0), "%d are connected" % crowd.connected_clients())
	_disperse(crowd, number)


# Clients that refuse the server's certificate, and a server that refuses clients for theirs.
func _let_handshakes_fail(number: int) -> void:
	var refused_by_client := number % 2 == 0
	var server := Ours.server() if refused_by_client else Ours.verifying_server()
	var client := Ours.client("other_ca") if refused_by_client else Ours.client_with_identity("client_expired")
	var crowd := Crowd.new(CLIENTS, server, client)
	var all_failed := func() -> bool:
		crowd.poll()
		return crowd.peers.size() == CLIENTS and crowd.peers.all(_has_failed) and crowd.clients.all(_has_failed)
	expect(await until(all_failed, 10.0), "%d are connected" % crowd.connected_clients())
	_disperse(crowd, number)


static func _has_failed(peer: PacketPeerDTLSOpenSSL) -> bool:
	return peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_ERROR


# When workers have let go of what they had, and queued calls of what they hold.
func _resident_kib() -> float:
	await during(0.2, func() -> void: pass)
	return ResidentMemory.kib()


static func _objects() -> int:
	return int(Performance.get_monitor(Performance.OBJECT_COUNT))
