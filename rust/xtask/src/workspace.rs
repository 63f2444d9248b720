//! Where things are in the project.

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
