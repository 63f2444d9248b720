//! Files that the secrets of sessions are written to.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Once;

use godot::builtin::GString;
use godot::classes::ProjectSettings;
use godot::obj::Singleton;
use log::warn;
use parking_lot::Mutex;

use crate::core::settings::KeyLog;

/// The log that is appended to the file at `path`, which only the user can read if it is made here. The same path gives
/// the same log, as long as the process lives.
///
/// # Errors
/// The file cannot be opened.
pub(super) fn open(path: &GString) -> io::Result<KeyLog> {
    static LOGS: Mutex<BTreeMap<String, KeyLog>> = Mutex::new(BTreeMap::new());
    let path = ProjectSettings::singleton().globalize_path(path).to_string();
    let mut logs = LOGS.lock();
    if let Some(log) = logs.get(&path) {
        return Ok(log.clone());
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    warn_of_secrets(&path);
    let log = KeyLog::new(move |line| write(&file, line));
    logs.insert(path, log.clone());
    Ok(log)
}

/// In one go, so that the lines of several processes do not mix. That the disk is full is no reason to end a session.
fn write(mut file: &File, line: &str) {
    let _ = file.write_all(format!("{line}\n").as_bytes());
}

fn warn_of_secrets(path: &str) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| warn!("key_log_path is set: whoever reads {path} can decrypt the connections. Not for players."));
}
