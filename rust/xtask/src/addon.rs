//! The addon as it ships: the manifest and the library, staged into `addons/openssl_dtls`.

use crate::{cargo, preflight, workspace};
use anyhow::{Context, Result};
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "openssl_dtls.gdextension";
/// What goes along with the library, by its own licence and those of the works in it.
const NOTICES: [&str; 2] = ["LICENSE", "THIRDPARTY.md"];

/// Builds the library for release and stages the addon. Returns the staged library.
pub(crate) fn build() -> Result<PathBuf> {
    preflight::check()?;
    let built = cargo::build_library()?;
    let addon = workspace::path("addons/openssl_dtls");
    let library = addon.join(library_path());
    copy(&built, &library)?;
    for file in NOTICES.into_iter().chain([MANIFEST]) {
        copy(&workspace::path(file), &addon.join(file))?;
    }
    eprintln!("Staged {}", library.display());
    Ok(library)
}

/// Where the manifest says that the library of this platform is.
fn library_path() -> String {
    let architecture = if ARCH == "aarch64" { "arm64" } else { ARCH };
    format!("bin/{OS}-{architecture}/{DLL_PREFIX}openssl_dtls{DLL_SUFFIX}")
}

/// Copies beside the target and renames: an engine that has the old library open goes on with the old one.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let new = to.with_extension("new");
    let folder = to.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::copy(from, &new).with_context(|| format!("cannot copy {}", from.display()))?;
    fs::rename(&new, to).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::{MANIFEST, library_path};
    use crate::workspace;
    use std::fs;

    #[test]
    fn the_manifest_has_the_library_where_it_is_staged() {
        let manifest = fs::read_to_string(workspace::path(MANIFEST)).unwrap();
        let entries = manifest
            .lines()
            .filter(|line| line.ends_with(&format!("= \"{}\"", library_path())));
        assert_eq!(entries.count(), 2, "one for debug, one for release");
    }
}
