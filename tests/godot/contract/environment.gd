# What shows only in an engine of its own: the default trust store, and the log.
extends "res://contract/part.gd"

const Child := preload("res://harness/child.gd")
# A server's log may have so many lines in a minute or two.
const QUIET := 2


func rows() -> Dictionary:
	return {
		"default_store.verifying": differs("ERR_UNCONFIGURED", "OK", "D14"),
		"default_store.unsafe": differs("ERR_UNCONFIGURED", "OK", "D14"),
		"log.of_bad_datagrams": differs("more", "at most 2 lines", "D16"),
	}


func default_store_verifying() -> String:
	return Child.new("default_store", ["column=" + column.name]).result("VERIFYING")


func default_store_unsafe() -> String:
	return Child.new("default_store", ["column=" + column.name]).result("UNSAFE")


func log_of_bad_datagrams() -> String:
	var child := Child.new("bad_datagrams", ["column=" + column.name, "count=200"])
	if child.result("TAKEN") != "200":
		return "taken " + child.result("TAKEN")
	return "at most 2 lines" if child.log_lines().size() <= QUIET else "more"
