# The project settings under openssl_dtls/: what the editor shows of them, and the default MTU. The others have suites of
# their own: log, workers and receive_thread.
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const Ours := preload("res://harness/ours.gd")
const PREFIX := "openssl_dtls/"


func test_there_are_these_and_no_others() -> void:
	var names: Array = _properties().keys()
	names.sort()
	expect_equal(names, ["default_mtu", "handshake_threads", "log_level", "receive_thread"], "names")


func test_log_level_is_chosen_from_a_list() -> void:
	_expect_shown("log_level", "warn", PROPERTY_HINT_ENUM, "off,error,warn,info,debug,trace")


func test_default_mtu_has_a_range() -> void:
	_expect_shown("default_mtu", 1200, PROPERTY_HINT_RANGE, "256,4096,1,suffix:B")


func test_handshake_threads_have_a_range() -> void:
	_expect_shown("handshake_threads", -1, PROPERTY_HINT_RANGE, "-1,64,1")


func test_receive_thread_is_off() -> void:
	_expect_shown("receive_thread", false, PROPERTY_HINT_NONE, "")


func test_options_have_the_default_mtu() -> void:
	for options: TLSOptionsOpenSSL in [TLSOptionsOpenSSL.client(), Ours.server()]:
		expect_equal(options.mtu, 1200, "MTU")


func test_the_default_mtu_can_be_another() -> void:
	var child := Child.new("default_mtu", [], { "default_mtu": 900 })
	expect_equal(child.result("CLIENT"), "900", "MTU of a client's options")
	expect_equal(child.result("SERVER"), "900", "MTU of a server's options")
	expect_equal(child.log_lines(), PackedStringArray(), "lines")


# The engine's own options have none that could be asked for.
func test_it_holds_for_options_of_the_engine() -> void:
	var usual := Child.new("default_mtu", []).result("ENGINE").to_int()
	var smaller := Child.new("default_mtu", [], { "default_mtu": 900 }).result("ENGINE").to_int()
	expect_equal(usual - smaller, 300, "bytes less that fit a datagram")


func test_a_default_mtu_that_cannot_be_is_told_and_not_used() -> void:
	for bytes: Variant in [255, 4097, "large"]:
		var child := Child.new("default_mtu", [], { "default_mtu": bytes })
		expect_equal(child.result("CLIENT"), "1200", "MTU in place of %s" % bytes)
		var lines := child.log_lines()
		if expect_equal(lines.size(), 1, "lines about %s" % bytes):
			expect(lines[0].begins_with("WARNING: project setting openssl_dtls/default_mtu: "), lines[0])


# As the dialog Project Settings shows it: among the basic ones, with a default to go back to.
func _expect_shown(name: String, default: Variant, hint: PropertyHint, hint_string: String) -> void:
	var property: Dictionary = _properties()[name]
	expect_equal(property.type, typeof(default), "type")
	expect_equal(property.hint, hint, "hint")
	expect_equal(property.hint_string, hint_string, "hint string")
	expect(property.usage & PROPERTY_USAGE_EDITOR_BASIC_SETTING != 0, "only among the advanced settings")
	expect(property.usage & PROPERTY_USAGE_RESTART_IF_CHANGED != 0, "no restart if changed")
	expect_equal(ProjectSettings.property_get_revert(PREFIX + name), default, "default")


# Name to property.
func _properties() -> Dictionary:
	var found := {}
	for property in ProjectSettings.get_property_list():
		var path: String = property.name
		if path.begins_with(PREFIX):
			found[path.trim_prefix(PREFIX)] = property
	return found
