# The classes by reflection: what ClassDB says of each method of the engine's class, and of ours of the same name.
extends "res://contract/part.gd"

# What a peer of either implementation has from PacketPeer.
const PACKET_PEER_METHODS: PackedStringArray = [
	"get_packet", "put_packet", "get_packet_error", "get_available_packet_count", "get_var", "put_var",
	"get_encode_buffer_max_size", "set_encode_buffer_max_size",
]


func rows() -> Dictionary:
	return {
		"server.can_be_made": same("true"),
		"server.base": same("RefCounted"),
		"server.methods": same("setup take_connection"),
		"server.setup": differs(
			"setup(server_options: TLSOptions) -> Error", "setup(server_options: RefCounted) -> Error", "D15"),
		"server.take_connection": differs(
			"take_connection(udp_peer: PacketPeerUDP) -> PacketPeerDTLS",
			"take_connection(udp_peer: PacketPeerUDP = <null>) -> PacketPeerDTLS", "D18"),
		"peer.can_be_made": same("true"),
		"peer.is_packet_peer": same("true"),
		"peer.inherited_methods": same("all"),
		"peer.methods": same("connect_to_peer disconnect_from_peer get_status poll"),
		"peer.poll": same("poll() -> void"),
		"peer.connect_to_peer": differs(
			"connect_to_peer(packet_peer: PacketPeerUDP, hostname: String, client_options: TLSOptions = <null>) -> Error",
			"connect_to_peer(packet_peer: PacketPeerUDP, hostname: Variant, client_options: RefCounted = <null>) -> Error",
			"D15"),
		"peer.get_status": same("get_status() -> PacketPeerDTLS.Status const"),
		"peer.disconnect_from_peer": same("disconnect_from_peer() -> void"),
		"peer.status_values": same("STATUS_DISCONNECTED=0 STATUS_HANDSHAKING=1 STATUS_CONNECTED=2 STATUS_ERROR=3 "
			+ "STATUS_ERROR_HOSTNAME_MISMATCH=4"),
		"peer.failure_can_be_asked": differs("no", "yes", "D2"),
		"options.can_be_made": same("false"),
		"options.base": same("RefCounted"),
		"options.methods": same("client client_unsafe get_common_name_override get_own_certificate get_private_key "
			+ "get_trusted_ca_chain is_server is_unsafe_client server"),
		"options.client": same("client(trusted_chain: X509Certificate = <null>, common_name_override: String = \"\")"
			+ " -> TLSOptions static"),
		"options.client_unsafe": same("client_unsafe(trusted_chain: X509Certificate = <null>) -> TLSOptions static"),
		"options.server": same("server(key: CryptoKey, certificate: X509Certificate) -> TLSOptions static"),
		"options.is_server": same("is_server() -> bool const"),
		"options.is_unsafe_client": same("is_unsafe_client() -> bool const"),
		"options.get_common_name_override": same("get_common_name_override() -> String const"),
		"options.get_trusted_ca_chain": same("get_trusted_ca_chain() -> X509Certificate const"),
		"options.get_private_key": same("get_private_key() -> CryptoKey const"),
		"options.get_own_certificate": same("get_own_certificate() -> X509Certificate const"),
		"options.of_client": same("server false, unsafe false, name override.test, chain true, key false, certificate false"),
		"options.of_unsafe_client": same("server false, unsafe true, name , chain false, key false, certificate false"),
		"options.of_server": same("server true, unsafe false, name , chain false, key true, certificate true"),
		"options.keep_key": same("true"),
	}


func server_can_be_made() -> String:
	return str(ClassDB.can_instantiate(column.server_class))


func server_base() -> String:
	return ClassDB.get_parent_class(column.server_class)


func server_methods() -> String:
	return _methods(column.server_class, &"DTLSServer")


func server_setup() -> String:
	return _signature(column.server_class, "setup")


func server_take_connection() -> String:
	return _signature(column.server_class, "take_connection")


func peer_can_be_made() -> String:
	return str(ClassDB.can_instantiate(column.peer_class))


func peer_is_packet_peer() -> String:
	return str(ClassDB.is_parent_class(column.peer_class, &"PacketPeer"))


# None of them may be defined anew: typed callers would not reach it.
func peer_inherited_methods() -> String:
	var own := ClassDB.class_get_method_list(column.peer_class, true).map(_name_of)
	for method in PACKET_PEER_METHODS:
		if method in own or not ClassDB.class_has_method(column.peer_class, method):
			return "not " + method
	return "all"


func peer_methods() -> String:
	return _methods(column.peer_class, &"PacketPeerDTLS")


func peer_poll() -> String:
	return _signature(column.peer_class, "poll")


