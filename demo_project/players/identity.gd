# How a host proves who it is: three ways to make a server's options, none of which needs a terminal.
extends RefCounted

const Invitation := preload("res://players/invitation.gd")
const PrivateFile := preload("res://players/private_file.gd")

const KEY := "user://host.key"
const CERTIFICATE := "user://host.crt"
const DAYS := 3650
const KEY_BYTES := 32


# With a key and a certificate that the host has made for itself. They are kept, so that guests who know its fingerprint
# find the same host the next time.
static func self_signed() -> TLSOptionsOpenSSL:
	if FileAccess.file_exists(KEY) and FileAccess.file_exists(CERTIFICATE):
		return from_files(KEY, CERTIFICATE)
	var options := TLSOptionsOpenSSL.server_self_signed("A player's game", ["localhost", "127.0.0.1", "::1"], DAYS)
	PrivateFile.write(KEY, options.get_key_pem())
	PrivateFile.write(CERTIFICATE, options.get_certificate_pem())
	return options


# With a key and a certificate that an authority has signed. Let's Encrypt calls them privkey.pem and fullchain.pem. It
# has to be the full chain: guests know the authority, but not those between it and the host.
static func from_files(key: String, chain: String) -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.server_from_pem(FileAccess.get_file_as_string(key), FileAccess.get_file_as_string(chain))


# With a key that the guests have as well, and no certificate.
static func pre_shared_key(key: PackedByteArray) -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.server_psk({ Invitation.KEY_IDENTITY: key })


static func new_key() -> PackedByteArray:
	return Crypto.new().generate_random_bytes(KEY_BYTES)
