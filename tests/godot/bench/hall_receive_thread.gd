# The same server with no more of the system's memory than every program gets, and with a thread that receives.
extends "hall_listen.gd"

const SETTING := "openssl_dtls/receive_thread"
const USUAL_BUFFER := 212992


func _listen() -> void:
	_server.receive_buffer_size = USUAL_BUFFER
	ProjectSettings.set_setting(SETTING, true)
	super()
	ProjectSettings.set_setting(SETTING, false)
