# Makes an RSA key and a self-signed certificate with the engine's Crypto.
# Arguments: key=<pem path to write> cert=<pem path to write> name=<common name>
extends SceneTree

const Arguments := preload("res://harness/arguments.gd")


func _initialize() -> void:
	var crypto := Crypto.new()
	var key := crypto.generate_rsa(2048)
	var certificate := crypto.generate_self_signed_certificate(key, "CN=" + Arguments.value("name"))
	var is_saved := key.save(Arguments.value("key")) == OK and certificate.save(Arguments.value("cert")) == OK
	quit(0 if is_saved else 1)
