//! Whether listening servers receive between two polls.

use godot::register::info::PropertyHint;

use super::project_setting::ProjectSetting;

/// With it a server that begins to listen has a thread that takes what has come off the system every two milliseconds.
const ENABLED: ProjectSetting<bool> = ProjectSetting {
    name: "openssl_dtls/receive_thread",
    default: false,
    hint: PropertyHint::NONE,
    hint_string: "",
};

/// Registers the project setting.
pub(super) fn install() {
    ENABLED.register();
}

/// True if it says so.
pub(super) fn is_on() -> bool {
    ENABLED.value().try_to().unwrap_or(ENABLED.default)
}
