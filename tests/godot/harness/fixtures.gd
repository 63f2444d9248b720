# The keys and certificates of res://fixtures (made by make.sh there), by name without extension.
extends RefCounted


# With a resource_path, as a game gets it.
static func certificate(name: String) -> X509Certificate:
	return load("res://fixtures/%s.crt" % name)


static func key(name: String) -> CryptoKey:
	return load("res://fixtures/%s.key" % name)


static func certificate_pem(name: String) -> String:
	return FileAccess.get_file_as_string("res://fixtures/%s.crt" % name)


static func key_pem(name: String) -> String:
	return FileAccess.get_file_as_string("res://fixtures/%s.key" % name)
