# Options of this addon's class, made of fixtures by name, and servers and clients with them.
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


static func set_up() -> DTLSServerOpenSSL:
	var new := DTLSServerOpenSSL.new()
	new.setup(server())
	return new


# With a socket of its own, on a free port.
static func listening() -> DTLSServerOpenSSL:
	var new := set_up()
	new.listen(0, "127.0.0.1")
	return new


# A client of such a server, with a socket of its own too.
static func client_of(listening_server: DTLSServerOpenSSL) -> PacketPeerDTLSOpenSSL:
	var new := PacketPeerDTLSOpenSSL.new()
	new.connect_to_host("127.0.0.1", listening_server.get_local_port(), "server.test", client())
	return new
