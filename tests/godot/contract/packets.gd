# The PacketPeer part of PacketPeerDTLS: packets in and out of a session, and what the network may put between them.
extends "res://contract/part.gd"

const ONE := "one"
const TWO := "two"
const THREE := "three"
# The payload of the largest record, and one byte more.
const LARGEST := 16384


func rows() -> Dictionary:
	return {
		"count.not_connected": same("0"),
		"count.without_poll": same("0"),
		"count.three_waiting": differs("1", "3", "D3"),
		"get.not_connected": same("empty ERR_UNCONFIGURED"),
		"get.waiting": same("one OK"),
		"get.without_poll": differs("one OK", "empty ERR_UNAVAILABLE", "D4"),
		"get.empty_queue": differs("empty OK", "empty ERR_UNAVAILABLE", "D4"),
		"get.close_notify": differs("empty ERR_CONNECTION_ERROR DISCONNECTED", "empty ERR_UNAVAILABLE CONNECTED", "D4"),
		"get.zero_length": differs("empty ERR_CONNECTION_ERROR ERROR", "empty ERR_UNAVAILABLE CONNECTED", "D8"),
		"get.error_at_first": same("OK"),
		"put.empty": same("OK CONNECTED, sent 0"),
		"put.empty_not_connected": same("OK"),
		"put.not_connected": same("ERR_UNCONFIGURED"),
		"put.after_close": same("ERR_UNCONFIGURED"),
		"put.one_byte": same("OK, sent 1, received 1"),
		"put.above_mtu": same("OK, sent 1, received 4000"),
		"put.largest": same("OK, sent 1, received 16384"),
		"put.oversize": differs("ERR_CONNECTION_ERROR DISCONNECTED", "ERR_INVALID_PARAMETER CONNECTED", "D5"),
		"put.oversize_remote": same("CONNECTED"),
		"put.refused_by_socket": differs("ERR_CONNECTION_ERROR DISCONNECTED", "ERR_CONNECTION_ERROR CONNECTED", "D6"),
		"close.after_data": same("one two three DISCONNECTED"),
		"poll.zero_length": same("CONNECTED, alive"),
		"poll.garbage": same("CONNECTED, alive"),
		"poll.one_byte": same("CONNECTED, alive"),
		"poll.forged_record": same("CONNECTED, alive"),
		"poll.plaintext_fatal_alert": same("CONNECTED, alive"),
		"poll.plaintext_close_notify": same("CONNECTED, alive"),
		"poll.replayed_record": same("1 packet"),
		"poll.reordered_records": same("two one"),
		"var.there_and_back": same("{ \"answer\": 42 } OK"),
		"var.too_large": same("ERR_OUT_OF_MEMORY CONNECTED"),
		"var.empty_queue": same("<null>"),
		"var.leaves_packet_error": same("ERR_UNCONFIGURED"),
		"encode_buffer.default": same("8388608"),
		"encode_buffer.rounded_up": same("2048"),
		"encode_buffer.too_small": same("8388608"),
		"encode_buffer.too_large": same("8388608"),
	}


func count_not_connected() -> String:
	return str(column.make_peer().get_available_packet_count())


func count_without_poll() -> String:
	var link := await _with_waiting([ONE])
	return str(link.client.get_available_packet_count())


func count_three_waiting() -> String:
	var link := await _with_waiting([ONE, TWO, THREE])
	link.client.poll()
	return str(link.client.get_available_packet_count())


func get_not_connected() -> String:
	return _got(column.make_peer())


func get_waiting() -> String:
	var link := await _with_waiting([ONE])
	link.client.poll()
	return _got(link.client)


# Ours takes from the socket in poll() alone.
func get_without_poll() -> String:
	return _got((await _with_waiting([ONE])).client)


func get_empty_queue() -> String:
	return _got((await _with_waiting([])).client)


