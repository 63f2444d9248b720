# What a guest knows of a host: where it is, and what to know it by.
extends RefCounted

const PrivateFile := preload("res://players/private_file.gd")

enum Trust {
	FINGERPRINT, # That of the host's own certificate, which nobody else has to have signed.
	AUTHORITY, # Whoever has signed the host's certificate.
	PRE_SHARED_KEY, # A secret that both have.
	NOTHING, # Whoever answers. For tests alone.
}

# Tells the host which key is meant. Sent in plain text.
const KEY_IDENTITY := "guest"
# The invitation of the host that was opened last on this computer: so another window finds it.
const LAST := "user://invitation.cfg"
const FIELDS: PackedStringArray = ["address", "port", "trust", "proof", "certificate_name"]

var address := "127.0.0.1"
var port := 4242
var trust := Trust.FINGERPRINT
# The fingerprint; or a file with certificates in PEM form, empty for those that the system trusts; or the key, in
# hexadecimal digits.
var proof := ""
# Whom the host's certificate has to name, if that is not the address.
var certificate_name := ""


func options() -> TLSOptionsOpenSSL:
	match trust:
		Trust.FINGERPRINT:
			return TLSOptionsOpenSSL.client_pinned([proof])
		Trust.AUTHORITY when proof.is_empty():
			return TLSOptionsOpenSSL.client()
		Trust.AUTHORITY:
			return TLSOptionsOpenSSL.client_from_pem(FileAccess.get_file_as_string(proof))
		Trust.PRE_SHARED_KEY:
			return TLSOptionsOpenSSL.client_psk(KEY_IDENTITY, proof.hex_decode())
		_:
			return TLSOptionsOpenSSL.client_unsafe()


func server_name() -> String:
	return address if certificate_name.is_empty() else certificate_name


func save_as_last() -> void:
	var file := ConfigFile.new()
	for field in FIELDS:
		file.set_value("invitation", field, get(field))
	PrivateFile.write(LAST, file.encode_to_text())


func load_last() -> void:
	var file := ConfigFile.new()
	if FileAccess.file_exists(LAST) and file.load(LAST) == OK:
		for field in FIELDS:
			set(field, file.get_value("invitation", field, get(field)))
