//! A text of the reference as a doc comment of C#.

use super::names;
use super::wrappers::Wrappers;
use crate::api::bbcode::{self, Block, Inline, Kind, Listing};
use crate::api::class::Class;

const WIDTH: usize = 120;

/// Where a comment stands, which decides what it can refer to by which name.
pub(super) struct Place<'a> {
    pub(super) class: &'a Class,
    pub(super) all: &'a [Class],
    pub(super) wrappers: &'a Wrappers,
    /// What the comment is about.
    pub(super) declaration: &'a str,
}

impl Place<'_> {
    /// A text in BBCode as the lines of a comment: the first paragraph is the summary, the others are remarks.
    pub(super) fn comment(&self, text: &str) -> Vec<String> {
        let blocks = bbcode::parse(text);
        let paragraphs: Vec<String> = blocks.iter().filter_map(|block| self.paragraph(block)).collect();
        let Some((summary, remarks)) = paragraphs.split_first() else {
            return Vec::new();
        };
        let indentation: String = self.declaration.chars().take_while(|&letter| letter == ' ').collect();
        let prefix = format!("{indentation}///");
        let mut lines = element(&prefix, "summary", summary);
        match remarks {
            [] => {}
            [only] => lines.extend(element(&prefix, "remarks", only)),
            several => {
                let paragraphs = several
                    .iter()
                    .map(|text| wrapped(&prefix, &format!("<para>{text}</para>")));
                lines.extend(long_element(&prefix, "remarks", paragraphs.flatten().collect()));
            }
        }
        for listing in blocks.iter().filter_map(example) {
            let code = listing.code.lines().map(|line| format!("{prefix} {}", escaped(line)));
            let code = code.map(|line| line.trim_end().to_owned()).collect();
            lines.extend(long_element(&prefix, "example", long_element(&prefix, "code", code)));
        }
        lines
    }

    fn paragraph(&self, block: &Block) -> Option<String> {
        match block {
            Block::Paragraph(parts) => Some(parts.iter().map(|part| self.inline(part)).collect()),
            Block::Example(_) => None,
        }
    }

    fn inline(&self, part: &Inline) -> String {
        match part {
            Inline::Text(text) => escaped(text),
            Inline::Code(text) => code(text),
            Inline::Parameter(name) => self.parameter(&names::camel(name)),
            Inline::Class(name) => match names::builtin(name) {
                Some(builtin) => code(builtin),
                None => see(&self.class_name(name)),
            },
            Inline::Item(kind, target) => {
                let (class, item) = target
                    .split_once('.')
                    .map_or((None, target.as_str()), |(class, item)| (Some(class), item));
                match kind {
                    Kind::Method => self.method(class, item),
                    Kind::Member | Kind::Signal => see(&self.within(class, &names::pascal(item))),
                    Kind::Enum if item == "Error" => see("Godot.Error"),
                    Kind::Enum => see(&self.within(class, &names::enumeration(self.class_of(class), item))),
                    Kind::Constant => match names::constant(self.class_of(class), item) {
                        Some(name) => see(&self.within(class, &name)),
                        None => see(&names::error(item)),
                    },
                }
            }
        }
    }

    /// Not all overloads have all parameters.
    fn parameter(&self, name: &str) -> String {
        let mut words = self.declaration.split(|letter: char| !letter.is_alphanumeric());
        if words.any(|word| word == name) {
            format!("<paramref name=\"{name}\"/>")
        } else {
            code(name)
        }
    }

    /// A method of the engine's that a wrapper has as well is the wrapper's.
    fn method(&self, class: Option<&str>, item: &str) -> String {
        let name = names::pascal(item);
        let wrapper = match class {
            None => names::class(&self.class.name),
            Some("PacketPeer") => "PacketPeerDtls".to_owned(),
            Some(other) if self.is_ours(other) => names::class(other),
            Some(other) => return see(&format!("{}.{name}", self.class_name(other))),
        };
        match self.wrappers.reference(&wrapper, &name) {
            Some(reference) if class.is_none() => see(&reference),
            Some(reference) => see(&format!("{wrapper}.{reference}")),
            None => code(&format!("{name}()")),
        }
    }

    fn within(&self, class: Option<&str>, name: &str) -> String {
        match class {
            None => name.to_owned(),
            Some(class) => format!("{}.{name}", self.class_name(class)),
        }
    }

    /// The engine's classes that ours stand in for have the same names in another namespace.
    fn class_name(&self, class: &str) -> String {
        let name = names::class(class);
        let is_taken = self.all.iter().any(|ours| names::class(&ours.name) == name);
        if is_taken && !self.is_ours(class) {
            format!("Godot.{name}")
        } else {
            name
        }
    }

    fn is_ours(&self, class: &str) -> bool {
        self.all.iter().any(|ours| ours.name == class)
    }

    fn class_of(&self, class: Option<&str>) -> &Class {
        let named = class.and_then(|class| self.all.iter().find(|ours| ours.name == class));
        named.unwrap_or(self.class)
    }
}

