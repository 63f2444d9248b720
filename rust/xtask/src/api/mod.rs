//! `cargo xtask api`: the class reference in all its forms, and the test that it is up to date.
//!
//! * `docs/api/*.xml` is what the editor shows as help. A change of a signature or a text shows there, so it is also
//!   what keeps the API from changing unnoticed.
//! * `docs/reference/*.md` is made from it for reading.
//! * The doc comments in `addons/openssl_dtls/csharp/*.cs` are made from it for editors of C#.

mod bbcode;
mod class;
mod csharp;
mod doctool;
mod markdown;
mod rustdoc;
mod source;
mod text_check;

use crate::engine::Engine;
use crate::summary::Tally;
use crate::workspace;
use anyhow::{Context, Result};
use class::Class;
use std::collections::BTreeMap;
use std::fs;

/// The files of the reference, by their path in the project.
struct Reference {
    files: BTreeMap<String, String>,
    classes: Vec<Class>,
}

impl Reference {
    /// As the built addon and the doc comments have it.
    fn make(engine: &Engine) -> Result<Reference> {
        let texts = source::texts(&workspace::path("rust/godot"))?;
        let xml = doctool::write(engine, &texts, &workspace::path("target/api"))?;
        let mut classes = Vec::new();
        for (name, text) in &xml {
            classes.push(Class::parse(text).with_context(|| format!("cannot read the XML of {name}"))?);
        }
        let mut files: BTreeMap<String, String> = xml
            .into_iter()
            .map(|(name, text)| (format!("docs/api/{name}.xml"), text))
            .collect();
        for class in &classes {
            files.insert(
                format!("docs/reference/{}.md", class.name),
                markdown::page(class, &classes),
            );
        }
        files.extend(csharp::documented(&classes)?);
        Ok(Reference { files, classes })
    }
}

/// Writes the reference of the addon that is built.
pub(crate) fn renew(engine: &Engine) -> Result<()> {
    for (path, text) in Reference::make(engine)?.files {
        let file = workspace::path(&path);
        fs::create_dir_all(file.parent().context("a file is in a folder")?)?;
        fs::write(&file, text).with_context(|| format!("cannot write {path}"))?;
        eprintln!("Wrote {path}");
    }
    Ok(())
}

/// A test for each file, that it is what would be written now, and one for each class, that nothing is without a text
/// and that all references lead somewhere.
pub(crate) fn check(engine: &Engine) -> Tally {
    match Reference::make(engine) {
        Ok(reference) => compare(&reference),
        Err(error) => Tally::failure(format!("{error:#}")),
    }
}

fn compare(reference: &Reference) -> Tally {
    let mut tally = Tally::default();
    for (path, text) in &reference.files {
        match fs::read_to_string(workspace::path(path)) {
            Ok(written) if written == *text => tally.pass(),
            Ok(written) => tally.fail(format!(
                "{path} is not what it would be now: {}. If that is meant, run cargo xtask api",
                difference(&written, text)
            )),
            Err(error) => tally.fail(format!("cannot read {path}: {error}. Run cargo xtask api")),
        }
    }
    for class in &reference.classes {
        match text_check::faults(class, &reference.classes) {
            faults if faults.is_empty() => tally.pass(),
            faults => tally.fail(format!("{}: {}", class.name, faults.join("; "))),
        }
    }
    tally
}

/// The first line in which the two are different.
fn difference(written: &str, now: &str) -> String {
    let mut now = now.lines();
    for (index, line) in written.lines().enumerate() {
        match now.next() {
            Some(other) if other == line => {}
            Some(other) => {
                return format!(
                    "line {} is `{}`, and would be `{}`",
                    index + 1,
                    line.trim(),
                    other.trim()
                );
            }
            None => return format!("line {} would not be there", index + 1),
        }
    }
    "there would be more lines".to_owned()
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(difference("a\nb\n", "a\nc\n"), "line 2 is `b`, and would be `c`");
        assert_eq!(difference("a\nb\n", "a\n"), "line 2 would not be there");
        assert_eq!(difference("a\n", "a\nb\n"), "there would be more lines");
    }
}
