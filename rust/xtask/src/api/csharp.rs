//! The doc comments of the C# wrappers in `addons/openssl_dtls/csharp`.
//!
//! What a wrapper declares under the name of something in the reference gets its text. Everything else keeps the comment
//! that it has, and so do exceptions, which only C# has.

mod comment;
mod names;
mod wrappers;

use super::class::{Class, Method};
use crate::workspace;
use anyhow::{Context, Result};
use comment::Place;
use std::collections::BTreeMap;
use std::fs;
use wrappers::Wrappers;

const FOLDER: &str = "addons/openssl_dtls/csharp";

/// The source files of a class: `TlsOptions.cs` and its parts, such as `TlsOptions.Settings.cs`.
fn files(class: &Class) -> Result<Vec<String>> {
    let name = names::class(&class.name);
    let mut files = Vec::new();
    for entry in fs::read_dir(workspace::path(FOLDER)).with_context(|| format!("cannot read {FOLDER}"))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if file.split('.').next() == Some(&name) && file.ends_with(".cs") {
            files.push(format!("{FOLDER}/{file}"));
        }
    }
    Ok(files)
}

/// The wrappers with the comments that belong into them, by their paths.
pub(super) fn documented(classes: &[Class]) -> Result<BTreeMap<String, String>> {
    let mut sources = Vec::new();
    for class in classes {
        for path in files(class)? {
            let source = fs::read_to_string(workspace::path(&path)).with_context(|| format!("cannot read {path}"))?;
            sources.push((path, class, source));
        }
    }
    let wrappers = Wrappers::read(sources.iter().map(|(_, _, source)| source.as_str()));
    let document =
        |(path, class, source): &(String, &Class, String)| (path.clone(), document(source, class, classes, &wrappers));
    Ok(sources.iter().map(document).collect())
}

fn document(source: &str, class: &Class, all: &[Class], wrappers: &Wrappers) -> String {
    let mut output: Vec<String> = Vec::new();
    let mut open_enum = None;
    for line in source.lines() {
        let declaration = Declaration::read(line, open_enum.as_deref());
        match &declaration {
            Some(Declaration::Enum(name)) => open_enum = Some(name.clone()),
            _ if line.trim() == "}" => open_enum = None,
            _ => {}
        }
        if let Some(text) = declaration.and_then(|declaration| declaration.text(class)) {
            let place = Place {
                class,
                all,
                wrappers,
                declaration: line,
            };
            put_above(&mut output, place.comment(&text));
        }
        output.push(line.to_owned());
    }
    let mut text = output.join("\n");
    text.push('\n');
    text
}

/// Replaces the comment above the declaration that comes next, and above its attributes.
fn put_above(output: &mut Vec<String>, mut comment: Vec<String>) {
    let is_attribute = |line: &&String| line.trim_start().starts_with('[');
    let is_comment = |line: &&String| line.trim_start().starts_with("///");
    let attributes = output.iter().rev().take_while(is_attribute).count();
    let end = output.len() - attributes;
    let start = end - output.iter().take(end).rev().take_while(is_comment).count();
    let old = &output[start..end];
    if old.iter().any(|line| line.contains("<inheritdoc")) {
        return;
    }
    comment.extend(exceptions(old));
    output.splice(start..end, comment);
}

/// The lines about exceptions, which begin at a line of their own.
fn exceptions(comment: &[String]) -> Vec<String> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in comment {
        inside |= line.trim_start().starts_with("/// <exception");
        if inside {
            lines.push(line.clone());
        }
        inside &= !line.ends_with("</exception>");
    }
    lines
}

/// What a line declares.
#[derive(Debug, PartialEq)]
enum Declaration {
    Class(String),
    Enum(String),
    Value { of: String, value: String },
    Event(String),
    Method(String),
    Property(String),
}

impl Declaration {
    fn read(line: &str, open_enum: Option<&str>) -> Option<Declaration> {
        if let (Some(of), Some((_, value))) = (open_enum, line.trim_end_matches(',').split_once(" = ")) {
            return Some(Declaration::Value {
                of: of.to_owned(),
                value: value.to_owned(),
            });
        }
        let declared = line.trim_start().strip_prefix("public ")?;
        let after = |keyword: &str| {
            let (_, rest) = declared.split_once(keyword)?;
            rest.split([' ', '(', ':', ';']).next().map(str::to_owned)
        };
        if declared.contains(" operator ") {
            return None;
        }
        if let Some(name) = after("delegate void ") {
            return Some(Declaration::Event(name.strip_suffix("EventHandler")?.to_owned()));
        }
        if let Some(name) = after("class ") {
            // A class is documented where its base is named, which one of its parts does.
            return declared.contains(" : ").then_some(Declaration::Class(name));
        }
        if let Some(name) = declared.starts_with("enum ").then(|| after("enum ")).flatten() {
            return Some(Declaration::Enum(name));
        }
        match declared.split_once('(') {
            Some((before, _)) if !before.contains("=>") => {
                Some(Declaration::Method(before.rsplit(' ').next()?.to_owned()))
            }
            _ => {
                let before = declared.split(" =>").next()?.split(" {").next()?;
                Some(Declaration::Property(before.trim_end().rsplit(' ').next()?.to_owned()))
            }
        }
    }

