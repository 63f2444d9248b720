# The file that configures OpenSSL for all programs of a computer, which is not meant for games.
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")

# All algorithms are those of a provider that has none.
const WITHOUT_ALGORITHMS := """
openssl_conf = all
[all]
providers = providers
[providers]
null = null
[null]
activate = 1
"""
const FILE := "user://openssl.cnf"


func test_it_changes_nothing() -> void:
	if OS.get_name() == "Windows":
		skip("there is no program env")
		return
	FileAccess.open(FILE, FileAccess.WRITE).store_string(WITHOUT_ALGORITHMS)
	var path := ProjectSettings.globalize_path(FILE)
	var child := Child.new("connecting_client", [], {}, ["env", "OPENSSL_CONF=" + path])
	DirAccess.remove_absolute(path)
	expect_equal(child.result("STATUS"), "CONNECTED", "status")
