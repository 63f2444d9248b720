//! The examples in C# of the documentation, which have to compile.

use crate::workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

const FOLDERS: [&str; 3] = ["docs", "docs/reference", "addons/openssl_dtls"];

/// Writes a source file for each example into `folder`, which is made anew.
pub(super) fn write(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for pages in FOLDERS {
        for entry in fs::read_dir(workspace::path(pages)).with_context(|| format!("cannot read {pages}"))? {
            let page = entry?.path();
            if page.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let name = page.file_stem().unwrap_or_default().to_string_lossy();
            for (number, source) in sources(&fs::read_to_string(&page)?).iter().enumerate() {
                fs::write(folder.join(format!("{name}{number}.cs")), source)?;
            }
        }
    }
    Ok(())
}

/// The examples of a page as source files. What is no class becomes a method of one, and has the `using`s of the
/// examples before it.
fn sources(page: &str) -> Vec<String> {
    let mut usings = String::new();
    let blocks = page.split("```csharp\n").skip(1);
    let examples = blocks.filter_map(|block| Some(block.split_once("```")?.0));
    examples
        .map(|example| {
            let (own, code): (Vec<&str>, Vec<&str>) = example.lines().partition(|line| line.starts_with("using "));
            usings.extend(own.iter().map(|line| format!("{line}\n")));
            let code = code.join("\n");
            if code.contains("class ") {
                return format!("{usings}{code}\n");
            }
            format!(
                "{usings}file static class Example\n{{\n    private static void Run()\n    {{\n{code}\n    }}\n}}\n"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::sources;

    #[test]
    fn a_class_is_a_source_file() {
        let page = "# Page\n```csharp\nusing Godot;\n\nclass A {}\n```\n```gdscript\nextends Node\n```\n";
        assert_eq!(sources(page), ["using Godot;\n\nclass A {}\n"]);
    }

    #[test]
    fn statements_become_a_method() {
        let page = "```csharp\nusing Godot;\nvar a = 1;\n```\nText.\n```csharp\nvar b = 2;\n```\n";
        let sources = sources(page);
        assert_eq!(sources.len(), 2);
        assert!(
            sources[1].starts_with("using Godot;\nfile static class Example\n"),
            "{}",
            sources[1]
        );
        assert!(sources[1].contains("\nvar b = 2;\n"), "{}", sources[1]);
    }
}
