# Options of this addon's class, made of fixtures by name.
extends RefCounted

const Fixtures := preload("res://harness/fixtures.gd")


# A server with a certificate chain and its key.
static func server(chain: String = "server", key: String = "server") -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.server(Fixtures.key(key), Fixtures.certificate(chain))


# A server that asks its clients for a certificate of the clients' root.
static func verifying_server(verify: TLSOptionsOpenSSL.VerifyClient = TLSOptionsOpenSSL.VERIFY_REQUIRED) -> TLSOptionsOpenSSL:
	var options := server()
	options.verify_client = verify
	options.client_ca = Fixtures.certificate("client_ca")
	return options


# A client with full verification.
static func client(authority: String = "ca") -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.client(Fixtures.certificate(authority))


# The same with a certificate of its own.
static func client_with_identity(chain: String = "client", key: String = "client") -> TLSOptionsOpenSSL:
	var options := client()
	options.set_identity(Fixtures.key(key), Fixtures.certificate(chain))
	return options
