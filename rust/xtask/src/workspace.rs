//! Where things are in the project.

use std::path::{Path, PathBuf};

/// The folder of the root Cargo.toml.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.ancestors().nth(2).expect("the crate is at rust/xtask")
}

/// A path below the root, written with `/`.
pub(crate) fn path(relative: &str) -> PathBuf {
    root().join(relative)
}
