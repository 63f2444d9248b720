//! The XML of the class reference: signatures from the engine, texts from the doc comments.
//!
//! `godot --doctool` writes what the extension has registered, and keeps the texts that it finds where it writes. So the
//! texts are laid there first.

use super::source::ClassTexts;
use crate::engine::{self, Engine};
use crate::process::{self, Process};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

/// Writes the reference of these classes into `folder`, which is made anew. Returns the XML files' texts by class.
pub(super) fn write(
    engine: &Engine,
    texts: &BTreeMap<String, ClassTexts>,
    folder: &Path,
) -> Result<BTreeMap<String, String>> {
    let files = folder.join("doc_classes");
    if files.exists() {
        fs::remove_dir_all(&files)?;
    }
    fs::create_dir_all(&files)?;
    for (class, texts) in texts {
        fs::write(files.join(format!("{class}.xml")), xml(class, texts))?;
    }
    let finished = Process::spawn("godot --doctool", &mut engine.doctool(folder))?.finish(Instant::now() + LIMIT)?;
    let mut faults = engine::complaints(&finished.output);
    faults.extend(engine::bad_end(&finished));
    ensure!(
        faults.is_empty(),
        "godot --doctool: {}\n{}",
        faults.join("; "),
        process::tail(&finished.output)
    );
    read(&files)
}

/// The XML files in a folder, by class.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut classes = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if let (Some(class), Some("xml")) = (path.file_stem(), path.extension().and_then(|name| name.to_str())) {
            classes.insert(class.to_string_lossy().into_owned(), fs::read_to_string(&path)?);
        }
    }
    Ok(classes)
}

/// The texts of a class without any signature.
fn xml(class: &str, texts: &ClassTexts) -> String {
    let (brief, description) = texts.description.split_once('\n').unwrap_or((&texts.description, ""));
    let described = |tag: &str, items: &BTreeMap<String, String>| -> String {
        let element = |(name, text): (&String, &String)| {
            let text = indented(text, 4);
            format!("<{tag} name=\"{name}\"><description>{text}</description></{tag}>\n")
        };
        items.iter().map(element).collect()
    };
    let plain = |tag: &str, attributes: &str, items: &BTreeMap<String, String>| -> String {
        let element = |(name, text): (&String, &String)| {
            let text = indented(text, 3);
            format!("<{tag} name=\"{name}\" {attributes}>{text}</{tag}>\n")
        };
        items.iter().map(element).collect()
    };
    [
        format!("<class name=\"{class}\">\n"),
        format!("<brief_description>{}</brief_description>\n", indented(brief, 2)),
        format!("<description>{}</description>\n", indented(description, 2)),
        format!("<methods>{}</methods>\n", described("method", &texts.methods)),
        format!("<members>{}</members>\n", plain("member", "type=\"\"", &texts.members)),
        format!("<signals>{}</signals>\n", described("signal", &texts.signals)),
        format!(
            "<constants>{}</constants>\n",
            plain("constant", "value=\"\"", &texts.constants)
        ),
        "</class>\n".to_owned(),
    ]
    .concat()
}

/// Godot copies a text as it is, and only indents its first line.
fn indented(text: &str, depth: usize) -> String {
    let tabs = "\t".repeat(depth);
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{tabs}{line}")
            }
        })
        .collect();
    let text = lines.join("\n");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
