//! The addon as it ships: the manifest and the libraries, staged into `addons/openssl_dtls`.

use crate::platform::Platform;
use crate::{cargo, exports, pages, preflight, workspace};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const MANIFEST: &str = "openssl_dtls.gdextension";
/// What goes along with the library: its licence, those of the works in it, and what is new.
const NOTICES: [&str; 3] = ["LICENSE", "THIRDPARTY.md", "CHANGELOG.md"];

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

    /// Those that there are for a platform.
    fn of(platform: Platform) -> &'static [Library] {
        if platform.has_editor() {
            &Library::ALL
        } else {
            &[Library::Game]
        }
    }

    fn package(self) -> &'static str {
        match self {
            Library::Editor => "openssl_dtls_editor",
            Library::Game => "openssl_dtls",
        }
    }

    /// Where it is staged for a platform.
    pub(crate) fn staged(self, platform: Platform) -> PathBuf {
        workspace::path("addons/openssl_dtls").join(self.path(platform))
    }

    /// Where the manifest says that the library of a platform is.
    pub(crate) fn path(self, platform: Platform) -> String {
        format!("bin/{}/{}", platform.folder(), platform.file_name(self.package()))
    }
}

/// Builds these libraries of this machine for release, and stages the addon with them.
pub(crate) fn build(libraries: &[Library]) -> Result<()> {
    preflight::check()?;
    let platform = Platform::of_this_machine()?;
    let built = cargo::build_libraries(&packages(libraries), None, &[])?;
    for (library, built) in libraries.iter().zip(built) {
        stage(&built, &library.staged(platform))?;
    }
    stage_notices()
}

/// Builds all libraries of a platform for release, which need not be this machine's, stages the addon with them, and
/// looks at what cannot be tried here.
pub(crate) fn build_for(platform: Platform) -> Result<()> {
    preflight::check()?;
    let libraries = Library::of(platform);
    let environment = platform.cross_environment()?;
    let build = |target: &&str| cargo::build_libraries(&packages(libraries), Some(*target), &environment);
    let of_targets = platform.targets().iter().map(build).collect::<Result<Vec<_>>>()?;
    for (index, library) in libraries.iter().enumerate() {
        let staged = library.staged(platform);
        match of_targets.as_slice() {
            [one] => stage(&one[index], &staged)?,
            several => stage(&join(several.iter().map(|built| &built[index]))?, &staged)?,
        }
        for fault in [exports::fault(&staged)?, pages::fault(platform, &staged)?] {
            ensure!(fault.is_none(), "{}: {}", staged.display(), fault.unwrap_or_default());
        }
    }
    stage_notices()
}

fn packages(libraries: &[Library]) -> Vec<&'static str> {
    libraries.iter().map(|library| library.package()).collect()
}

/// Makes one library of those of several processors, as macOS has them.
fn join<'a>(libraries: impl Iterator<Item = &'a PathBuf>) -> Result<PathBuf> {
    let joined = workspace::path("target/universal.dylib");
    let mut lipo = Command::new("lipo");
    lipo.arg("-create").args(libraries).arg("-output").arg(&joined);
    let status = lipo
        .status()
        .context("there is no lipo here: it comes with Xcode's command line tools")?;
    ensure!(status.success(), "lipo failed ({status})");
    Ok(joined)
}

fn stage(library: &Path, staged: &Path) -> Result<()> {
    copy(library, staged)?;
    eprintln!("Staged {}", staged.display());
    Ok(())
}

fn stage_notices() -> Result<()> {
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
    use crate::platform::Platform;
    use crate::workspace;
    use clap::ValueEnum;
    use std::fs;

    #[test]
    fn the_manifest_names_the_libraries_of_all_platforms_where_they_are_staged() {
        let manifest = fs::read_to_string(workspace::path(MANIFEST)).unwrap();
        let mut sections = manifest.split("\n[");
        let libraries = sections.find(|section| section.starts_with("libraries]")).unwrap();
        let mut entries: Vec<&str> = libraries.lines().filter(|line| line.contains(" = ")).collect();
        let mut expected: Vec<String> = Vec::new();
        for platform in Platform::value_variants() {
            let key = platform.folder().replace('-', ".");
            for library in Library::of(*platform) {
                let key = match library {
                    Library::Game => key.clone(),
                    Library::Editor => match key.split_once('.') {
                        Some((system, processor)) => format!("{system}.editor.{processor}"),
                        None => format!("{key}.editor"),
                    },
                };
                expected.push(format!("{key} = \"{}\"", library.path(*platform)));
            }
        }
        entries.sort_unstable();
        expected.sort_unstable();
        assert_eq!(entries, expected);
    }
}
