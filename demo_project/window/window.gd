# The demo: one scene to host or to join, with a bad network in between if it shall be, and what comes of it.
#
# The parts of it that a game has as well are in res://players.
extends Control

const BadNetwork := preload("res://players/bad_network.gd")
const Bots := preload("res://players/bots.gd")
const Figures := preload("res://window/figures.gd")
const Guest := preload("res://players/guest.gd")
const History := preload("res://window/history.gd")
const Host := preload("res://players/host.gd")
const HostPanel := preload("res://window/host_panel.gd")
const Invitation := preload("res://players/invitation.gd")
const JoinPanel := preload("res://window/join_panel.gd")
const Link := preload("res://players/link.gd")
const LogView := preload("res://window/log_view.gd")
const NetworkPanel := preload("res://window/network_panel.gd")
const Plot := preload("res://window/plot.gd")

enum Tab { HOST, JOIN }

# The host that there is to join. Null: none.
var _invitation: Invitation = null
var _history := History.new()

@onready var _host: Host = $Host
@onready var _guest: Guest = $Guest
@onready var _bots: Bots = $Bots
@onready var _network: BadNetwork = $BadNetwork
@onready var _tabs: TabContainer = %Tabs
@onready var _host_panel: HostPanel = %Host
@onready var _join_panel: JoinPanel = %Join
@onready var _network_panel: NetworkPanel = %Network
@onready var _figures: Figures = %Figures
@onready var _plot: Plot = %Plot
@onready var _log: LogView = %Log


func _ready() -> void:
	_host.said.connect(_log.say)
	_guest.said.connect(_log.say)
	_guest.ended.connect(_on_guest_ended)
	_bots.said.connect(_log.say)
	_network.refused.connect(_on_network_refused)
	_host_panel.opened.connect(_on_host_opened)
	_host_panel.closed.connect(_on_host_closed)
	_host_panel.window_asked_for.connect(_open_another_window)
	_join_panel.joined.connect(_on_guest_joined)
	_join_panel.left.connect(_guest.leave)
	_network_panel.changed.connect(_on_network_changed)
	_network_panel.bots_joined.connect(_on_bots_joined)
	_network_panel.bots_left.connect(_bots.leave)
	_plot.history = _history
	_log.say("OpenSSL DTLS in Godot %s" % Engine.get_version_info()["string"])
	_follow_command_line()


# Says goodbye, while the network that the goodbye has to pass still stands.
func _exit_tree() -> void:
	_guest.leave()
	_bots.leave()
	_network.delay_msec = 0
	_network.carry()
	_host.close()


# `godot --path demo_project -- host`, or `join`: the host that was opened last on this computer.
func _follow_command_line() -> void:
	var arguments := OS.get_cmdline_user_args()
	if "host" in arguments:
		_host_panel.open()
	elif "join" in arguments:
		_join_panel.join()


func _on_host_opened(port: int, options: TLSOptionsOpenSSL, invitation: Invitation) -> void:
	var error := _host.open(port, options)
	if error != OK:
		_log.say("The host does not start: %s. The engine's output says more." % error_string(error))
		return
	invitation.port = _host.port()
	invitation.save_as_last()
	_host_panel.show_running(invitation)
	_log.say("Hosting on port %d" % invitation.port)
	_begin(invitation, Tab.HOST)


func _on_host_closed() -> void:
	_end()
	_host.close()
	_host_panel.show_stopped()
	_log.say("The host is closed")


func _on_guest_joined(invitation: Invitation) -> void:
	_begin(invitation, Tab.JOIN)
	var error := _guest.join(invitation, "127.0.0.1", _network.port())
	if error != OK:
		_log.say("The guest does not start: %s. The engine's output says more." % error_string(error))
		_end()
		return
	_join_panel.show_joined(true)


func _on_guest_ended() -> void:
	_join_panel.show_joined(false)
	_end()


# There is a host now, which is reached through the bad network.
func _begin(invitation: Invitation, tab: Tab) -> void:
	_invitation = invitation
	_network.open(invitation.address, invitation.port)
	_network_panel.allow_bots(true)
	_tabs.current_tab = tab
	_tabs.set_tab_disabled(Tab.JOIN if tab == Tab.HOST else Tab.HOST, true)
	_history.clear()


func _end() -> void:
	_network_panel.allow_bots(false)
	_invitation = null
	for tab in _tabs.get_tab_count():
		_tabs.set_tab_disabled(tab, false)


func _on_network_changed(loss: float, delay_msec: int) -> void:
	_network.loss = loss
	_network.delay_msec = delay_msec


# The guest would find out by itself, but later: the bad network stands between.
func _on_network_refused() -> void:
	if _guest.link != null and _guest.link.is_alive():
		_log.say("Nobody listens there")
		_guest.leave()


func _on_bots_joined(count: int) -> void:
	_log.say("Bots: %d join" % count)
	_bots.join(count, _invitation, "127.0.0.1", _network.port())


func _open_another_window() -> void:
	var arguments: PackedStringArray = ["--path", ProjectSettings.globalize_path("res://"), "--", "join"]
	if OS.has_feature("template"):
		# An exported game knows where it is.
		arguments = ["--", "join"]
	OS.create_instance(arguments)


# A sample follows the other by the clock, also where frames take longer.
func _process(_delta: float) -> void:
	if _history.add_samples(_links()) == 0:
		return
	_plot.queue_redraw()
	_figures.show_numbers(_history, _retransmissions())
	_show_state()


# The connections that are measured: at a host those of its guests, the bots among them.
func _links() -> Array[Link]:
	if _host.is_open():
		return _host.links()
	var links := _bots.links.duplicate()
	if _guest.link != null:
		links.append(_guest.link)
	return links


func _retransmissions() -> int:
	if _host.is_open():
		return _host.retransmissions()
	return _bots.retransmissions() + (0 if _guest.link == null else _guest.link.retransmissions())


func _show_state() -> void:
	if _host.is_open():
		_show_host()
	elif _guest.link == null:
		_figures.show_state(&"idle", "Host a game, or join one", "Another window of this demo, or another computer")
	else:
		_show_guest()


func _show_host() -> void:
	var guests := _host.connected()
	var text := "Hosting on port %d: %s" % [_host.port(), "1 guest" if guests == 1 else "%d guests" % guests]
	var links := _host.links()
	_figures.show_state(&"connected", text, "Waiting for guests" if links.is_empty() else links[-1].security())


func _show_guest() -> void:
	var link := _guest.link
	match link.peer.get_status():
		PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_figures.show_state(&"waiting", "Connecting", "Handshaking")
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			var is_unverified := _invitation.trust == Invitation.Trust.NOTHING
			var text := "Connected to %s, port %d" % [_invitation.address, _invitation.port]
			_figures.show_state(&"connected", text, link.security(), is_unverified)
		PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED:
			_figures.show_state(&"idle", "Disconnected", "")
		_:
			_figures.show_state(&"failed", link.failure_name(), link.peer.get_failure_message())
