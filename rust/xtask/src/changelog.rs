//! `CHANGELOG.md`, in the format of Keep a Changelog.

use crate::workspace;
use anyhow::{Context, Result};
use std::fs;

/// What has changed in the version of `Cargo.toml`: the text of a release.
pub(crate) fn notes() -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let changelog = fs::read_to_string(workspace::path("CHANGELOG.md"))?;
    let section = sections(&changelog).into_iter().find(|section| section.name == version);
    let section = section.with_context(|| format!("CHANGELOG.md has no section [{version}]"))?;
    Ok(section.text.trim().to_owned())
}

struct Section<'a> {
    /// A version, or `Unreleased`.
    name: &'a str,
    text: &'a str,
}

/// All sections, in their order. A section begins with `## [name]`, and a date if it is released.
fn sections(changelog: &str) -> Vec<Section<'_>> {
    let parts = changelog.split("\n## [").skip(1);
    parts
        .filter_map(|part| {
            let (heading, text) = part.split_once('\n')?;
            let (name, _date) = heading.split_once(']')?;
            Some(Section { name, text })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::sections;
    use crate::workspace;
    use std::fs;

    #[test]
    fn sections_are_told_apart_by_their_headings() {
        let changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n* A.\n\n## [0.1.0] - 2026-11-27\n\n* B.\n";
        let sections = sections(changelog);
        let names: Vec<&str> = sections.iter().map(|section| section.name).collect();
        assert_eq!(names, ["Unreleased", "0.1.0"]);
        assert_eq!(sections[0].text.trim(), "### Added\n\n* A.");
        assert_eq!(sections[1].text.trim(), "* B.");
    }

    #[test]
    fn the_newest_version_in_the_changelog_is_that_of_cargo_toml() {
        let changelog = fs::read_to_string(workspace::path("CHANGELOG.md")).unwrap();
        let sections = sections(&changelog);
        let newest = sections.iter().find(|section| section.name != "Unreleased");
        // Before the first release there is none.
        assert_eq!(
            newest.map_or(env!("CARGO_PKG_VERSION"), |section| section.name),
            env!("CARGO_PKG_VERSION")
        );
    }
}
