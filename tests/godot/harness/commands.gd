# The lines that come on standard input, for a program that cannot wait for them. The last one has to be `quit`.
extends RefCounted

var _thread := Thread.new()
var _lines: PackedStringArray = []
var _mutex := Mutex.new()


func _init() -> void:
	_thread.start(_read)


# The next line. Empty: none has come.
func next() -> String:
	_mutex.lock()
	var line := ""
	if not _lines.is_empty():
		line = _lines[0]
		_lines.remove_at(0)
	_mutex.unlock()
	return line


# After `quit` has come.
func close() -> void:
	_thread.wait_to_finish()


func _read() -> void:
	var line := ""
	while line != "quit":
		line = OS.read_string_from_stdin().strip_edges()
		_mutex.lock()
		_lines.append(line)
		_mutex.unlock()
