//! Whether listening servers receive between two polls.

use std::sync::atomic::{AtomicBool, Ordering};

use godot::register::info::PropertyHint;

use super::project_setting::ProjectSetting;

/// With it each listening server has a thread that takes what has come off the system every two milliseconds.
const ENABLED: ProjectSetting<bool> = ProjectSetting {
    name: "openssl_dtls/receive_thread",
    default: false,
    hint: PropertyHint::NONE,
    hint_string: "",
};

static IS_ON: AtomicBool = AtomicBool::new(false);

/// Registers the project setting and does as it says.
pub(super) fn install() {
    let asked = ENABLED.register().try_to::<bool>().unwrap_or(ENABLED.default);
    IS_ON.store(asked, Ordering::Relaxed);
}

/// True if servers that begin to listen are to have a thread.
pub(super) fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}
