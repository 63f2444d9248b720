//! Every GDScript of this repository, that of the documentation included, compiled with warnings as errors.

use crate::engine::Engine;
use crate::process::Process;
use crate::summary::Tally;
use crate::{suite, workspace};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The Godot projects. The second one knows the addon and nothing else: what belongs to none is compiled there.
const PROJECTS: [&str; 2] = ["demo_project", "tests/godot"];
const CHECK: &str = "tests/gdscript/check.gd";
const DOCUMENTATION: [&str; 3] = ["README.md", "docs", "addons/openssl_dtls/README.md"];
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn check() -> Tally {
    let mut tally = Tally::default();
    for project in PROJECTS {
        let result = scripts_beside(project).and_then(|scripts| compile(project, &scripts));
        tally.add(result.unwrap_or_else(|error| Tally::failure(format!("{error:#}"))));
    }
    tally
}

/// Compiles the scripts in the project and further ones that need it.
fn compile(project: &str, scripts: &[PathBuf]) -> Result<Tally> {
    let arguments: Vec<String> = scripts.iter().map(|path| path.display().to_string()).collect();
    let mut command = Engine::new(project)?.foreign_script(CHECK, &arguments);
    let finished = Process::spawn("check.gd", &mut command)?.finish(Instant::now() + LIMIT)?;
    Ok(suite::judge(&finished))
}

/// The scripts outside of the projects that are to be compiled with this one.
fn scripts_beside(project: &str) -> Result<Vec<PathBuf>> {
    if project == PROJECTS[0] {
        let mut scripts = files(&workspace::path("tests/demo"), "gd")?;
        scripts.extend(files(&workspace::path("tests/exported"), "gd")?);
        Ok(scripts)
    } else {
        let mut scripts = files(&workspace::path("tests/gdscript"), "gd")?;
        scripts.extend(files(&workspace::path("tests/package"), "gd")?);
        scripts.extend(write_printed()?);
        Ok(scripts)
    }
}

/// Writes the scripts that are printed in the documentation into files.
fn write_printed() -> Result<Vec<PathBuf>> {
    let folder = workspace::path("target/gdscript");
    fs::create_dir_all(&folder)?;
    let mut scripts = Vec::new();
    for place in DOCUMENTATION {
        for page in files(&workspace::path(place), "md")? {
            let text = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
            let name = page.file_stem().unwrap_or_default().to_string_lossy();
            for script in printed(&text) {
                let path = folder.join(format!("{}_{name}.gd", scripts.len()));
                fs::write(&path, script)?;
                scripts.push(path);
            }
        }
    }
    Ok(scripts)
}

/// The whole scripts in a page. Fragments, which extend nothing, are left out.
pub(crate) fn printed(page: &str) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut script: Option<String> = None;
    for line in page.lines() {
        match &mut script {
            None if line == "```gdscript" => script = Some(String::new()),
            None => {}
            Some(text) if line == "```" => {
                if text.lines().any(|line| line.starts_with("extends ")) {
                    scripts.push(std::mem::take(text));
                }
                script = None;
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    scripts
}

/// The files with this extension: `place` itself, or those in it and in its folders.
fn files(place: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(place).with_context(|| format!("cannot read {}", place.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn whole_scripts_are_taken_out_of_a_page() {
        let page =
            "Text\n```gdscript\n# a.gd\nextends Node\n\n\tpass\n```\nMore\n```gdscript\nextends RefCounted\n```\n";
        assert_eq!(
            printed(page),
            ["# a.gd\nextends Node\n\n\tpass\n", "extends RefCounted\n"]
        );
    }

    #[test]
    fn fragments_and_other_languages_are_not() {
        let page = "```gdscript\nvar a := 1\n```\n```sh\nextends nothing\n```\n```\nextends Node\n```\n";
        assert_eq!(printed(page), Vec::<String>::new());
    }
}
