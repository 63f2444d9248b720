# Names for the numbers that the classes return, so that an observation can be read.
extends RefCounted

const STATUSES: PackedStringArray = ["DISCONNECTED", "HANDSHAKING", "CONNECTED", "ERROR", "ERROR_HOSTNAME_MISMATCH"]
# In the order of their numbers, without their prefix.
const FAILURES: PackedStringArray = [
	"NONE", "COOKIE_EXCHANGE", "HANDSHAKE_TIMEOUT", "CERTIFICATE_UNTRUSTED", "CERTIFICATE_EXPIRED", "CERTIFICATE_NOT_YET_VALID",
	"CERTIFICATE_REVOKED", "CERTIFICATE_PURPOSE", "HOSTNAME_MISMATCH", "CHAIN_INCOMPLETE", "PIN_MISMATCH",
	"PEER_CERTIFICATE_REQUIRED", "NO_SHARED_CIPHER", "PROTOCOL_VERSION", "PSK_REJECTED", "PEER_ALERT", "PEER_RESTARTED",
	"REFUSED", "TRANSPORT", "IDLE_TIMEOUT", "INTERNAL", "CANT_RESOLVE",
]
const ERRORS := {
	OK: "OK",
	FAILED: "FAILED",
	ERR_UNAVAILABLE: "ERR_UNAVAILABLE",
	ERR_UNCONFIGURED: "ERR_UNCONFIGURED",
	ERR_OUT_OF_MEMORY: "ERR_OUT_OF_MEMORY",
	ERR_ALREADY_IN_USE: "ERR_ALREADY_IN_USE",
	ERR_CANT_CREATE: "ERR_CANT_CREATE",
	ERR_CONNECTION_ERROR: "ERR_CONNECTION_ERROR",
	ERR_INVALID_DATA: "ERR_INVALID_DATA",
	ERR_INVALID_PARAMETER: "ERR_INVALID_PARAMETER",
	ERR_BUSY: "ERR_BUSY",
	ERR_BUG: "ERR_BUG",
}


# The status of a peer, without its prefix. Works for null and for peers of either implementation.
static func status(peer: PacketPeer) -> String:
	return "null" if peer == null else STATUSES[peer.get_status()]


# Why our peer failed, without the prefix.
static func failure(peer: PacketPeerDTLSOpenSSL) -> String:
	return FAILURES[peer.get_failure_reason()]


static func error(code: Variant) -> String:
	return ERRORS.get(code, "error %s" % code)