func get_close_notify() -> String:
	var link := await _with_waiting([])
	link.accepted[0].disconnect_from_peer()
	return "%s %s" % [_got(link.client), link.client_status()]


func get_zero_length() -> String:
	var link := await _with_relay()
	link.relay.send_to_client(PackedByteArray())
	return "%s %s" % [_got(link.client), link.client_status()]


func get_error_at_first() -> String:
	return Names.error(column.make_peer().get_packet_error())


func put_empty() -> String:
	var link := await _with_relay()
	link.relay.forget()
	var error := link.client.put_packet(PackedByteArray())
	link.relay.poll()
	return "%s %s, sent %d" % [Names.error(error), link.client_status(), link.relay.from_client.size()]


func put_empty_not_connected() -> String:
	return Names.error(column.make_peer().put_packet(PackedByteArray()))


func put_not_connected() -> String:
	return Names.error(column.make_peer().put_packet(ONE.to_utf8_buffer()))


func put_after_close() -> String:
	var link := await _with_waiting([])
	link.client.disconnect_from_peer()
	return Names.error(link.client.put_packet(ONE.to_utf8_buffer()))


func put_one_byte() -> String:
	return await _put(1)


func put_above_mtu() -> String:
	return await _put(4000)


func put_largest() -> String:
	return await _put(LARGEST)


func put_oversize() -> String:
	var link := await _with_waiting([])
	var error := link.client.put_packet(_bytes(LARGEST + 1))
	return "%s %s" % [Names.error(error), link.client_status()]


# The remote is not told.
func put_oversize_remote() -> String:
	var link := await _with_waiting([])
	link.client.put_packet(_bytes(LARGEST + 1))
	await suite.during(0.1, link.poll)
	return link.server_status()


func put_refused_by_socket() -> String:
	var link := await _with_waiting([])
	link.listener.stop()
	link.client.put_packet(ONE.to_utf8_buffer())
	var error := link.client.put_packet(TWO.to_utf8_buffer())
	return "%s %s" % [Names.error(error), link.client_status()]


func close_after_data() -> String:
	var link := await _with_waiting([ONE, TWO, THREE])
	link.accepted[0].disconnect_from_peer()
	return "%s %s" % [" ".join(await _received(link)), link.client_status()]


func poll_zero_length() -> String:
	return await _after_datagram(func(_seen: Array) -> PackedByteArray: return PackedByteArray())


func poll_garbage() -> String:
	return await _after_datagram(func(_seen: Array) -> PackedByteArray: return "is this a DTLS client?".to_utf8_buffer())


func poll_one_byte() -> String:
	return await _after_datagram(func(_seen: Array) -> PackedByteArray: return PackedByteArray([Dtls.APPLICATION_DATA]))


# A record of the session with one bit flipped.
func poll_forged_record() -> String:
	var forge := func(seen: Array) -> PackedByteArray:
		var record: PackedByteArray = seen[-1].duplicate()
		record[-1] ^= 1
		return record
	return await _after_datagram(forge)


func poll_plaintext_fatal_alert() -> String:
	return await _after_datagram(func(_seen: Array) -> PackedByteArray: return Dtls.alert(Dtls.FATAL, Dtls.HANDSHAKE_FAILURE))


func poll_plaintext_close_notify() -> String:
	return await _after_datagram(func(_seen: Array) -> PackedByteArray: return Dtls.alert(Dtls.WARNING, Dtls.CLOSE_NOTIFY))


func poll_replayed_record() -> String:
	var link := await _with_relay()
	link.relay.forget()
	link.accepted[0].put_packet(ONE.to_utf8_buffer())
	await link.until(func() -> bool: return not link.relay.from_server.is_empty())
	link.relay.send_to_client(link.relay.from_server[0])
	return "%d packet" % (await _received(link)).size()


