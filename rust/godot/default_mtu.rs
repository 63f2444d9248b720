//! The MTU of options that were given none.

use godot::register::info::PropertyHint;
use log::warn;
use parking_lot::Mutex;

use super::project_setting::ProjectSetting;
use crate::core::settings::Mtu;

/// In bytes of UDP payload.
const BYTES: ProjectSetting<i64> = ProjectSetting {
    name: "openssl_dtls/default_mtu",
    default: Mtu::DEFAULT.get() as i64,
    hint: PropertyHint::RANGE,
    hint_string: "256,4096,1,suffix:B",
};

static DEFAULT: Mutex<Mtu> = Mutex::new(Mtu::DEFAULT);

/// Registers the project setting and takes what it says, if that can be.
pub(super) fn install() {
    let asked = BYTES.register();
    let mtu = asked.try_to::<i64>().ok().and_then(|bytes| Mtu::new(bytes).ok());
    if mtu.is_none() {
        warn!(
            "project setting {}: {asked}: 256 to 4096 bytes are possible; {} are used",
            BYTES.name, BYTES.default
        );
    }
    *DEFAULT.lock() = mtu.unwrap_or(Mtu::DEFAULT);
}

/// What the project setting says.
pub(super) fn get() -> Mtu {
    *DEFAULT.lock()
}
