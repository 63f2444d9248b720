//! The `log` crate, written to Godot's own output and log files.

use godot::classes::ProjectSettings;
use godot::global::{PrintLevel, PrintRecord, PrintSource, print_custom};
use godot::obj::{EngineEnum, Singleton};
use godot::prelude::*;
use godot::register::info::PropertyHint;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// The project setting with the least severe level that is written.
const LEVEL_SETTING: &str = "openssl_dtls/log_level";
const LEVELS: &str = "off,error,warn,info,debug,trace";
const DEFAULT_LEVEL: &str = "warn";

/// Registers the project setting and begins to write what it asks for.
pub(super) fn install() {
    let level = register_setting();
    // Refused only if a logger is there already, and then it is this one: the library was initialised twice.
    let _ = log::set_logger(&GodotLog);
    log::set_max_level(level.parse().unwrap_or(LevelFilter::Warn));
}

/// Shows the setting in the editor's project settings. Returns its value.
fn register_setting() -> String {
    let default = DEFAULT_LEVEL.to_variant();
    let mut settings = ProjectSettings::singleton();
    if !settings.has_setting(LEVEL_SETTING) {
        settings.set_setting(LEVEL_SETTING, &default);
    }
    settings.set_initial_value(LEVEL_SETTING, &default);
    settings.set_restart_if_changed(LEVEL_SETTING, true);
    let info = vdict! {
        "name" => LEVEL_SETTING,
        "type" => VariantType::STRING.ord(),
        "hint" => PropertyHint::ENUM.ord(),
        "hint_string" => LEVELS,
    };
    settings.add_property_info(&info.upcast_any_dictionary());
    settings.get_setting_with_override(LEVEL_SETTING).to_string()
}

struct GodotLog;

impl Log for GodotLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (level, message) = match record.level() {
            Level::Error => (PrintLevel::Error, record.args().to_string()),
            Level::Warn => (PrintLevel::Warn, record.args().to_string()),
            // Godot has no such levels; they are told apart by their names.
            quieter => (PrintLevel::Info, format!("{quieter}: {}", record.args())),
        };
        let source = record.file().zip(record.line()).map(|(file, line)| PrintSource {
            function: record.target(),
            file,
            line,
        });
        print_custom(PrintRecord {
            level,
            message: &message,
            rationale: None,
            source,
            editor_notify: false,
        });
    }

    fn flush(&self) {}
}
