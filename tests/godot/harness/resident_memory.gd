# What the process has in the machine's memory. Only where there is such a file.
extends RefCounted


# NAN: nobody knows.
static func kib() -> float:
	# proc(5). The length of such a file is 0, so it is read line by line.
	var status := FileAccess.open("/proc/self/status", FileAccess.READ)
	while status != null and not status.eof_reached():
		var line := status.get_line()
		if line.begins_with("VmRSS:"):
			return float(line.to_int())
	return NAN
