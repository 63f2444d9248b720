//! A class of the reference as a page in Markdown.

use super::bbcode::{self, Block, Inline, Kind, Listing};
use super::class::{Class, Constant, Member, Method, Parameter};

/// The page of a class; `all` are those that have a page beside it.
pub(super) fn page(class: &Class, all: &[Class]) -> String {
    let page = Page { class, all };
    let mut sections = vec![
        format!("# {}", class.name),
        format!("Inherits: {}", page.type_link(&class.inherits)),
        page.blocks(&class.brief),
        page.blocks(&class.description),
    ];
    section(
        &mut sections,
        "Properties",
        class.members.iter().map(|member| page.member(member)),
    );
    section(
        &mut sections,
        "Methods",
        class.methods.iter().map(|method| page.method(method)),
    );
    section(
        &mut sections,
        "Signals",
        class.signals.iter().map(|signal| page.signal(signal)),
    );
    for name in class.enumerations() {
        let constants = class.constants.iter().filter(|constant| constant.enumeration == name);
        let rows: Vec<String> = constants.map(|constant| page.constant(constant)).collect();
        sections.push(format!("## enum {name}"));
        sections.push(format!("| constant | value | |\n|---|---|---|\n{}", rows.join("\n")));
    }
    let mut text = sections.join("\n\n");
    text.push('\n');
    text
}

fn section(sections: &mut Vec<String>, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if !items.is_empty() {
        sections.push(format!("## {title}"));
        sections.extend(items);
    }
}

struct Page<'a> {
    class: &'a Class,
    all: &'a [Class],
}

impl Page<'_> {
    fn member(&self, member: &Member) -> String {
        let kind = self.short(&member.kind);
        format!(
            "### {name}\n\n`{name}: {kind}`\n\n{}",
            self.blocks(&member.description),
            name = member.name
        )
    }

    fn method(&self, method: &Method) -> String {
        let qualifier = if method.is_static { "static " } else { "" };
        let signature = format!(
            "{qualifier}{}({}) -> {}",
            method.name,
            self.parameters(method),
            self.short(&method.returns)
        );
        format!(
            "### {}()\n\n`{signature}`\n\n{}",
            method.name,
            self.blocks(&method.description)
        )
    }

    fn signal(&self, signal: &Method) -> String {
        let signature = format!("{}({})", signal.name, self.parameters(signal));
        format!(
            "### {}\n\n`{signature}`\n\n{}",
            signal.name,
            self.blocks(&signal.description)
        )
    }

    fn constant(&self, constant: &Constant) -> String {
        let text = self.blocks(&constant.description).replace('\n', " ");
        format!("| `{}` | {} | {text} |", constant.name, constant.value)
    }

    fn parameters(&self, method: &Method) -> String {
        let parameter = |parameter: &Parameter| {
            let default = parameter
                .default
                .as_ref()
                .map(|value| format!(" = {value}"))
                .unwrap_or_default();
            format!("{}: {}{default}", parameter.name, self.short(&parameter.kind))
        };
        let parameters: Vec<String> = method.parameters.iter().map(parameter).collect();
        parameters.join(", ")
    }

    /// A type as scripts write it, without this class before its own enums.
    fn short(&self, kind: &str) -> String {
        if let Some(element) = kind.strip_suffix("[]") {
            return format!("Array[{element}]");
        }
        let own = kind
            .strip_prefix(&self.class.name)
            .and_then(|rest| rest.strip_prefix('.'));
        own.unwrap_or(kind).to_owned()
    }

    fn blocks(&self, text: &str) -> String {
        let blocks: Vec<String> = bbcode::parse(text).iter().map(|block| self.block(block)).collect();
        blocks.join("\n\n")
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Paragraph(parts) => parts.iter().map(|part| self.inline(part)).collect(),
            Block::Example(listings) => {
                let fence = |listing: &Listing| format!("```{}\n{}\n```", listing.language, listing.code);
                listings.iter().map(fence).collect::<Vec<_>>().join("\n\n")
            }
        }
    }

    fn inline(&self, part: &Inline) -> String {
        match part {
            Inline::Text(text) => text.clone(),
            Inline::Code(code) | Inline::Parameter(code) => format!("`{code}`"),
            Inline::Class(name) => self.type_link(name),
            Inline::Item(kind, target) => self.item_link(*kind, target),
        }
    }

    fn type_link(&self, name: &str) -> String {
        if self.has_page(name) {
            format!("[{name}]({name}.md)")
        } else {
            format!("[{name}]({})", engine_page(name))
        }
    }

    fn item_link(&self, kind: Kind, target: &str) -> String {
        let (class, item) = target.split_once('.').unwrap_or((&self.class.name, target));
        let call = if kind == Kind::Method { "()" } else { "" };
        let page = match class {
            own if own == self.class.name => String::new(),
            other if self.has_page(other) => format!("{other}.md"),
            engine => return format!("[`{target}{call}`]({})", engine_page(engine)),
        };
        match kind {
            Kind::Method | Kind::Member | Kind::Signal => format!("[`{target}{call}`]({page}#{item})"),
            Kind::Enum if item != "Error" => format!("[`{target}`]({page}#enum-{})", item.to_lowercase()),
            // A row of a table cannot be linked to.
            Kind::Constant | Kind::Enum => format!("`{target}`"),
        }
    }

    fn has_page(&self, class: &str) -> bool {
        self.all.iter().any(|other| other.name == class)
    }
}

fn engine_page(class: &str) -> String {
    format!(
        "https://docs.godotengine.org/en/stable/classes/class_{}.html",
        class.to_lowercase()
    )
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::api::class::Class;

    const XML: &str = "<class name=\"Thing\" inherits=\"RefCounted\"><brief_description>A thing.</brief_description>\
        <description>See [method take], [member Other.size], [method Peer.poll], [constant KIND_ONE].</description>\
        <methods><method name=\"take\" qualifiers=\"static\"><return type=\"int\" enum=\"Thing.Kind\" />\
        <param index=\"0\" name=\"size\" type=\"int\" default=\"1\" /><description>Takes [param size].</description>\
        </method></methods><members><member name=\"length\" type=\"int\">How long.</member></members>\
        <constants><constant name=\"KIND_ONE\" value=\"1\" enum=\"Kind\">The first.</constant></constants></class>";

    fn text() -> String {
        let class = |xml| Class::parse(xml).unwrap();
        page(&class(XML), &[class(XML), class("<class name=\"Other\"/>")])
    }

    #[test]
    fn references_lead_to_the_own_page_to_another_or_to_the_engine_s() {
        let text = text();
        assert!(
            text.contains("See [`take()`](#take), [`Other.size`](Other.md#size)"),
            "{text}"
        );
        assert!(
            text.contains("[`Peer.poll()`](https://docs.godotengine.org/en/stable/classes/class_peer.html)"),
            "{text}"
        );
        assert!(text.contains("`KIND_ONE`.\n"), "{text}");
    }

    #[test]
    fn signatures_are_those_of_gdscript() {
        let text = text();
        assert!(
            text.contains("### take()\n\n`static take(size: int = 1) -> Kind`\n\nTakes `size`.\n"),
            "{text}"
        );
        assert!(text.contains("### length\n\n`length: int`\n\nHow long.\n"), "{text}");
    }

    #[test]
    fn constants_are_a_table_for_each_enum() {
        let text = text();
        assert!(
            text.contains("## enum Kind\n\n| constant | value | |\n|---|---|---|\n| `KIND_ONE` | 1 | The first. |\n"),
            "{text}"
        );
    }
}
