# Full handshakes, one after the other, both ends in this process.
extends "measurement.gd"

const Crowd := preload("crowd.gd")
const COUNT := 20
# Certificates by the row that they are measured in.
const CERTIFICATES := { "P-256": "server", "RSA-2048": "rsa" }


func measure() -> void:
	for row: String in CERTIFICATES:
		var cipher := _crowd(CERTIFICATES[row]).cipher()
		var crowd := _crowd(CERTIFICATES[row])
		var start := Time.get_ticks_usec()
		if not expect(crowd.connect_clients(COUNT), "a handshake failed"):
			return
		report(row, COUNT * 1e6 / (Time.get_ticks_usec() - start), "handshakes/s", cipher)


func _crowd(certificate: String) -> Crowd:
	return Crowd.new(certificate)
