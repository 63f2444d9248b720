//! The addon's project settings.

use godot::classes::ProjectSettings;
use godot::obj::{EngineEnum, Singleton};
use godot::prelude::*;
use godot::register::info::PropertyHint;

/// A project setting. Most are read when the addon is loaded.
pub(super) struct ProjectSetting<T> {
    /// Such as `openssl_dtls/log_level`.
    pub(super) name: &'static str,
    pub(super) default: T,
    pub(super) hint: PropertyHint,
    pub(super) hint_string: &'static str,
}

impl<T: ToGodot> ProjectSetting<T> {
    /// Shows the setting in the editor, among the basic ones. Returns its value, which can be of any type.
    pub(super) fn register(&self) -> Variant {
        let default = self.default.to_variant();
        let mut settings = ProjectSettings::singleton();
        if !settings.has_setting(self.name) {
            settings.set_setting(self.name, &default);
        }
        settings.set_initial_value(self.name, &default);
        settings.set_restart_if_changed(self.name, true);
        settings.set_as_basic(self.name, true);
        let info = vdict! {
            "name" => self.name,
            "type" => default.get_type().ord(),
            "hint" => self.hint.ord(),
            "hint_string" => self.hint_string,
        };
        settings.add_property_info(&info.upcast_any_dictionary());
        self.value()
    }

    /// Its value now.
    pub(super) fn value(&self) -> Variant {
        ProjectSettings::singleton().get_setting_with_override(self.name)
    }
}
