# How bad the network is, and who else comes.
extends VBoxContainer

signal changed(loss: float, delay_msec: int)
signal bots_joined(count: int)
signal bots_left

const BOTS := 200

@onready var _loss: Slider = %Loss
@onready var _loss_value: Label = %LossValue
@onready var _delay: Slider = %Delay
@onready var _delay_value: Label = %DelayValue
@onready var _bots: Button = %Bots


func _ready() -> void:
	_loss.value_changed.connect(_on_value_changed)
	_delay.value_changed.connect(_on_value_changed)
	_bots.toggled.connect(_on_bots_toggled)


# There is no host to join before somebody opens or joins one.
func allow_bots(are_allowed: bool) -> void:
	_bots.disabled = not are_allowed
	if not are_allowed:
		_bots.button_pressed = false


func _on_value_changed(_value: float) -> void:
	_loss_value.text = "%d %%" % _loss.value
	_delay_value.text = "%d ms" % _delay.value
	changed.emit(_loss.value / 100.0, int(_delay.value))


func _on_bots_toggled(are_wanted: bool) -> void:
	_bots.text = "Bots leave" if are_wanted else "%d bots join" % BOTS
	if are_wanted:
		bots_joined.emit(BOTS)
	else:
		bots_left.emit()
