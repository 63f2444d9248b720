//! The BBCode of Godot's class reference, taken apart for those who write it in another form.

/// A paragraph, or an example.
#[derive(Debug, PartialEq)]
pub(super) enum Block {
    Paragraph(Vec<Inline>),
    /// The same in one or more languages.
    Example(Vec<Listing>),
}

#[derive(Debug, PartialEq)]
pub(super) struct Listing {
    /// As Markdown calls it.
    pub(super) language: String,
    pub(super) code: String,
}

#[derive(Debug, PartialEq)]
pub(super) enum Inline {
    Text(String),
    Code(String),
    Parameter(String),
    /// `[method poll]`, `[constant OK]`: what it is, and its name, perhaps with that of its class.
    Item(Kind, String),
    /// `[PacketPeer]`
    Class(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Method,
    Member,
    Signal,
    Constant,
    Enum,
}

impl Kind {
    fn of(tag: &str) -> Option<Kind> {
        match tag {
            "method" => Some(Kind::Method),
            "member" => Some(Kind::Member),
            "signal" => Some(Kind::Signal),
            "constant" => Some(Kind::Constant),
            "enum" => Some(Kind::Enum),
            _ => None,
        }
    }
}

/// Each line outside of an example is a paragraph.
pub(super) fn parse(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let tag = line.trim();
        if tag == "[codeblocks]" {
            let mut listings = Vec::new();
            while let Some(language) = lines.next().map(str::trim).filter(|line| *line != "[/codeblocks]") {
                let language = language.trim_matches(['[', ']']);
                listings.push(listing(&mut lines, language, &format!("[/{language}]")));
            }
            blocks.push(Block::Example(listings));
        } else if let Some(attributes) = tag.strip_prefix("[codeblock").and_then(|tag| tag.strip_suffix(']')) {
            let language = attributes.trim().strip_prefix("lang=").unwrap_or("gdscript");
            blocks.push(Block::Example(vec![listing(&mut lines, language, "[/codeblock]")]));
        } else if !tag.is_empty() {
            blocks.push(Block::Paragraph(inline(tag)));
        }
    }
    blocks
}

fn listing<'a>(lines: &mut impl Iterator<Item = &'a str>, language: &str, end: &str) -> Listing {
    let code: Vec<&str> = lines.take_while(|line| line.trim() != end).collect();
    Listing {
        language: language.to_owned(),
        code: code.join("\n"),
    }
}

fn inline(mut text: &str) -> Vec<Inline> {
    let mut parts = Vec::new();
    while let Some((before, rest)) = text.split_once('[') {
        let Some((tag, after)) = rest.split_once(']') else {
            break;
        };
        if !before.is_empty() {
            parts.push(Inline::Text(before.to_owned()));
        }
        text = after;
        parts.push(match tag.split_once(' ') {
            None if tag == "code" => {
                let (code, after) = after.split_once("[/code]").unwrap_or((after, ""));
                text = after;
                Inline::Code(code.to_owned())
            }
            None => Inline::Class(tag.to_owned()),
            Some(("param", name)) => Inline::Parameter(name.to_owned()),
            Some((kind, name)) => match Kind::of(kind) {
                Some(kind) => Inline::Item(kind, name.to_owned()),
                None => Inline::Text(format!("[{tag}]")),
            },
        });
    }
    if !text.is_empty() {
        parts.push(Inline::Text(text.to_owned()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Block, Inline, Kind, Listing, parse};

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn references_and_code_are_found_in_a_paragraph() {
        assert_eq!(
            parse("See [method A.b] and [code]x[0][/code], [param c], a [Class]."),
            [Block::Paragraph(vec![
                text("See "),
                Inline::Item(Kind::Method, "A.b".to_owned()),
                text(" and "),
                Inline::Code("x[0]".to_owned()),
                text(", "),
                Inline::Parameter("c".to_owned()),
                text(", a "),
                Inline::Class("Class".to_owned()),
                text("."),
            ])]
        );
    }

    #[test]
    fn a_bracket_that_is_no_tag_stays() {
        assert_eq!(parse("a [b"), [Block::Paragraph(vec![text("a [b")])]);
        assert_eq!(parse("[1 to 2]"), [Block::Paragraph(vec![text("[1 to 2]")])]);
    }

    #[test]
    fn lines_are_paragraphs() {
        assert_eq!(parse("a\nb").len(), 2);
    }

    #[test]
    fn examples_keep_their_lines() {
        let listing = |language: &str, code: &str| Listing {
            language: language.to_owned(),
            code: code.to_owned(),
        };
        assert_eq!(
            parse("[codeblock]\na:\n    [b]\n\nc\n[/codeblock]"),
            [Block::Example(vec![listing("gdscript", "a:\n    [b]\n\nc")])]
        );
        assert_eq!(
            parse("[codeblocks]\n[gdscript]\na\n[/gdscript]\n[csharp]\nA;\n[/csharp]\n[/codeblocks]"),
            [Block::Example(vec![listing("gdscript", "a"), listing("csharp", "A;")])]
        );
        assert_eq!(
            parse("[codeblock lang=text]\nx\n[/codeblock]"),
            [Block::Example(vec![listing("text", "x")])]
        );
    }
}
