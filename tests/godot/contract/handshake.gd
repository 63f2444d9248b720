# The handshake on the wire: what is offered, how large its datagrams are, when they are sent again, what disturbs it.
extends "res://contract/part.gd"

# No datagram of ours is larger.
const MTU := 1200
# So much earlier than it says OpenSSL sends again (`dtls1_get_timeout`), and mbedTLS knows the time to the millisecond.
const EARLY_USEC := 15_000
# Suites without authenticated encryption, without forward secrecy, or with a short tag, one of each kind.
const ECDHE_ECDSA_AES128_CBC := 0xc009
const RSA_AES128_GCM := 0x009c
const ECDHE_ECDSA_AES128_CCM_8 := 0xc0ae
const ECDHE_ECDSA_AES128_GCM := 0xc02b


func rows() -> Dictionary:
	return {
		"offer.version": same("fefd"),
		"offer.aead_with_ecdhe": same("true"),
		"offer.cbc": differs("true", "false", "D17"),
		"offer.static_rsa": differs("true", "false", "D17"),
		"offer.ccm_8": differs("true", "false", "D17"),
		"offer.server_name": same("server.test"),
		"offer.server_name_override": same("override.test"),
		"offer.server_name_unsafe": same("none"),
		"size.fits_mtu": differs("false", "true", "D10"),
		"size.of_retransmissions_fits_mtu": differs("false", "true", "D10"),
		"lost.first_hello": same("CONNECTED"),
		"lost.verify_request": same("CONNECTED"),
		"lost.second_hello": same("CONNECTED"),
		"lost.server_flight": same("CONNECTED"),
		"lost.client_flight": same("CONNECTED"),
		"lost.last_flight": same("CONNECTED"),
		"every_datagram_twice": same("CONNECTED"),
		"times.silent_server": same("0 1 3 7"),
		"times.silent_server_to_the_end": slow(
			differs("0 1 3 7 15 31 63, ERROR after 123", "0 1 3 7 11 15 19, ERROR after 20", "D9")),
		"times.silent_client_to_the_end": slow(differs("ERROR after 123", "ERROR after 20", "D9")),
		"times.nothing_queued": slow(differs("HANDSHAKING after 25", "ERROR after 20", "D9")),
		"disturbed.fatal_alert": differs("ERROR", "CONNECTED", "D8"),
		"disturbed.fatal_alert_and_silence": same("ERROR"),
		"disturbed.zero_length_at_client": differs("ERROR", "CONNECTED", "D8"),
		"disturbed.zero_length_at_server": differs("ERROR", "CONNECTED", "D8"),
		"disturbed.garbage_at_client": same("CONNECTED"),
		"disturbed.garbage_at_server": same("CONNECTED"),
		"data_that_overtakes": same("CONNECTED, alive"),
		"certificate_over_16_KiB": differs("OK, then ERROR", "ERR_INVALID_PARAMETER", "D11"),
	}


func offer_version() -> String:
	return (await _first_hello("server.test", _trusting_ca())).slice(25, 27).hex_encode()


func offer_aead_with_ecdhe() -> String:
	return await _offers(ECDHE_ECDSA_AES128_GCM)


func offer_cbc() -> String:
	return await _offers(ECDHE_ECDSA_AES128_CBC)


func offer_static_rsa() -> String:
	return await _offers(RSA_AES128_GCM)


func offer_ccm_8() -> String:
	return await _offers(ECDHE_ECDSA_AES128_CCM_8)


func offer_server_name() -> String:
	return await _server_name(_trusting_ca())


func offer_server_name_override() -> String:
	return await _server_name(column.client_options(Fixtures.certificate("ca"), "override.test"))


func offer_server_name_unsafe() -> String:
	return await _server_name(column.client_unsafe_options())


# With an RSA certificate and an intermediate the server's flight is larger than an Ethernet frame.
func size_fits_mtu() -> String:
	var link := _with_chain()
	await link.establish()
	return str(link.relay.from_server.all(_fits_mtu) and link.relay.from_client.all(_fits_mtu))


# The first two transmissions of the server's flight never arrive.
func size_of_retransmissions_fits_mtu() -> String:
	var link := _with_chain()
	link.relay.filter = _drop_server_hello
	link.connect_client()
	await link.until(func() -> bool: return link.relay.from_server.filter(_is_server_hello).size() >= 2)
	return str(link.relay.from_server.all(_fits_mtu))


func lost_first_hello() -> String:
	return await _with_lost(true, 0)


func lost_verify_request() -> String:
	return await _with_lost(false, 0)


func lost_second_hello() -> String:
	return await _with_lost(true, 1)


func lost_server_flight() -> String:
	return await _with_lost(false, 1)


func lost_client_flight() -> String:
	return await _with_lost(true, 2)


