# What sockets really refuse. Core's tests say what becomes of each error; here are those that can be had for real.
#
# Two cannot. The longest datagram of a session has 16,421 bytes, and a socket takes 65,507: none is too long. And where the
# system's buffer is full the engine's put_packet() waits until it is not, so that nobody learns of it.
# also with: listen
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const ColumnOurs := preload("res://harness/column_ours.gd")
const Names := preload("res://harness/names.gd")
const Pair := preload("res://harness/pair.gd")
const MOST_BYTES := 16384


func test_longest_packet_is_not_too_long_for_a_socket() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	var payload := Crypto.new().generate_random_bytes(MOST_BYTES)
	expect(await link.exchange(link.client, link.accepted[0], payload) == payload, "to the server")
	expect(await link.exchange(link.accepted[0], link.client, payload) == payload, "to the client")
	payload.append(0)
	expect_equal(link.client.put_packet(payload), ERR_INVALID_PARAMETER, "one byte more")
	expect_equal(link.client.get_statistics().socket_errors, 0, "socket errors")


# Its port is closed: what is sent to it comes back as an ICMP error, which is not for the others.
func test_client_that_is_gone_is_no_error_of_the_server() -> void:
	var link := Pair.new(self, ColumnOurs.new())
	await link.establish()
	var gone := link.accepted[0]
	link.client_udp.close()
	await link.establish_another()
	for number in 20:
		expect_equal(gone.put_packet(PackedByteArray([number])), OK, "put_packet")
		link.poll()
	expect_equal(Names.status(gone), "CONNECTED", "the one whose client is gone")
	expect_equal(gone.get_statistics().socket_errors, 0, "socket errors")
	expect(await link.is_alive(), "the other one")


# The route to the other side is taken away and given back.
func test_network_that_is_unreachable() -> void:
	var child := Child.isolated("unreachable", [])
	if child == null:
		skip("needs `unshare` and `ip`, and the right to make a network namespace")
		return
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.result("SESSION"), "CONNECTED CONNECTED", "the session meanwhile")
	expect_equal(child.result("SENT"), "ERR_CONNECTION_ERROR 20", "what put_packet returned 20 times")
	expect_equal(child.result("ERRORS"), "10 10", "socket errors")
	expect_equal(child.result("AFTERWARDS"), "true", "the session afterwards")
	expect_equal(child.result("HANDSHAKE"), "ERROR TRANSPORT 3", "a handshake")
	expect_equal(child.result("SHORT"), "CONNECTED NONE 2", "a handshake whose second error is the last")