func poll_reordered_records() -> String:
	var link := await _with_relay()
	link.relay.forget()
	link.accepted[0].put_packet(ONE.to_utf8_buffer())
	link.accepted[0].put_packet(TWO.to_utf8_buffer())
	link.relay.filter = func(_datagram: PackedByteArray, _from_client: bool, _index: int) -> Array: return []
	link.relay.poll()
	link.relay.filter = Callable()
	link.relay.send_to_client(link.relay.from_server[1])
	link.relay.send_to_client(link.relay.from_server[0])
	return " ".join(await _received(link))


func var_there_and_back() -> String:
	var link := await _with_waiting([])
	link.client.put_var({ "answer": 42 })
	var peer := link.accepted[0]
	await link.until(func() -> bool: return peer.get_available_packet_count() > 0)
	return "%s %s" % [peer.get_var(), Names.error(peer.get_packet_error())]


func var_too_large() -> String:
	var link := await _with_waiting([])
	link.client.encode_buffer_max_size = 1024
	var error := link.client.put_var(_bytes(2000))
	return "%s %s" % [Names.error(error), link.client_status()]


func var_empty_queue() -> String:
	return str((await _with_waiting([])).client.get_var())


# get_packet_error() is that of the last get_packet(), not of get_var().
func var_leaves_packet_error() -> String:
	var link := pair()
	link.client.get_packet()
	await link.establish()
	link.accepted[0].put_var(42)
	await link.until(func() -> bool: return link.client.get_available_packet_count() > 0)
	link.client.get_var()
	return Names.error(link.client.get_packet_error())


func encode_buffer_default() -> String:
	return str(column.make_peer().encode_buffer_max_size)


func encode_buffer_rounded_up() -> String:
	return _encode_buffer(2000)


func encode_buffer_too_small() -> String:
	return _encode_buffer(1023)


func encode_buffer_too_large() -> String:
	return _encode_buffer(256 * 1024 * 1024 + 1)


# A session where the server has sent these and the client has not polled since.
func _with_waiting(texts: Array) -> Pair:
	var link := pair()
	await link.establish()
	for text: String in texts:
		link.accepted[0].put_packet(text.to_utf8_buffer())
	return link


func _with_relay() -> Pair:
	var link := pair()
	link.add_relay()
	await link.establish()
	return link


static func _got(peer: PacketPeer) -> String:
	var text := peer.get_packet().get_string_from_utf8()
	return "%s %s" % ["empty" if text.is_empty() else text, Names.error(peer.get_packet_error())]


func _put(size: int) -> String:
	var link := await _with_relay()
	link.relay.forget()
	var error := link.client.put_packet(_bytes(size))
	await link.until(func() -> bool: return link.accepted[0].get_available_packet_count() > 0)
	var received := link.accepted[0].get_packet().size()
	return "%s, sent %d, received %d" % [Names.error(error), link.relay.from_client.size(), received]


# What the client still receives: ends when nothing more can be on the way.
func _received(link: Pair) -> PackedStringArray:
	var texts: PackedStringArray = []
	var read := func() -> void:
		link.poll()
		while link.client_status() == "CONNECTED" and link.client.get_available_packet_count() > 0:
			texts.append(link.client.get_packet().get_string_from_utf8())
	await suite.during(0.1, read)
	return texts


# What becomes of a session whose client gets the datagram that `make` makes from those the server has sent.
func _after_datagram(make: Callable) -> String:
	var link := await _with_relay()
	link.accepted[0].put_packet(ONE.to_utf8_buffer())
	await link.until(func() -> bool: return link.client.get_available_packet_count() > 0)
	link.client.get_packet()
	link.relay.send_to_client(make.call(link.relay.from_server))
	link.client.poll()
	return "%s, %s" % [link.client_status(), "alive" if await link.is_alive() else "dead"]


func _encode_buffer(size: int) -> String:
	var peer := column.make_peer()
	peer.encode_buffer_max_size = size
	return str(peer.encode_buffer_max_size)


static func _bytes(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(size)
	return bytes