func lost_last_flight() -> String:
	return await _with_lost(false, 2)


func every_datagram_twice() -> String:
	var twice := func(datagram: PackedByteArray, _from_client: bool, _index: int) -> Array: return [datagram, datagram]
	return await _with_filter(twice)


func times_silent_server() -> String:
	return (await _client_before_silence(15.0, 4)).seconds


func times_silent_server_to_the_end() -> String:
	var seen := await _client_before_silence(130.0)
	return "%s, %s" % [seen.seconds, seen.end]


# A client that has shown its cookie and says nothing more.
func times_silent_client_to_the_end() -> String:
	var link := pair()
	var client := Socket.new(link.port)
	client.send(Dtls.client_hello(Dtls.random_of(1)))
	var answers: Array[PackedByteArray] = []
	var is_answered := func() -> bool:
		answers.append_array(client.receive())
		return not answers.is_empty()
	await link.until(is_answered)
	client.send(Dtls.client_hello(Dtls.random_of(1), Dtls.cookie_in(answers[0])))
	await link.until(func() -> bool: return not link.accepted.is_empty())
	return await _end_of(link.accepted[0], link.poll, 130.0)


func times_nothing_queued() -> String:
	var silent := Socket.new()
	var peer: PacketPeer = pair().server.take_connection(udp_to(silent.port))
	return await _end_of(peer, peer.poll, 25.0)


# An alert that anyone can send reaches the client together with the server's flight.
func disturbed_fatal_alert() -> String:
	return await _disturbed(Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE), false)


func disturbed_fatal_alert_and_silence() -> String:
	var silent := Socket.new()
	var peer := column.make_peer()
	peer.connect_to_peer(udp_to(silent.port), "server.test", _trusting_ca())
	silent.receive()
	silent.send(Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE))
	var is_over := func() -> bool:
		peer.poll()
		return Names.status(peer) != "HANDSHAKING"
	await suite.until(is_over, 10.0)
	return Names.status(peer)


func disturbed_zero_length_at_client() -> String:
	return await _disturbed(PackedByteArray(), false)


func disturbed_zero_length_at_server() -> String:
	return await _disturbed(PackedByteArray(), true)


func disturbed_garbage_at_client() -> String:
	return await _disturbed("is this a DTLS client?".to_utf8_buffer(), false)


func disturbed_garbage_at_server() -> String:
	return await _disturbed("is this a DTLS server?".to_utf8_buffer(), true)


# A packet of the server reaches the client before the server's Finished: it may be lost, and nothing else is.
func data_that_overtakes() -> String:
	var link := pair()
	link.add_relay()
	var held: Array[PackedByteArray] = []
	var hold_last_flight := func(datagram: PackedByteArray, from_client: bool, _index: int) -> Array:
		if not from_client and Dtls.records(datagram)[0].type == Dtls.CHANGE_CIPHER_SPEC:
			held.append(datagram)
			return []
		return [datagram]
	link.relay.filter = hold_last_flight
	link.connect_client()
	await link.until(func() -> bool: return link.server_status() == "CONNECTED" and not held.is_empty())
	link.accepted[0].put_packet("early".to_utf8_buffer())
	link.poll()
	link.relay.filter = Callable()
	for datagram in held:
		link.relay.send_to_client(datagram)
	await link.until(link.is_connected_both_ways)
	var later := "later".to_utf8_buffer()
	link.accepted[0].put_packet(later)
	var last: Array[PackedByteArray] = [PackedByteArray()]
	var has_later := func() -> bool:
		if link.client.get_available_packet_count() > 0:
			last[0] = link.client.get_packet()
		return last[0] == later
	return "%s, %s" % [link.client_status(), "alive" if await link.until(has_later) else "dead"]


# More than a client accepts: what setup() says, and the peer that the server takes for the second ClientHello.
func certificate_over_16_KiB() -> String:
	var link := pair()
	var error := link.setup(column.server_options(Fixtures.key("server"), Fixtures.certificate("long_chain")))
	if error != OK:
		return Names.error(error)
	link.connect_client()
	await link.until(func() -> bool: return link.turned_away.size() > 1)
	return "OK, then " + link.turned_away[-1]


func _trusting_ca() -> RefCounted:
	return column.client_options(Fixtures.certificate("ca"))


func _first_hello(hostname: String, options: RefCounted) -> PackedByteArray:
	var silent := Socket.new()
	var peer := column.make_peer()
	peer.connect_to_peer(udp_to(silent.port), hostname, options)
	var hello: Array[PackedByteArray] = []
	var has_arrived := func() -> bool:
		hello.append_array(silent.receive())
		return not hello.is_empty()
	await suite.until(has_arrived)
	return hello[0]


func _offers(cipher_suite: int) -> String:
	return str(cipher_suite in Dtls.parse_client_hello(await _first_hello("server.test", _trusting_ca())).cipher_suites)