/// Of an example, what is in C#.
fn example(block: &Block) -> Option<&Listing> {
    match block {
        Block::Paragraph(_) => None,
        Block::Example(listings) => listings.iter().find(|listing| listing.language == "csharp"),
    }
}

fn see(reference: &str) -> String {
    format!("<see cref=\"{reference}\"/>")
}

fn code(text: &str) -> String {
    format!("<c>{}</c>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// In one line, if it fits.
fn element(prefix: &str, tag: &str, text: &str) -> Vec<String> {
    let line = format!("{prefix} <{tag}>{text}</{tag}>");
    if line.chars().count() <= WIDTH {
        vec![line]
    } else {
        long_element(prefix, tag, wrapped(prefix, text))
    }
}

fn long_element(prefix: &str, tag: &str, content: Vec<String>) -> Vec<String> {
    let begin = [format!("{prefix} <{tag}>")];
    begin
        .into_iter()
        .chain(content)
        .chain([format!("{prefix} </{tag}>")])
        .collect()
}

fn wrapped(prefix: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = prefix.to_owned();
    for word in words(text) {
        if line.len() > prefix.len() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, prefix.to_owned()));
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Splits at spaces, but not in tags.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut in_tag = false;
    text.split(move |letter| {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        letter == ' ' && !in_tag
    })
}

#[cfg(test)]
mod tests {
    use super::{Place, Wrappers};
    use crate::api::class::Class;

    fn comment(text: &str, declaration: &str) -> Vec<String> {
        let xml = "<class name=\"PacketPeerDTLSOpenSSL\"><constants>\
                   <constant name=\"STATUS_ERROR\" value=\"3\" enum=\"Status\">x</constant></constants></class>";
        let all = [Class::parse(xml).unwrap()];
        let source = "class PacketPeerDtls\n    public void Poll()\n    public void Send(int a)\n    public void Send(byte[] a, bool b = true)\n";
        let place = Place {
            class: &all[0],
            all: &all,
            wrappers: &Wrappers::read([source]),
            declaration,
        };
        place.comment(text)
    }

    #[test]
    fn classes_and_their_methods_are_referred_to_by_their_names_in_c_sharp() {
        assert_eq!(
            comment("[PacketPeerUDP], [method UDPServer.take_connection]", ""),
            ["/// <summary><see cref=\"PacketPeerUdp\"/>, <see cref=\"UdpServer.TakeConnection\"/></summary>"]
        );
        assert_eq!(
            comment("[method poll], [method PacketPeer.poll], [method other]", ""),
            ["/// <summary><see cref=\"Poll\"/>, <see cref=\"PacketPeerDtls.Poll\"/>, <c>Other()</c></summary>"]
        );
    }

    #[test]
    fn the_engine_s_class_of_the_same_name_is_another() {
        assert_eq!(
            comment("[PacketPeerDTLS], [PacketPeerDTLSOpenSSL]", ""),
            ["/// <summary><see cref=\"Godot.PacketPeerDtls\"/>, <see cref=\"PacketPeerDtls\"/></summary>"]
        );
    }

    #[test]
    fn constants_are_values_of_enums() {
        assert_eq!(
            comment("[constant STATUS_ERROR], [constant ERR_BUSY]", ""),
            ["/// <summary><see cref=\"Status.Error\"/>, <see cref=\"Godot.Error.Busy\"/></summary>"]
        );
    }

    #[test]
    fn of_overloads_the_first_is_referred_to() {
        assert_eq!(
            comment("[method send]", ""),
            ["/// <summary><see cref=\"Send(int)\"/></summary>"]
        );
    }

    #[test]
    fn a_parameter_that_an_overload_does_not_have_is_code() {
        assert_eq!(
            comment("[param a]", "F(int a)"),
            ["/// <summary><paramref name=\"a\"/></summary>"]
        );
        assert_eq!(comment("[param a]", "F(int b)"), ["/// <summary><c>a</c></summary>"]);
    }

    #[test]
    fn examples_are_those_in_c_sharp() {
        let text = "A.\n[codeblocks]\n[gdscript]\na\n[/gdscript]\n[csharp]\nList<A> b;\n\nc\n[/csharp]\n[/codeblocks]";
        let example = [
            "/// <example>",
            "/// <code>",
            "/// List&lt;A&gt; b;",
            "///",
            "/// c",
            "/// </code>",
            "/// </example>",
        ];
        assert_eq!(comment(text, "")[1..], example);
    }

    #[test]
    fn long_lines_are_wrapped_between_words() {
        let lines = comment(&format!("{}end", "word ".repeat(40)), "    ");
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0], "    /// <summary>");
        assert!(lines.iter().all(|line| line.len() <= 120), "{lines:?}");
    }
}
