# Draws a history: round trips as a line, packets a second as the area behind it, and lost pings as marks below.
extends Control

const History := preload("res://window/history.gd")

const LEFT := 40.0
const RIGHT := 44.0
const TOP := 26.0
const BOTTOM := 22.0
const FONT_SIZE := 12
const GRID_LINES := 5
# Samples without a round trip that the line goes over.
const LONGEST_GAP := History.SAMPLES_PER_SECOND

var history: History:
	set(value):
		history = value
		queue_redraw()


func _draw() -> void:
	if history == null:
		return
	var area := Rect2(LEFT, TOP, size.x - LEFT - RIGHT, size.y - TOP - BOTTOM)
	var most_milliseconds := _round_up(_largest(history.round_trips), 20.0)
	var most_packets := _round_up(_largest(history.packet_rates), 20.0)
	_draw_grid(area, most_milliseconds, most_packets)
	_draw_packets(area, most_packets)
	_draw_lost(area)
	_draw_round_trips(area, most_milliseconds)
	_draw_legend(area)


func _draw_grid(area: Rect2, most_milliseconds: float, most_packets: float) -> void:
	var grid := get_theme_color(&"grid", &"Plot")
	for line in GRID_LINES + 1:
		var share := float(line) / GRID_LINES
		var y := area.end.y - share * area.size.y
		draw_line(Vector2(area.position.x, y), Vector2(area.end.x, y), grid)
		var milliseconds := "%.0f" % (share * most_milliseconds)
		_write(milliseconds, &"round_trips", Vector2(0.0, y + 4.0), LEFT - 8.0, HORIZONTAL_ALIGNMENT_RIGHT)
		_write("%.0f" % (share * most_packets), &"packets", Vector2(area.end.x + 8.0, y + 4.0), RIGHT)
	for seconds in range(0, History.SECONDS + 1, 5):
		var x := area.end.x - area.size.x * seconds / History.SECONDS
		var text := "now" if seconds == 0 else "-%d s" % seconds
		_write(text, &"text", Vector2(x - 30.0, size.y - 4.0), 60.0, HORIZONTAL_ALIGNMENT_CENTER)


func _draw_packets(area: Rect2, most: float) -> void:
	var outline: PackedVector2Array = []
	for index in History.SIZE:
		outline.append(_point(area, index, history.packet_rates[index] / most))
	_fill_below(outline, area.end.y, get_theme_color(&"packets_area", &"Plot"))
	_draw_line_through(outline, get_theme_color(&"packets", &"Plot"), 1.0)


# Two triangles between each two points. As one polygon it could not always be drawn: it may be flat.
func _fill_below(outline: PackedVector2Array, bottom: float, color: Color) -> void:
	var corners: PackedVector2Array = []
	var triangles: PackedInt32Array = []
	for point in outline:
		var corner := corners.size()
		corners.append(point)
		corners.append(Vector2(point.x, bottom))
		if corner > 0:
			triangles.append_array([corner - 2, corner - 1, corner, corner - 1, corner, corner + 1])
	RenderingServer.canvas_item_add_triangle_array(get_canvas_item(), triangles, corners, [color])


func _draw_round_trips(area: Rect2, most: float) -> void:
	var color := get_theme_color(&"round_trips", &"Plot")
	var line: PackedVector2Array = []
	var last := 0
	for index in History.SIZE:
		var milliseconds := history.round_trips[index]
		if is_nan(milliseconds):
			continue
		if index - last > LONGEST_GAP:
			_draw_line_through(line, color, 2.0)
			line.clear()
		line.append(_point(area, index, milliseconds / most))
		last = index
	_draw_line_through(line, color, 2.0)


# Where a smooth polyline turns sharply it gets thin. Lines do not.
func _draw_line_through(points: PackedVector2Array, color: Color, width: float) -> void:
	for index in range(1, points.size()):
		draw_line(points[index - 1], points[index], color, width, true)


func _draw_lost(area: Rect2) -> void:
	var color := get_theme_color(&"lost", &"Plot")
	for index in History.SIZE:
		if history.lost[index] > 0:
			var foot := _point(area, index, 0.0)
			draw_line(foot, foot - Vector2(0.0, 8.0), color, 2.0)


func _draw_legend(area: Rect2) -> void:
	var x := area.position.x
	for entry: Array in [
		["Round trip, ms", &"round_trips"],
		["Packets a second", &"packets"],
		["Pings lost", &"lost"],
	]:
		var text: String = entry[0]
		var color_name: StringName = entry[1]
		draw_rect(Rect2(x, 7.0, 10.0, 10.0), get_theme_color(color_name, &"Plot"))
		_write(text, &"text", Vector2(x + 16.0, 16.0))
		x += 16.0 + get_theme_default_font().get_string_size(text, HORIZONTAL_ALIGNMENT_LEFT, -1.0, FONT_SIZE).x + 24.0


func _write(
		text: String, color: StringName, place: Vector2, width: float = -1.0,
		alignment: HorizontalAlignment = HORIZONTAL_ALIGNMENT_LEFT) -> void:
	draw_string(get_theme_default_font(), place, text, alignment, width, FONT_SIZE, get_theme_color(color, &"Plot"))


# Where a sample stands whose value is this share of the largest.
func _point(area: Rect2, index: int, share: float) -> Vector2:
	return Vector2(area.position.x + area.size.x * index / (History.SIZE - 1), area.end.y - area.size.y * share)


func _largest(samples: PackedFloat32Array) -> float:
	var largest := 0.0
	for sample in samples:
		if not is_nan(sample):
			largest = maxf(largest, sample)
	return largest


# To 1, 2 or 5 times a power of ten.
func _round_up(value: float, least: float) -> float:
	var power := 10.0 ** floorf(log(maxf(value, least)) / log(10.0))
	for factor: float in [1.0, 2.0, 5.0]:
		if factor * power >= maxf(value, least):
			return factor * power
	return 10.0 * power
