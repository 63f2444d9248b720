//! From the Markdown of doc comments to the BBCode of Godot's class reference.
//!
//! The doc comments have Godot's references (`[method poll]`) in them already. What remains of Markdown are paragraphs,
//! `code` and fenced blocks.

/// Converts a doc comment. Code that is one of the `parameters` becomes a reference to it. Paragraphs are lines.
pub(super) fn to_bbcode(markdown: &str, parameters: &[String]) -> String {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(Block::Code { .. }), Some(_)) => blocks.extend(open.take()),
            (Some(Block::Code { code, .. }), None) => code.push(line.to_owned()),
            (_, Some(language)) => blocks.extend(open.replace(Block::code(language))),
            (Some(Block::Paragraph(_)), None) if line.trim().is_empty() => blocks.extend(open.take()),
            (Some(Block::Paragraph(lines)), None) => lines.push(line.trim().to_owned()),
            (None, None) if line.trim().is_empty() => {}
            (None, None) => open = Some(Block::Paragraph(vec![line.trim().to_owned()])),
        }
    }
    blocks.extend(open);
    render(&blocks, parameters)
}

enum Block {
    Paragraph(Vec<String>),
    Code { language: String, code: Vec<String> },
}

impl Block {
    fn code(language: &str) -> Block {
        Block::Code {
            language: language.trim().to_owned(),
            code: Vec::new(),
        }
    }

    fn is_code_in(&self, wanted: &str) -> bool {
        matches!(self, Block::Code { language, .. } if language == wanted)
    }
}

/// An example in GDScript with the same in C# after it becomes one block, of which the editor shows what the reader
/// prefers.
fn render(blocks: &[Block], parameters: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let is_pair = |first: Option<&Block>, second: Option<&Block>| {
            first.is_some_and(|block| block.is_code_in("gdscript"))
                && second.is_some_and(|block| block.is_code_in("csharp"))
        };
        let begins_pair = is_pair(Some(block), blocks.get(index + 1));
        let ends_pair = is_pair(index.checked_sub(1).and_then(|before| blocks.get(before)), Some(block));
        match block {
            Block::Paragraph(words) => lines.push(inline(&words.join(" "), parameters)),
            Block::Code { language, code } if begins_pair || ends_pair => {
                lines.extend(begins_pair.then(|| "[codeblocks]".to_owned()));
                lines.push(format!("[{language}]"));
                lines.extend(code.iter().cloned());
                lines.push(format!("[/{language}]"));
                lines.extend(ends_pair.then(|| "[/codeblocks]".to_owned()));
            }
            Block::Code { language, code } => {
                lines.push(match language.as_str() {
                    "gdscript" => "[codeblock]".to_owned(),
                    other => format!("[codeblock lang={other}]"),
                });
                lines.extend(code.iter().cloned());
                lines.push("[/codeblock]".to_owned());
            }
        }
    }
    lines.join("\n")
}

fn inline(text: &str, parameters: &[String]) -> String {
    let mut output = String::new();
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        if !is_code {
            output.push_str(part);
        } else if parameters.iter().any(|parameter| parameter == part) {
            output.push_str(&format!("[param {part}]"));
        } else {
            output.push_str(&format!("[code]{part}[/code]"));
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::to_bbcode;

    #[test]
    fn a_paragraph_is_one_line() {
        assert_eq!(to_bbcode("One\nand more.\n\nTwo.\n", &[]), "One and more.\nTwo.");
    }

    #[test]
    fn code_is_marked_and_parameters_are_known() {
        assert_eq!(
            to_bbcode("`size` is not `length`.", &["size".to_owned()]),
            "[param size] is not [code]length[/code]."
        );
    }

    #[test]
    fn a_listing_keeps_its_lines() {
        assert_eq!(
            to_bbcode("So:\n```gdscript\nif `a`:\n\n    pass\n```\nDone.", &[]),
            "So:\n[codeblock]\nif `a`:\n\n    pass\n[/codeblock]\nDone."
        );
    }

    #[test]
    fn an_example_in_two_languages_is_one_block() {
        assert_eq!(
            to_bbcode("```gdscript\na\n```\n\n```csharp\nA;\n```", &[]),
            "[codeblocks]\n[gdscript]\na\n[/gdscript]\n[csharp]\nA;\n[/csharp]\n[/codeblocks]"
        );
    }
}
