//! Whether the texts of the reference are complete.

use super::bbcode::{self, Block, Inline, Kind};
use super::class::{Class, Method};

/// What is wrong with the texts of a class; `all` are those that references can lead to.
pub(super) fn faults(class: &Class, all: &[Class]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in class.texts() {
        if text.is_empty() {
            faults.push(format!("{name} has no text"));
        }
        for block in bbcode::parse(text) {
            let Block::Paragraph(parts) = block else {
                continue;
            };
            let broken = parts.iter().filter_map(|part| broken_reference(part, class, all));
            faults.extend(broken.map(|reference| format!("{name} refers to {reference}, which is not there")));
        }
    }
    faults.extend(missing_examples(class));
    faults
}

/// On the class page there is an example in each language.
fn missing_examples(class: &Class) -> Vec<String> {
    let blocks = bbcode::parse(&class.description);
    let languages: Vec<&str> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Example(listings) => Some(listings),
            Block::Paragraph(_) => None,
        })
        .flatten()
        .map(|listing| listing.language.as_str())
        .collect();
    ["gdscript", "csharp"]
        .into_iter()
        .filter(|language| !languages.contains(language))
        .map(|language| format!("the description has no example in {language}"))
        .collect()
}

/// A reference into one of our classes that leads nowhere. Those into the engine's cannot be looked up.
fn broken_reference(part: &Inline, class: &Class, all: &[Class]) -> Option<String> {
    let Inline::Item(kind, target) = part else {
        return None;
    };
    let (class, item) = match target.split_once('.') {
        Some((other, item)) => (all.iter().find(|class| class.name == other)?, item),
        None => (class, target.as_str()),
    };
    let has_method = |methods: &[Method]| methods.iter().any(|method| method.name == item);
    let is_there = match kind {
        Kind::Method => has_method(&class.methods),
        Kind::Signal => has_method(&class.signals),
        Kind::Member => class.members.iter().any(|member| member.name == item),
        Kind::Constant => is_error(item) || class.constants.iter().any(|constant| constant.name == item),
        Kind::Enum => item == "Error" || class.enumerations().contains(&item),
    };
    (!is_there).then(|| target.clone())
}

/// The constants of the engine's global enum `Error`.
fn is_error(constant: &str) -> bool {
    matches!(constant, "OK" | "FAILED") || constant.starts_with("ERR_")
}

#[cfg(test)]
mod tests {
    use super::faults;
    use crate::api::class::Class;

    const EXAMPLE: &str = "[codeblocks]\n[gdscript]\na\n[/gdscript]\n[csharp]\nA;\n[/csharp]\n[/codeblocks]";

    fn class(description: &str, method: &str) -> Class {
        let xml = format!(
            "<class name=\"Thing\"><brief_description>A thing.</brief_description>\
             <description>{description}</description><methods><method name=\"take\">\
             <description>{method}</description></method></methods></class>"
        );
        Class::parse(&xml).unwrap()
    }

    fn faults_of(description: &str, method: &str) -> Vec<String> {
        faults(&class(description, method), &[class("", "")])
    }

    #[test]
    fn complete_texts_have_no_fault() {
        let text = "See [method Thing.take], [constant ERR_BUSY] and [method PacketPeer.get_packet].";
        assert!(faults_of(EXAMPLE, text).is_empty());
    }

    #[test]
    fn a_missing_text_is_a_fault() {
        assert_eq!(faults_of(EXAMPLE, ""), ["method take has no text"]);
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_a_fault() {
        assert_eq!(
            faults_of(EXAMPLE, "See [method give]."),
            ["method take refers to give, which is not there"]
        );
        assert_eq!(
            faults_of(EXAMPLE, "See [member Thing.size]."),
            ["method take refers to Thing.size, which is not there"]
        );
    }

    #[test]
    fn an_example_in_one_language_is_not_enough() {
        assert_eq!(
            faults_of("[codeblock]\na\n[/codeblock]", "Takes."),
            ["the description has no example in csharp"]
        );
    }
}
