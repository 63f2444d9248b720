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


# A certificate revocation list.
static func crl_pem(name: String) -> String:
	return FileAccess.get_file_as_string("res://fixtures/%s.crl" % name)


# The fingerprint of a certificate: SHA-256 of its DER form, in lower-case hex.
static func fingerprint(name: String) -> String:
	return fingerprint_of(certificate_pem(name))


# The same of the first certificate in a PEM text.
static func fingerprint_of(pem: String) -> String:
	var block := pem.get_slice("-----BEGIN CERTIFICATE-----", 1).get_slice("-----END CERTIFICATE-----", 0)
	var digest := HashingContext.new()
	digest.start(HashingContext.HASH_SHA256)
	digest.update(Marshalls.base64_to_raw(block.replace("\n", "")))
	return digest.finish().hex_encode()
