//! The addon as it ships: the manifest and the libraries, staged into `addons/openssl_dtls`.

use crate::{cargo, preflight, workspace};
use anyhow::{Context, Result};
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "openssl_dtls.gdextension";
/// What goes along with the library, by its own licence and those of the works in it.
const NOTICES: [&str; 2] = ["LICENSE", "THIRDPARTY.md"];

/// One of the two libraries that the addon has for a platform.
#[derive(Clone, Copy)]
pub(crate) enum Library {
    /// With the class reference in it. Every engine that is built with the editor loads it, whatever it runs.
    Editor,
    /// For exported games.
    Game,
}

impl Library {
    pub(crate) const ALL: [Library; 2] = [Library::Editor, Library::Game];

    fn package(self) -> &'static str {
        match self {
            Library::Editor => "openssl_dtls_editor",
            Library::Game => "openssl_dtls",
        }
    }

    /// Where it is staged.
    pub(crate) fn staged(self) -> PathBuf {
        workspace::path("addons/openssl_dtls").join(self.path())
    }

    /// Where the manifest says that the library of this platform is.
    fn path(self) -> String {
        format!("bin/{}/{DLL_PREFIX}{}{DLL_SUFFIX}", platform(), self.package())
    }
}

/// The folder of this platform's libraries. On macOS one library has the code for all processors.
fn platform() -> String {
    match (OS, ARCH) {
        ("macos", _) => OS.to_owned(),
        (_, "aarch64") => format!("{OS}-arm64"),
        _ => format!("{OS}-{ARCH}"),
    }
}

/// Builds these libraries for release and stages the addon with them.
pub(crate) fn build(libraries: &[Library]) -> Result<()> {
    preflight::check()?;
    let packages: Vec<&str> = libraries.iter().map(|library| library.package()).collect();
    for (library, built) in libraries.iter().zip(cargo::build_libraries(&packages)?) {
        copy(&built, &library.staged())?;
        eprintln!("Staged {}", library.staged().display());
    }
    let addon = workspace::path("addons/openssl_dtls");
    for file in NOTICES.into_iter().chain([MANIFEST]) {
        copy(&workspace::path(file), &addon.join(file))?;
    }
    Ok(())
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
    use super::{Library, MANIFEST};
    use crate::workspace;
    use std::fs;

    #[test]
    fn the_manifest_has_the_libraries_where_they_are_staged() {
        let manifest = fs::read_to_string(workspace::path(MANIFEST)).unwrap();
        for library in Library::ALL {
            let entry = format!("= \"{}\"", library.path());
            assert_eq!(
                manifest.lines().filter(|line| line.ends_with(&entry)).count(),
                1,
                "{entry}"
            );
        }
    }
}
