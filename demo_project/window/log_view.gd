# A log. A line that comes again and again is shown once, with a number.
extends RichTextLabel

const MOST_LINES := 500
# As wide as a digit.
const FIGURE_SPACE := "\u2007"

var _last := ""
var _times := 0


func say(line: String) -> void:
	print(line)
	_times = _times + 1 if line == _last else 1
	_last = line
	if _times > 1:
		remove_paragraph(get_paragraph_count() - 1)
	elif get_paragraph_count() > MOST_LINES:
		remove_paragraph(0)
	_append(line)


func _append(line: String) -> void:
	if not get_parsed_text().is_empty():
		newline()
	push_color(get_theme_color(&"time", &"Log"))
	add_text(("%.2f" % (Time.get_ticks_msec() / 1000.0)).lpad(7, FIGURE_SPACE) + "  ")
	pop()
	push_color(get_theme_color(&"failure" if "FAILURE_" in line else &"text", &"Log"))
	add_text(line)
	pop()
	if _times > 1:
		push_color(get_theme_color(&"time", &"Log"))
		add_text("  x %d" % _times)
		pop()
