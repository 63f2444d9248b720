# Where somebody says which host to join, and how to know it.
extends VBoxContainer

signal joined(invitation: Invitation)
signal left

const Invitation := preload("res://players/invitation.gd")

# What the proof is, for each kind of trust.
const PROOF_NAMES := {
	Invitation.Trust.FINGERPRINT: "The host's fingerprint (SHA-256)",
	Invitation.Trust.AUTHORITY: "Certificate of the authority, a PEM file",
	Invitation.Trust.PRE_SHARED_KEY: "The key, in hexadecimal digits",
}

@onready var _address: LineEdit = %Address
@onready var _port: SpinBox = %Port
@onready var _trust: OptionButton = %Trust
@onready var _proof_name: Label = %ProofName
@onready var _proof: LineEdit = %Proof
@onready var _certificate_name: LineEdit = %CertificateName
@onready var _warning: Control = %Warning
@onready var _join: Button = %Join
@onready var _leave: Button = %Leave


func _ready() -> void:
	_trust.item_selected.connect(_on_trust_selected)
	_join.pressed.connect(join)
	_leave.pressed.connect(left.emit)
	var invitation := Invitation.new()
	invitation.load_last()
	fill(invitation)


# Writes an invitation into the fields.
func fill(invitation: Invitation) -> void:
	_address.text = invitation.address
	_port.value = invitation.port
	_trust.select(invitation.trust)
	_on_trust_selected(invitation.trust)
	_proof.text = invitation.proof
	_certificate_name.text = invitation.certificate_name


# Joins the host that the fields say.
func join() -> void:
	var invitation := Invitation.new()
	invitation.address = _address.text.strip_edges()
	invitation.port = int(_port.value)
	invitation.trust = _trust.selected as Invitation.Trust
	invitation.proof = _proof.text.strip_edges()
	if invitation.trust == Invitation.Trust.AUTHORITY:
		invitation.certificate_name = _certificate_name.text.strip_edges()
	joined.emit(invitation)


func show_joined(is_joined: bool) -> void:
	_join.visible = not is_joined
	_leave.visible = is_joined


func _on_trust_selected(trust: Invitation.Trust) -> void:
	var is_safe := trust != Invitation.Trust.NOTHING
	_warning.visible = not is_safe
	_proof_name.visible = is_safe
	_proof.visible = is_safe
	_proof.text = ""
	_proof_name.text = PROOF_NAMES.get(trust, "")
	_proof.placeholder_text = "Empty: those of this system" if trust == Invitation.Trust.AUTHORITY else ""
	_certificate_name.visible = trust == Invitation.Trust.AUTHORITY
