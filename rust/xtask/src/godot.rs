//! Which Godot to run.

use crate::debian;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Godot that loads the addon.
const MINIMUM: Version = Version { major: 4, minor: 3 };

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
}

/// `$GODOT`, else `godot4` or `godot` on the PATH if it is new enough, else one of Debian in `target/godot`.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("GODOT").filter(|value| !value.is_empty()) {
        let program = PathBuf::from(named);
        let version = version(&program).with_context(|| format!("$GODOT ({}) does not run", program.display()))?;
        ensure!(
            version >= MINIMUM,
            "$GODOT is {version}: the addon needs {MINIMUM} or newer"
        );
        return Ok(program);
    }
    let on_path = ["godot4", "godot"]
        .into_iter()
        .filter_map(|name| which::which(name).ok());
    for program in on_path {
        match version(&program) {
            Some(version) if version >= MINIMUM => return Ok(program),
            _ => eprintln!("{} is not Godot {MINIMUM} or newer", program.display()),
        }
    }
    debian::program("godot").with_context(|| {
        format!("please install Godot {MINIMUM} or newer, on the PATH or named by $GODOT; it cannot be installed here")
    })
}

/// `None`: this does not run, or is not Godot.
fn version(program: &Path) -> Option<Version> {
    let output = Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stdout).lines().find_map(Version::parse)
}

impl Version {
    /// Reads `4.6.3.stable.official.abc`.
    fn parse(text: &str) -> Option<Version> {
        let mut parts = text.trim().split('.');
        Some(Version {
            major: parts.next()?.parse().ok()?,
            minor: parts.next()?.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::{MINIMUM, Version};

    #[test]
    fn versions_are_read_as_godot_prints_them() {
        assert_eq!(
            Version::parse("4.6.3.stable.debian.0"),
            Some(Version { major: 4, minor: 6 })
        );
        assert_eq!(
            Version::parse("4.10.stable.official.abc"),
            Some(Version { major: 4, minor: 10 })
        );
    }

    #[test]
    fn other_output_is_no_version() {
        assert_eq!(Version::parse("Godot Engine"), None);
        assert_eq!(Version::parse(""), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(Version::parse("4.10.stable").unwrap() > MINIMUM);
        assert!(Version::parse("4.3.stable").unwrap() >= MINIMUM);
        assert!(Version::parse("4.2.2.stable").unwrap() < MINIMUM);
        assert!(Version::parse("3.6.stable").unwrap() < MINIMUM);
    }
}
