# The players of the demo, without a window: how hosts and guests know each other, and the bad network between them.
extends "../godot/harness/suite.gd"

const BadNetwork := preload("res://players/bad_network.gd")
const Guest := preload("res://players/guest.gd")
const Host := preload("res://players/host.gd")
const Identity := preload("res://players/identity.gd")
const Invitation := preload("res://players/invitation.gd")

var _host: Host
var _guest: Guest


func test_a_host_is_known_by_its_fingerprint() -> void:
	var options := Identity.self_signed()
	await _expect_connected(options, _invitation(Invitation.Trust.FINGERPRINT, options.get_fingerprint_sha256()))


func test_a_host_is_known_by_its_own_certificate() -> void:
	await _expect_connected(Identity.self_signed(), _invitation(Invitation.Trust.AUTHORITY, Identity.CERTIFICATE))


func test_a_host_keeps_its_certificate() -> void:
	var first := Identity.self_signed().get_fingerprint_sha256()
	expect_equal(Identity.self_signed().get_fingerprint_sha256(), first, "fingerprint")


func test_only_the_owner_can_read_the_key() -> void:
	Identity.self_signed()
	var permissions := FileAccess.get_unix_permissions(Identity.KEY)
	expect_equal(permissions, FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_WRITE_OWNER, "permissions")


func test_the_full_chain_of_an_authority() -> void:
	var options := Identity.from_files(_fixture("server.key"), _fixture("chain.crt"))
	await _expect_connected(options, _invitation_of_authority())


func test_half_a_chain_is_not_enough() -> void:
	var options := Identity.from_files(_fixture("server.key"), _fixture("leaf.crt"))
	await _join(options, _invitation_of_authority())
	expect_equal(_guest.link.failure_name(), "FAILURE_CHAIN_INCOMPLETE", "failure")
	_part()


func test_a_pre_shared_key() -> void:
	var key := Identity.new_key()
	await _expect_connected(Identity.pre_shared_key(key), _invitation(Invitation.Trust.PRE_SHARED_KEY, key.hex_encode()))


func test_an_invitation_is_found_again() -> void:
	var saved := _invitation(Invitation.Trust.AUTHORITY, "res://authority.crt")
	saved.port = 4321
	saved.certificate_name = "server.test"
	saved.save_as_last()
	var found := Invitation.new()
	found.load_last()
	for field in Invitation.FIELDS:
		expect_equal(found.get(field), saved.get(field), field)


func test_a_network_delays() -> void:
	var network := await _connect_through_network()
	network.delay_msec = 100
	_guest.link.round_trips.clear()
	await until(func() -> bool: return _guest.link.round_trips.size() >= 5)
	# The first may have been on their way before.
	var last := _guest.link.round_trips[-1]
	expect(last >= 200.0, "a round trip of %f ms" % last)
	network.free()
	_part()


func test_a_network_loses() -> void:
	var network := await _connect_through_network()
	network.loss = 1.0
	var count := _guest.link.round_trips.size()
	expect(await until(func() -> bool: return _guest.link.lost >= 3, 10.0), "no ping is lost")
	expect(_guest.link.round_trips.size() <= count + 1, "answers came")
	network.free()
	_part()


func _expect_connected(options: TLSOptionsOpenSSL, invitation: Invitation) -> void:
	await _join(options, invitation)
	expect(_guest.link.is_connected_to_peer(), _guest.link.peer.get_failure_detail())
	_part()


# Until the handshake has ended one way or the other.
func _join(options: TLSOptionsOpenSSL, invitation: Invitation, network: BadNetwork = null) -> void:
	_host = Host.new()
	_guest = Guest.new()
	root.add_child(_host)
	root.add_child(_guest)
	expect_equal(_host.open(0, options), OK, "host")
	var port := _host.port()
	if network != null:
		network.open("127.0.0.1", port)
		port = network.port()
	expect_equal(_guest.join(invitation, "127.0.0.1", port), OK, "guest")
	var has_ended := func() -> bool:
		return _guest.link.peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING
	expect(await until(has_ended), "still in the handshake")


func _connect_through_network() -> BadNetwork:
	var network := BadNetwork.new()
	root.add_child(network)
	var options := Identity.self_signed()
	await _join(options, _invitation(Invitation.Trust.FINGERPRINT, options.get_fingerprint_sha256()), network)
	expect(_guest.link.is_connected_to_peer(), "not connected")
	return network


func _part() -> void:
	_host.free()
	_guest.free()


func _invitation(trust: Invitation.Trust, proof: String) -> Invitation:
	var invitation := Invitation.new()
	invitation.trust = trust
	invitation.proof = proof
	return invitation


func _invitation_of_authority() -> Invitation:
	var invitation := _invitation(Invitation.Trust.AUTHORITY, _fixture("ca.crt"))
	invitation.certificate_name = "server.test"
	return invitation


# Those of the other tests.
func _fixture(name: String) -> String:
	var script: Script = get_script()
	return script.resource_path.get_base_dir().path_join("../godot/fixtures").simplify_path().path_join(name)
