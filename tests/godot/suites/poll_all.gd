# One call for all peers of a server, and one for all packets of a peer.
# also with: listen
extends "res://harness/suite.gd"

const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")


func test_nothing_is_handed_out_before_there_is_a_peer() -> void:
	expect_equal(DTLSServerOpenSSL.new().poll_all().size(), 0, "without setup")
	expect_equal(_pair().server.poll_all().size(), 0, "without a peer")


# Not one of the server's peers is polled by itself.
func test_poll_all_connects_and_tells_of_it_once() -> void:
	var link := _pair()
	var told: Array[PacketPeerDTLSOpenSSL] = []
	link.connect_client()
	var connected := func() -> bool:
		told.append_array(_turn(link))
		return link.is_connected_both_ways()
	expect(await until(connected), "not connected")
	expect_equal(told, link.accepted, "told")
	expect_equal(_turn(link).size(), 0, "told again")


func test_only_peers_with_packets_are_handed_out_until_they_are_read() -> void:
	var link := await _established()
	var other: PacketPeerDTLSOpenSSL = link.accepted[0]
	var other_client := link.client
	await link.establish_another()
	var peer: PacketPeerDTLSOpenSSL = link.accepted[1]
	link.client.put_packet("one".to_utf8_buffer())
	var news: Array[PacketPeerDTLSOpenSSL] = []
	var has_news := func() -> bool:
		news.assign(_turn(link))
		return not news.is_empty()
	expect(await until(has_news), "no news")
	expect_equal(news, [peer] as Array[PacketPeerDTLSOpenSSL], "news")
	expect_equal(_turn(link), [peer] as Array[PacketPeerDTLSOpenSSL], "as long as it is not read")
	expect_equal(peer.get_packet(), "one".to_utf8_buffer(), "packet")
	expect_equal(_turn(link).size(), 0, "after it was read")
	expect_equal(Names.status(other), "CONNECTED", "the other peer")
	expect_equal(Names.status(other_client), "CONNECTED", "its client")


func test_poll_all_tells_of_an_end() -> void:
	var link := await _established()
	link.client.disconnect_from_peer()
	var news: Array[PacketPeerDTLSOpenSSL] = []
	var has_news := func() -> bool:
		news.assign(_turn(link))
		return not news.is_empty()
	expect(await until(has_news), "no news")
	expect_equal(news, [link.accepted[0]] as Array[PacketPeerDTLSOpenSSL], "news")
	expect_equal(Names.status(link.accepted[0]), "DISCONNECTED", "status")
	expect_equal(_turn(link).size(), 0, "told again")


func test_peers_that_are_gone_are_forgotten() -> void:
	var link := await _established()
	var reference: WeakRef = weakref(link.accepted[0])
	link.accepted.clear()
	expect(reference.get_ref() == null, "the server keeps its peers alive")
	expect_equal(_turn(link).size(), 0, "news")


# A handler may do everything, also to the server and to the peer.
func test_handlers_within_poll_all_may_do_everything() -> void:
	var link := await _established()
	var server: DTLSServerOpenSSL = link.server
	var calls: Array[int] = []
	link.accepted[0].status_changed.connect(func(status: PacketPeerDTLSOpenSSL.Status) -> void:
		calls.append(status)
		server.poll_all()
		server.get_statistics()
		link.accepted.clear())
	link.client.disconnect_from_peer()
	var called := func() -> bool:
		_turn(link)
		return not calls.is_empty()
	expect(await until(called), "not called")
	await process_frame
	expect_equal(_turn(link).size(), 0, "news of what is gone")
	expect_equal(calls, [PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED] as Array[int], "calls")


func test_an_idle_timeout_is_noticed() -> void:
	var link := _pair()
	var options := TLSOptionsOpenSSL.server(Pair.Fixtures.key("server"), Pair.Fixtures.certificate("server"))
	options.idle_timeout_ms = 1000
	link.setup(options)
	await link.establish()
	var timed_out := func() -> bool:
		_turn(link)
		return link.accepted[0].get_failure_reason() == PacketPeerDTLSOpenSSL.FAILURE_IDLE_TIMEOUT
	expect(await until(timed_out, 3.0), "the peer lives on")


func test_receive_all_gives_all_packets_in_their_order() -> void:
	var link := await _established()
	var sent: Array[PackedByteArray] = []
	for number in 20:
		sent.append(PackedByteArray([number, 1, 2]))
		link.client.put_packet(sent[-1])
	var received: Array[PackedByteArray] = []
	var complete := func() -> bool:
		link.accept()
		received.append_array(link.accepted[0].receive_all())
		return received.size() >= sent.size()
	await until(complete)
	expect_equal(received, sent, "packets")
	expect_equal(link.accepted[0].receive_all().size(), 0, "again")


func test_receive_all_without_a_connection_is_empty() -> void:
	expect_equal(PacketPeerDTLSOpenSSL.new().receive_all().size(), 0, "packets")


# Peers that die on one thread while another one polls them all.
func test_peers_may_die_on_another_thread_meanwhile() -> void:
	var link := _pair()
	var server: DTLSServerOpenSSL = link.server
	for _round in 20:
		await link.establish_another()
		var doomed: Array[PacketPeer] = link.accepted.duplicate()
		link.accepted.clear()
		var thread := Thread.new()
		thread.start(func() -> void: doomed.clear())
		while thread.is_alive():
			server.poll_all()
		thread.wait_to_finish()
		expect_equal(server.poll_all().size(), 0, "news of what is gone")


func _pair() -> Pair:
	return Pair.new(self, ColumnOurs.new())


func _established() -> Pair:
	var link := _pair()
	expect(await link.establish(), "not connected")
	return link


# What a game does in one frame whose server uses poll_all.
func _turn(link: Pair) -> Array[PacketPeerDTLSOpenSSL]:
	if not link.listens:
		link.listener.poll()
	link.take()
	var news: Array[PacketPeerDTLSOpenSSL] = link.server.poll_all()
	link.client.poll()
	return news
