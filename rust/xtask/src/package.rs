//! `cargo xtask package`: the addon as users get it, a zip with `addons/openssl_dtls` at its root.

mod archive;
mod strip;
mod test;

use crate::addon::{self, Library};
use crate::platform::Platform;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use archive::unpack;
pub(crate) use test::test;

/// Where the addon is in the project and in the zip.
pub(crate) const ADDON: &str = "addons/openssl_dtls";
const FOLDER: &str = "target/package";
const DOCUMENTS: [&str; 4] = ["CHANGELOG.md", "LICENSE", "README.md", "THIRDPARTY.md"];
/// The folders of which all files with one ending go along. What the engine writes beside them does not.
const SOURCES: [(&str, &str); 2] = [("csharp", "cs"), ("icons", "svg")];

/// What goes into the zip: bytes by their path.
type Files = BTreeMap<String, Vec<u8>>;

/// Builds the addon, unless it `is_staged` with the libraries of all platforms, and makes the zip.
pub(crate) fn run(is_staged: bool) -> Result<()> {
    if is_staged {
        has_all_libraries()?;
    } else {
        addon::build(&Library::ALL)?;
    }
    println!("{}", make()?.display());
    Ok(())
}

/// Makes the zip from the addon that is staged, with the libraries of this platform and those of others that lie beside
/// them. The same files make the same zip, byte for byte.
pub(crate) fn make() -> Result<PathBuf> {
    let folder = workspace::path(FOLDER);
    fs::create_dir_all(&folder)?;
    let zip = folder.join(format!("openssl_dtls-{}.zip", env!("CARGO_PKG_VERSION")));
    archive::pack(&files()?, &zip)?;
    Ok(zip)
}

fn files() -> Result<Files> {
    let addon = workspace::path(ADDON);
    let mut files = Files::new();
    for name in DOCUMENTS.into_iter().chain([addon::MANIFEST]) {
        files.insert(format!("{ADDON}/{name}"), read(&addon.join(name))?);
    }
    for (folder, extension) in SOURCES {
        for path in in_folder(&addon.join(folder), extension)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.insert(format!("{ADDON}/{folder}/{name}"), read(&path)?);
        }
    }
    let platform = Platform::of_this_machine()?;
    for library in Library::ALL {
        let staged = library.staged(platform);
        ensure!(staged.exists(), "there is no {}", staged.display());
    }
    let manifest = fs::read_to_string(addon.join(addon::MANIFEST))?;
    for library in libraries(&manifest) {
        let path = addon.join(library);
        if path.exists() {
            files.insert(format!("{ADDON}/{library}"), strip::stripped(&path)?);
        }
    }
    Ok(files)
}

/// Every library that the manifest names is there: what is released works on all platforms.
fn has_all_libraries() -> Result<()> {
    let addon = workspace::path(ADDON);
    let manifest = fs::read_to_string(workspace::path(addon::MANIFEST))?;
    let missing: Vec<&str> = libraries(&manifest).filter(|path| !addon.join(path).exists()).collect();
    ensure!(missing.is_empty(), "not staged: {}", missing.join(", "));
    Ok(())
}

/// The paths of the libraries in a manifest.
fn libraries(manifest: &str) -> impl Iterator<Item = &str> {
    let entries = manifest.lines().skip_while(|line| line.trim() != "[libraries]").skip(1);
    entries
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(';'))
        .filter_map(|line| line.split('"').nth(1))
}

fn in_folder(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    Ok(paths)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::libraries;

    #[test]
    fn the_manifest_tells_the_libraries() {
        let manifest = "[configuration]\nentry_symbol = \"entry\"\n[libraries]\n\n; a = \"no\"\n\
                        linux.x86_64 = \"bin/a.so\"\nmacos = \"bin/a.dylib\"\n\n[icons]\nA = \"icons/a.svg\"\n";
        assert_eq!(libraries(manifest).collect::<Vec<_>>(), ["bin/a.so", "bin/a.dylib"]);
    }
}
