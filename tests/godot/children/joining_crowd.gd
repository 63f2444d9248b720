# Lets a crowd connect. Prints `CONNECTED <clients>` and `THREADS <those of them that compute handshakes>`.
extends "res://harness/suite.gd"

const Crowd := preload("res://harness/joining_crowd.gd")
const THREAD := "dtls handshake"


func _run() -> void:
	allow(CASE_SECONDS)
	var crowd := Crowd.new(10)
	var all_connected := func() -> bool:
		crowd.poll()
		return crowd.connected_clients() == 10 and crowd.connected_peers() == 10
	await until(all_connected)
	print("CONNECTED ", crowd.connected_clients())
	print("THREADS ", _threads())
	quit()


# proc(5). Only where there is such a folder.
func _threads() -> int:
	var count := 0
	for task in DirAccess.get_directories_at("/proc/self/task"):
		var comm := FileAccess.open("/proc/self/task/%s/comm" % task, FileAccess.READ)
		if comm != null and comm.get_line() == THREAD:
			count += 1
	return count
