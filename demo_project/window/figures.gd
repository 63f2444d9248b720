# The state of this window's connections in a line, and what can be said of them in numbers.
extends VBoxContainer

const History := preload("res://window/history.gd")

@onready var _dot: Panel = %Dot
@onready var _state: Label = %State
@onready var _detail: Label = %Detail
@onready var _unverified: Control = %Unverified
@onready var _round_trip: Label = %RoundTrip
@onready var _packets: Label = %Packets
@onready var _lost: Label = %Lost
@onready var _retransmissions: Label = %Retransmissions


# `color` is one of the colors of the theme type State.
func show_state(color: StringName, state: String, detail: String, is_unverified: bool = false) -> void:
	_dot.self_modulate = get_theme_color(color, &"State")
	_state.text = state
	_detail.text = detail
	_unverified.visible = is_unverified


func show_numbers(history: History, retransmissions: int) -> void:
	var round_trip := history.round_trip()
	_round_trip.text = "-" if is_nan(round_trip) else "%.0f ms" % round_trip
	_packets.text = "%.0f" % history.packet_rate()
	_lost.text = "%.0f %%" % (history.loss() * 100.0)
	_retransmissions.text = str(retransmissions)
