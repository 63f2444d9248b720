# Makes an RSA key and its self-signed certificate.
#
#     key=<file> cert=<file> name=<common name>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")


func _initialize() -> void:
	var crypto := Crypto.new()
	var key := crypto.generate_rsa(2048)
	var certificate := crypto.generate_self_signed_certificate(key, "CN=" + Arguments.value("name"))
	var error := key.save(Arguments.value("key"))
	if error == OK:
		error = certificate.save(Arguments.value("cert"))
	quit(0 if error == OK else 1)
