# Secrets stay where they belong.
extends "res://harness/suite.gd"

const Child := preload("res://harness/child.gd")
const KEYS := "user://environment.keys"
# Long enough for every kind of secret.
const SECRET := "nobody may read this in any log"


# In none of the forms in which bytes are printed.
func test_log_of_all_levels_has_no_secret() -> void:
	var child := Child.new("secrets", ["secret=%s." % SECRET], { "log_level": "trace" })
	expect_equal(child.exit_code, 0, "exit code")
	expect_equal(child.result("CONNECTED"), "3", "connected")
	expect_equal(child.result("REFUSED"), "9", "refused")
	var text := "\n".join(child.lines)
	expect("OpenSSL DTLS" in text, "the log has not all levels")
	var bytes := SECRET.to_utf8_buffer()
	for form: String in [SECRET, bytes.hex_encode(), Marshalls.raw_to_base64(bytes.slice(0, 30)), str(bytes).trim_suffix("]")]:
		expect(form.to_lower() not in text.to_lower(), "the secret is there: " + form)


# With it a recorded connection can be decrypted.
func test_no_key_log_is_written_because_of_the_environment() -> void:
	DirAccess.remove_absolute(KEYS)
	OS.set_environment("SSLKEYLOGFILE", ProjectSettings.globalize_path(KEYS))
	var child := Child.new("joining_crowd", [])
	OS.unset_environment("SSLKEYLOGFILE")
	expect_equal(child.result("CONNECTED"), "10", "connected")
	expect(not FileAccess.file_exists(KEYS), "written")