    /// The text of the reference, if it has one.
    fn text(&self, class: &Class) -> Option<String> {
        let described = |items: &[Method], name: &str| {
            let item = items.iter().find(|item| names::pascal(&item.name) == *name);
            item.map(|item| item.description.clone())
        };
        match self {
            Declaration::Class(name) if *name == names::class(&class.name) => {
                Some(format!("{}\n{}", class.brief, class.description))
            }
            Declaration::Class(_) | Declaration::Enum(_) => None,
            Declaration::Value { of, value } => {
                let mut constants = class.constants.iter();
                let constant = constants.find(|constant| {
                    names::enumeration(class, &constant.enumeration) == *of && constant.value == *value
                });
                constant.map(|constant| constant.description.clone())
            }
            Declaration::Event(name) => described(&class.signals, name),
            Declaration::Method(name) => described(&class.methods, name),
            Declaration::Property(name) => {
                let member = class.members.iter().find(|member| names::pascal(&member.name) == *name);
                member.map(|member| member.description.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Wrappers, document};
    use crate::api::class::Class;

    const XML: &str = "<class name=\"DTLSServerOpenSSL\"><brief_description>A server.</brief_description>\
        <description>More.</description><methods><method name=\"take_connection\"><description>Takes [param udp_peer].";

    fn class() -> Class {
        let rest = "</description></method></methods><members><member name=\"max_size\" type=\"int\">How large.</member>\
            </members><signals><signal name=\"status_changed\"><description>It changed.</description></signal></signals>\
            <constants><constant name=\"KIND_ONE\" value=\"1\" enum=\"Kind\">The first.</constant></constants></class>";
        Class::parse(&format!("{XML}{rest}")).unwrap()
    }

    fn documented(source: &str) -> String {
        document(source, &class(), &[], &Wrappers::read([source]))
    }

    #[test]
    fn declarations_get_the_texts_of_what_they_are_named_after() {
        assert_eq!(
            documented("    public Peer TakeConnection(PacketPeerUdp udpPeer)\n"),
            "    /// <summary>Takes <paramref name=\"udpPeer\"/>.</summary>\n    public Peer TakeConnection(PacketPeerUdp udpPeer)\n"
        );
        assert_eq!(
            documented("    public int MaxSize\n"),
            "    /// <summary>How large.</summary>\n    public int MaxSize\n"
        );
        assert_eq!(
            documented("    public enum Kind : long\n    {\n        One = 1,\n    }\n"),
            "    public enum Kind : long\n    {\n        /// <summary>The first.</summary>\n        One = 1,\n    }\n"
        );
    }

    #[test]
    fn a_comment_stands_above_the_attributes() {
        assert_eq!(
            documented("    [Signal]\n    public delegate void StatusChangedEventHandler(Status status);\n"),
            "    /// <summary>It changed.</summary>\n    [Signal]\n    public delegate void StatusChangedEventHandler(Status status);\n"
        );
    }

    #[test]
    fn what_follows_the_first_paragraph_are_remarks() {
        assert_eq!(
            documented("public sealed partial class DtlsServer : RefCounted\n"),
            "/// <summary>A server.</summary>\n/// <remarks>More.</remarks>\n\
             public sealed partial class DtlsServer : RefCounted\n"
        );
    }

    #[test]
    fn one_part_of_a_class_is_documented() {
        let part = "public sealed partial class DtlsServer\n";
        assert_eq!(documented(part), part);
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let once = documented("public sealed class DtlsServer\n    public Peer TakeConnection(int a)\n");
        assert_eq!(documented(&once), once);
    }

    #[test]
    fn exceptions_and_comments_of_other_things_stay() {
        let source = "    /// <summary>Old.</summary>\n    /// <exception cref=\"A\">When.</exception>\n    public int MaxSize\n";
        assert_eq!(
            documented(source),
            "    /// <summary>How large.</summary>\n    /// <exception cref=\"A\">When.</exception>\n    public int MaxSize\n"
        );
        let other = "    /// <summary>Makes one.</summary>\n    public DtlsServer()\n";
        assert_eq!(documented(other), other);
    }
}
