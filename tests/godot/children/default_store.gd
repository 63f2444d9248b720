# Connects without a trusted chain before the engine has loaded its default store, which it does after this object is made:
# as good as on a system where it finds none. Argument: column=engine or column=ours.
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")
const Column := preload("res://harness/column.gd")
const Names := preload("res://harness/names.gd")


func _init() -> void:
	var column: Column = load("res://harness/column_%s.gd" % Arguments.value("column")).new()
	print("VERIFYING ", _connect(column, column.client_options()))
	print("UNSAFE ", _connect(column, column.client_unsafe_options()))


func _initialize() -> void:
	quit()


func _connect(column: Column, options: RefCounted) -> String:
	var silent := PacketPeerUDP.new()
	silent.bind(0, "127.0.0.1")
	var udp := PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", silent.get_local_port())
	return Names.error(column.make_peer().connect_to_peer(udp, "server.test", options))