func _server_name(options: RefCounted) -> String:
	var name: String = Dtls.parse_client_hello(await _first_hello("server.test", options)).server_name
	return "none" if name.is_empty() else name


func _with_chain() -> Pair:
	var link := pair()
	link.setup(column.server_options(Fixtures.key("rsa"), Fixtures.certificate("rsa_chain")))
	link.add_relay()
	return link


func _fits_mtu(datagram: PackedByteArray) -> bool:
	return datagram.size() <= MTU


static func _is_server_hello(datagram: PackedByteArray) -> bool:
	return Dtls.is_message(datagram, Dtls.SERVER_HELLO)


static func _drop_server_hello(datagram: PackedByteArray, from_client: bool, _index: int) -> Array:
	return [datagram] if from_client or Dtls.is_message(datagram, Dtls.HELLO_VERIFY_REQUEST) else []


func _with_lost(lost_from_client: bool, lost_index: int) -> String:
	var drop := func(datagram: PackedByteArray, from_client: bool, index: int) -> Array:
		return [] if from_client == lost_from_client and index == lost_index else [datagram]
	return await _with_filter(drop)


func _with_filter(filter: Callable) -> String:
	var link := pair()
	link.add_relay()
	link.relay.filter = filter
	link.connect_client()
	await link.until(link.is_connected_both_ways, 10.0)
	return link.client_status()


# How the client fares when this datagram stands before the first one of the server's flight, or of the client's answer.
func _disturbed(disturbance: PackedByteArray, at_server: bool) -> String:
	var disturb := func(datagram: PackedByteArray, from_client: bool, index: int) -> Array:
		var is_place := index == 2 if at_server else _is_server_hello(datagram)
		return [disturbance, datagram] if from_client == at_server and is_place else [datagram]
	var link := pair()
	link.add_relay()
	link.relay.filter = disturb
	link.connect_client()
	var is_over := func() -> bool:
		return link.is_connected_both_ways() or "ERROR" in [link.client_status(), link.server_status()]
	await link.until(is_over)
	return link.server_status() if at_server else link.client_status()


# When a client sends to a socket that never answers, in whole seconds, and how it ends, or is after so many transmissions.
func _client_before_silence(seconds: float, transmissions := 0) -> Dictionary:
	var silent := Socket.new()
	var peer := column.make_peer()
	# Of each transmission, in microseconds: the beginning and the end of the call that has sent, and the beginning of the one
	# before that.
	var sent: Array[Vector3i] = []
	var begin := Time.get_ticks_usec()
	peer.connect_to_peer(udp_to(silent.port), "server.test", _trusting_ca())
	var calls: Array[int] = [begin, begin]
	var note := func() -> void:
		for datagram in silent.receive():
			sent.append(Vector3i(calls[-1], Time.get_ticks_usec(), calls[-2]))
	note.call()
	var is_over := func() -> bool:
		calls.append(Time.get_ticks_usec())
		peer.poll()
		note.call()
		return sent.size() == transmissions or Names.status(peer) != "HANDSHAKING"
	await suite.until(is_over, seconds)
	var end := "%s after %d" % [Names.status(peer), roundi((Time.get_ticks_usec() - begin) / 1e6)]
	return { "seconds": _whole_seconds(sent), "end": end }


# A call sends again what was due by then and not yet in the call before. If that fits a wait of 1 s, and then of twice as much as
# the last time or of as much again, it is told as such, however seldom there was a call. Another wait is told as it was.
static func _whole_seconds(sent: Array[Vector3i]) -> String:
	var times: PackedStringArray = ["0"]
	var waits: Array[int] = [1]
	var sum := 0
	for index in range(1, sent.size()):
		# The wait began somewhere within the call that has sent the one before.
		var least := sent[index].z - sent[index - 1].y
		var most := sent[index].y - sent[index - 1].x + EARLY_USEC
		var fits := func(wait: int) -> bool: return least <= wait * 1_000_000 and wait * 1_000_000 <= most
		var fitting: Array[int] = waits.filter(fits)
		if fitting.is_empty():
			return "%s, then after %.3f to %.3f s" % [" ".join(times), least / 1e6, most / 1e6]
		sum += fitting[0]
		times.append(str(sum))
		waits = [2 * fitting[0], fitting[0]]
	return " ".join(times)


func _end_of(peer: PacketPeer, poll: Callable, seconds: float) -> String:
	var begin := Time.get_ticks_msec()
	var is_over := func() -> bool:
		poll.call()
		return Names.status(peer) != "HANDSHAKING"
	await suite.until(is_over, seconds)
	return "%s after %d" % [Names.status(peer), _seconds_since(begin)]


static func _seconds_since(begin: int) -> int:
	return roundi((Time.get_ticks_msec() - begin) / 1000.0)