func peer_connect_to_peer() -> String:
	return _signature(column.peer_class, "connect_to_peer")


func peer_get_status() -> String:
	return _signature(column.peer_class, "get_status")


func peer_disconnect_from_peer() -> String:
	return _signature(column.peer_class, "disconnect_from_peer")


func peer_status_values() -> String:
	var values: PackedStringArray = []
	for constant in ClassDB.class_get_enum_constants(column.peer_class, "Status", true):
		values.append("%s=%d" % [constant, ClassDB.class_get_integer_constant(column.peer_class, constant)])
	return " ".join(values)


func peer_failure_can_be_asked() -> String:
	return "yes" if ClassDB.class_has_method(column.peer_class, "get_failure_message") else "no"


func options_can_be_made() -> String:
	return str(ClassDB.can_instantiate(column.options_class))


func options_base() -> String:
	return ClassDB.get_parent_class(column.options_class)


func options_methods() -> String:
	return _methods(column.options_class, &"TLSOptions")


func options_client() -> String:
	return _signature(column.options_class, "client")


func options_client_unsafe() -> String:
	return _signature(column.options_class, "client_unsafe")


func options_server() -> String:
	return _signature(column.options_class, "server")


func options_is_server() -> String:
	return _signature(column.options_class, "is_server")


func options_is_unsafe_client() -> String:
	return _signature(column.options_class, "is_unsafe_client")


func options_get_common_name_override() -> String:
	return _signature(column.options_class, "get_common_name_override")


func options_get_trusted_ca_chain() -> String:
	return _signature(column.options_class, "get_trusted_ca_chain")


func options_get_private_key() -> String:
	return _signature(column.options_class, "get_private_key")


func options_get_own_certificate() -> String:
	return _signature(column.options_class, "get_own_certificate")


func options_of_client() -> String:
	return _contents(column.client_options(Fixtures.certificate("ca"), "override.test"))


func options_of_unsafe_client() -> String:
	return _contents(column.client_unsafe_options())


func options_of_server() -> String:
	return _contents(column.server_options(Fixtures.key("server"), Fixtures.certificate("server")))


func options_keep_key() -> String:
	var key := Fixtures.key("server")
	var kept: CryptoKey = column.server_options(key, Fixtures.certificate("server")).get_private_key()
	return str(kept.save_to_string() == key.save_to_string())


# The names of the class's methods that the engine's own class has too: ours may have more.
static func _methods(of_class: StringName, engine_class: StringName) -> String:
	var names := PackedStringArray(ClassDB.class_get_method_list(of_class, true).map(_name_of))
	var of_engine := ClassDB.class_get_method_list(engine_class, true).map(_name_of)
	var shared := Array(names).filter(func(method: String) -> bool: return method in of_engine)
	shared.sort()
	return " ".join(PackedStringArray(shared))


static func _name_of(method: Dictionary) -> String:
	return method.name


# As the class reference writes it, with our class names as the engine's.
static func _signature(of_class: StringName, name: String) -> String:
	for method: Dictionary in ClassDB.class_get_method_list(of_class, true):
		if method.name == name:
			return ("%s(%s) -> %s%s" % [name, _arguments(method), _type(method.return), _flags(method)]).replace("OpenSSL", "")
	return "no such method"


static func _arguments(method: Dictionary) -> String:
	var texts: PackedStringArray = []
	var first_default: int = method.args.size() - method.default_args.size()
	for index: int in method.args.size():
		var text := "%s: %s" % [method.args[index].name, _type(method.args[index])]
		if index >= first_default:
			text += " = %s" % _literal(method.default_args[index - first_default])
		texts.append(text)
	return ", ".join(texts)


static func _literal(value: Variant) -> String:
	return "\"%s\"" % value if value is String else "<null>" if value == null else str(value)


static func _type(property: Dictionary) -> String:
	if property.class_name != &"":
		return property.class_name
	if property.type == TYPE_NIL:
		return "Variant" if property.usage & PROPERTY_USAGE_NIL_IS_VARIANT else "void"
	return type_string(property.type)


static func _flags(method: Dictionary) -> String:
	var texts := ""
	if method.flags & METHOD_FLAG_CONST:
		texts += " const"
	if method.flags & METHOD_FLAG_STATIC:
		texts += " static"
	return texts


static func _contents(options: RefCounted) -> String:
	return "server %s, unsafe %s, name %s, chain %s, key %s, certificate %s" % [
		options.is_server(), options.is_unsafe_client(), options.get_common_name_override(),
		options.get_trusted_ca_chain() != null, options.get_private_key() != null, options.get_own_certificate() != null,
	]
