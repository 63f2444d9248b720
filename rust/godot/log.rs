//! The `log` crate, written to Godot's own output and log files.

use godot::global::{PrintLevel, PrintRecord, PrintSource, print_custom};
use godot::register::info::PropertyHint;
use log::{Level, LevelFilter, Log, Metadata, Record};

use super::project_setting::ProjectSetting;

/// The least severe level that is written.
const LEVEL: ProjectSetting<&str> = ProjectSetting {
    name: "openssl_dtls/log_level",
    default: "warn",
    hint: PropertyHint::ENUM,
    hint_string: "off,error,warn,info,debug,trace",
};

/// Registers the project setting and begins to write what it asks for.
pub(super) fn install() {
    let level = LEVEL.register().to_string();
    // Refused only if a logger is there already, and then it is this one: the library was initialised twice.
    let _ = log::set_logger(&GodotLog);
    log::set_max_level(level.parse().unwrap_or(LevelFilter::Warn));
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
