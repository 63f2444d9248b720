//! Where things are in the project.

use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// The folder of the root Cargo.toml.
pub(crate) fn root() -> PathBuf {
    // Asked at run time: cargo does not compile anew what has only been moved.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this program");
    PathBuf::from(xtask)
        .ancestors()
        .nth(2)
        .expect("the crate is at rust/xtask")
        .to_owned()
}

/// A path below the root, written with `/`.
pub(crate) fn path(relative: &str) -> PathBuf {
    root().join(relative)
}

/// An empty folder at a path below the root: as `XDG_DATA_HOME` it takes what a program keeps in `user://`, so that nothing
/// that somebody has there is touched, and no run reads what another one has left.
pub(crate) fn fresh_folder(relative: &str) -> Result<PathBuf> {
    let folder = path(relative);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
