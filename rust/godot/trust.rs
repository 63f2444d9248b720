//! The certificates that a client trusts when its options name none.

use std::sync::OnceLock;

use godot::classes::{FileAccess, Os, ProjectSettings};
use godot::global::Error;
use godot::obj::Singleton;

use super::refusal::Refusal;
use crate::core::TrustStore;

/// The engine's own setting: a file with the certificates to trust in place of the system's.
const BUNDLE_SETTING: &str = "network/tls/certificate_bundle_override";

/// The default store, made once a process.
///
/// # Errors
/// `ERR_UNCONFIGURED`: there is none. The next call looks again.
pub(super) fn default_store() -> Result<TrustStore, Refusal> {
    static STORE: OnceLock<TrustStore> = OnceLock::new();
    if let Some(store) = STORE.get() {
        return Ok(store.clone());
    }
    let store = find()?;
    Ok(STORE.get_or_init(|| store).clone())
}

fn find() -> Result<TrustStore, Refusal> {
    let bundle = ProjectSettings::singleton()
        .get_setting_with_override(BUNDLE_SETTING)
        .to_string();
    if !bundle.is_empty() {
        return read_bundle(&bundle);
    }
    TrustStore::from_files().or_else(from_engine).ok_or_else(|| {
        unconfigured(format!(
            "no trusted certificates were found on this system: give some as TLSOptions.client(trusted_chain), or set \
             the project setting {BUNDLE_SETTING}"
        ))
    })
}

fn read_bundle(path: &str) -> Result<TrustStore, Refusal> {
    TrustStore::from_pem(&FileAccess::get_file_as_string(path).to_string())
        .map_err(|error| unconfigured(format!("the project setting {BUNDLE_SETTING} names {path:?}: {error}")))
}

/// What the engine has asked the operating system for: Windows, macOS and Android keep no files.
fn from_engine() -> Option<TrustStore> {
    TrustStore::from_pem(&Os::singleton().get_system_ca_certificates().to_string()).ok()
}

fn unconfigured(text: String) -> Refusal {
    Refusal::new(Error::ERR_UNCONFIGURED, text)
}
