# Where somebody opens a host, and finds what guests need.
extends VBoxContainer

signal opened(port: int, options: TLSOptionsOpenSSL, invitation: Invitation)
signal closed
signal window_asked_for

const Identity := preload("res://players/identity.gd")
const Invitation := preload("res://players/invitation.gd")

# How the host proves who it is, in the order of the button's items.
enum Kind { SELF_SIGNED, FROM_FILES, PRE_SHARED_KEY }

# What there is to say about each kind.
const HINTS := {
	Kind.SELF_SIGNED: "Made at the first start, and kept in user://. Guests know its fingerprint: no authority is needed.",
	Kind.FROM_FILES: "Bought, or from Let's Encrypt: its privkey.pem and fullchain.pem. Guests know the authority.",
	Kind.PRE_SHARED_KEY: "A secret that is made for this host. There is no certificate.",
}

@onready var _settings: Control = %Settings
@onready var _port: SpinBox = %Port
@onready var _kind: OptionButton = %Kind
@onready var _hint: Label = %Hint
@onready var _files: Control = %Files
@onready var _key: LineEdit = %Key
@onready var _chain: LineEdit = %Chain
@onready var _running: Control = %Running
@onready var _proof_name: Label = %ProofName
@onready var _proof: Label = %Proof


func _ready() -> void:
	_kind.item_selected.connect(_on_kind_selected)
	(%Open as Button).pressed.connect(open)
	(%Close as Button).pressed.connect(closed.emit)
	(%Copy as Button).pressed.connect(_on_copy_pressed)
	(%Window as Button).pressed.connect(window_asked_for.emit)
	_on_kind_selected(Kind.SELF_SIGNED)


# Opens the host as the fields say.
func open() -> void:
	var invitation := Invitation.new()
	var options: TLSOptionsOpenSSL
	match _kind.selected:
		Kind.SELF_SIGNED:
			options = Identity.self_signed()
		Kind.FROM_FILES:
			options = Identity.from_files(_key.text, _chain.text)
		Kind.PRE_SHARED_KEY:
			var key := Identity.new_key()
			options = Identity.pre_shared_key(key)
			invitation.trust = Invitation.Trust.PRE_SHARED_KEY
			invitation.proof = key.hex_encode()
	if invitation.trust == Invitation.Trust.FINGERPRINT:
		invitation.proof = options.get_fingerprint_sha256()
	opened.emit(int(_port.value), options, invitation)


func show_running(invitation: Invitation) -> void:
	_settings.hide()
	_running.show()
	var is_key := invitation.trust == Invitation.Trust.PRE_SHARED_KEY
	_proof_name.text = "Guests need this key, and nobody else:" if is_key else "Guests know the host by this fingerprint:"
	_proof.text = invitation.proof


func show_stopped() -> void:
	_settings.show()
	_running.hide()


func _on_kind_selected(kind: Kind) -> void:
	_hint.text = HINTS[kind]
	_files.visible = kind == Kind.FROM_FILES


func _on_copy_pressed() -> void:
	DisplayServer.clipboard_set(_proof.text)
