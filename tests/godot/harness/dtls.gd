# DTLS 1.2 on the wire (RFC 6347): makes crafted datagrams and takes seen ones apart.
extends RefCounted

const CHANGE_CIPHER_SPEC := 20
const ALERT := 21
const HANDSHAKE := 22
const APPLICATION_DATA := 23

const CLIENT_HELLO := 1
const SERVER_HELLO := 2
const HELLO_VERIFY_REQUEST := 3
const CERTIFICATE := 11
const SERVER_KEY_EXCHANGE := 12
const CLIENT_KEY_EXCHANGE := 16

const WARNING := 1
const FATAL := 2
const CLOSE_NOTIFY := 0
const HANDSHAKE_FAILURE := 40

const EXTENSION_SERVER_NAME := 0

const RECORD_HEADER := 13
const HANDSHAKE_HEADER := 12


# One record. A plaintext one has epoch 0.
static func record(type: int, body: PackedByteArray, epoch: int = 0, sequence: int = 0) -> PackedByteArray:
	return PackedByteArray([type, 0xfe, 0xfd]) + _number(epoch, 2) + _number(sequence, 6) + _number(body.size(), 2) + body


static func alert(level: int, description: int) -> PackedByteArray:
	return record(ALERT, PackedByteArray([level, description]), 0, 40)


# A ClientHello that every server here accepts: ECDHE with AES-128-GCM, P-256.
static func client_hello(random: PackedByteArray, cookie := PackedByteArray()) -> PackedByteArray:
	var sequence := 0 if cookie.is_empty() else 1
	return record(HANDSHAKE, _handshake(CLIENT_HELLO, sequence, _client_hello_body(random, cookie)), 0, sequence)


# The same, as two fragments in two datagrams.
static func fragmented_client_hello(random: PackedByteArray, cookie := PackedByteArray()) -> Array[PackedByteArray]:
	var body := _client_hello_body(random, cookie)
	var sequence := 0 if cookie.is_empty() else 1
	var cut := body.size() - 10
	var fragments: Array[PackedByteArray] = []
	for piece: Array in [[0, body.slice(0, cut)], [cut, body.slice(cut)]]:
		var bytes: PackedByteArray = piece[1]
		var header := _number(CLIENT_HELLO, 1) + _number(body.size(), 3) + _number(sequence, 2)
		header += _number(int(piece[0]), 3) + _number(bytes.size(), 3)
		fragments.append(record(HANDSHAKE, header + bytes, 0, sequence + fragments.size()))
	return fragments


# A random of a client, all of one byte.
static func random_of(byte: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(32)
	bytes.fill(byte)
	return bytes


# The records of a datagram, as { type, epoch, sequence, body }.
static func records(datagram: PackedByteArray) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	var at := 0
	while at + RECORD_HEADER <= datagram.size():
		var length := _read(datagram, at + 11, 2)
		found.append({
			"type": datagram[at],
			"epoch": _read(datagram, at + 3, 2),
			"sequence": _read(datagram, at + 5, 6),
			"body": datagram.slice(at + RECORD_HEADER, at + RECORD_HEADER + length),
		})
		at += RECORD_HEADER + length
	return found


# True for a datagram whose first record is the plaintext handshake message `message`.
static func is_message(datagram: PackedByteArray, message: int) -> bool:
	var found := records(datagram)
	return not found.is_empty() and found[0].type == HANDSHAKE and found[0].epoch == 0 and found[0].body[0] == message


# Where in a datagram the body of the plaintext handshake message `message` begins, after both headers. -1: it is not there.
static func body_of(datagram: PackedByteArray, message: int) -> int:
	var at := 0
	for record_seen in records(datagram):
		at += RECORD_HEADER
		if record_seen.type == HANDSHAKE and record_seen.epoch == 0 and record_seen.body[0] == message:
			return at + HANDSHAKE_HEADER
		at += record_seen.body.size()
	return -1


# The cookie of a HelloVerifyRequest.
static func cookie_in(datagram: PackedByteArray) -> PackedByteArray:
	var body: PackedByteArray = records(datagram)[0].body
	var at := HANDSHAKE_HEADER + 2
	return body.slice(at + 1, at + 1 + body[at])


# The cookie of a ClientHello. Empty: it has none.
static func cookie_of(datagram: PackedByteArray) -> PackedByteArray:
	var body: PackedByteArray = records(datagram)[0].body
	var at := HANDSHAKE_HEADER + 2 + 32
	at += 1 + body[at] # session id
	return body.slice(at + 1, at + 1 + body[at])


# What a ClientHello offers, as { cipher_suites: Array[int], server_name: String, "" if there is none }.
static func parse_client_hello(datagram: PackedByteArray) -> Dictionary:
	var body: PackedByteArray = records(datagram)[0].body
	var at := HANDSHAKE_HEADER + 2 + 32
	at += 1 + body[at] # session id
	at += 1 + body[at] # cookie
	var suites_end := at + 2 + _read(body, at, 2)
	var suites: Array[int] = []
	for suite in range(at + 2, suites_end, 2):
		suites.append(_read(body, suite, 2))
	at = suites_end
	at += 1 + body[at] # compression methods
	return { "cipher_suites": suites, "server_name": _server_name(body, at + 2) }


static func _server_name(body: PackedByteArray, extensions: int) -> String:
	var at := extensions
	while at + 4 <= body.size():
		if _read(body, at, 2) == EXTENSION_SERVER_NAME:
			return body.slice(at + 9, at + 9 + _read(body, at + 7, 2)).get_string_from_ascii()
		at += 4 + _read(body, at + 2, 2)
	return ""


static func _handshake(message: int, sequence: int, body: PackedByteArray) -> PackedByteArray:
	var length := _number(body.size(), 3)
	return _number(message, 1) + length + _number(sequence, 2) + _number(0, 3) + length + body


static func _client_hello_body(random: PackedByteArray, cookie: PackedByteArray) -> PackedByteArray:
	var suites := PackedByteArray([0xc0, 0x2b, 0xc0, 0x2f, 0x00, 0xff])
	var extensions := PackedByteArray([0, 10, 0, 4, 0, 2, 0, 23]) # supported_groups: P-256
	extensions += PackedByteArray([0, 11, 0, 2, 1, 0]) # ec_point_formats: uncompressed
	extensions += PackedByteArray([0, 13, 0, 6, 0, 4, 4, 3, 4, 1]) # signature_algorithms: ECDSA and RSA with SHA-256
	extensions += PackedByteArray([0, 23, 0, 0]) # extended_master_secret
	var body := PackedByteArray([0xfe, 0xfd]) + random + PackedByteArray([0])
	body += _number(cookie.size(), 1) + cookie
	body += _number(suites.size(), 2) + suites + PackedByteArray([1, 0])
	return body + _number(extensions.size(), 2) + extensions


# Big-endian.
static func _number(value: int, bytes: int) -> PackedByteArray:
	var encoded := PackedByteArray()
	for index in bytes:
		encoded.append((value >> (8 * (bytes - 1 - index))) & 0xff)
	return encoded


static func _read(bytes: PackedByteArray, at: int, count: int) -> int:
	var value := 0
	for index in count:
		value = value << 8 | bytes[at + index]
	return value
