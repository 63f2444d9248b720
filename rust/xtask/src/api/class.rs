//! A class of the reference, read from the XML that Godot writes.

use anyhow::{Context, Result};
use roxmltree::{Document, Node};

pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) inherits: String,
    pub(crate) brief: String,
    pub(crate) description: String,
    pub(crate) methods: Vec<Method>,
    pub(crate) members: Vec<Member>,
    pub(crate) signals: Vec<Method>,
    pub(crate) constants: Vec<Constant>,
}

/// A method or a signal.
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) is_static: bool,
    pub(crate) returns: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) description: String,
}

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) default: Option<String>,
}

/// A property.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) description: String,
}

pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) enumeration: String,
    pub(crate) description: String,
}

impl Class {
    pub(crate) fn parse(xml: &str) -> Result<Class> {
        let document = Document::parse(xml)?;
        let class = document.root_element();
        Ok(Class {
            name: attribute(class, "name"),
            inherits: attribute(class, "inherits"),
            brief: text(class, "brief_description"),
            description: text(class, "description"),
            methods: elements(class, "methods").map(Method::read).collect(),
            members: elements(class, "members").map(Member::read).collect(),
            signals: elements(class, "signals").map(Method::read).collect(),
            constants: elements(class, "constants").map(Constant::read).collect(),
        })
        .and_then(|class: Class| {
            (!class.name.is_empty())
                .then_some(class)
                .context("the XML is not that of a class")
        })
    }

    /// The names of the enums, in the order of their first constants.
    pub(crate) fn enumerations(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for constant in &self.constants {
            if !names.contains(&constant.enumeration.as_str()) {
                names.push(&constant.enumeration);
            }
        }
        names
    }

    /// Everything that has a text, as `kind name` with that text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let methods = self
            .methods
            .iter()
            .map(|item| (format!("method {}", item.name), &item.description));
        let members = self
            .members
            .iter()
            .map(|item| (format!("member {}", item.name), &item.description));
        let signals = self
            .signals
            .iter()
            .map(|item| (format!("signal {}", item.name), &item.description));
        let constants = self
            .constants
            .iter()
            .map(|item| (format!("constant {}", item.name), &item.description));
        let class = [
            ("brief description".to_owned(), &self.brief),
            ("description".to_owned(), &self.description),
        ];
        let items = methods.chain(members).chain(signals).chain(constants);
        class.into_iter().chain(items).map(|(name, text)| (name, text.as_str()))
    }
}

impl Method {
    fn read(node: Node) -> Method {
        Method {
            name: attribute(node, "name"),
            is_static: attribute(node, "qualifiers").split(' ').any(|word| word == "static"),
            returns: node
                .children()
                .find(|child| child.has_tag_name("return"))
                .map_or_else(String::new, kind),
            parameters: node
                .children()
                .filter(|child| child.has_tag_name("param"))
                .map(Parameter::read)
                .collect(),
            description: text(node, "description"),
        }
    }
}

impl Parameter {
    fn read(node: Node) -> Parameter {
        Parameter {
            name: attribute(node, "name"),
            kind: kind(node),
            default: node.attribute("default").map(str::to_owned),
        }
    }
}

impl Member {
    fn read(node: Node) -> Member {
        Member {
            name: attribute(node, "name"),
            kind: kind(node),
            description: own_text(node),
        }
    }
}

impl Constant {
    fn read(node: Node) -> Constant {
        Constant {
            name: attribute(node, "name"),
            value: attribute(node, "value"),
            enumeration: attribute(node, "enum"),
            description: own_text(node),
        }
    }
}

/// The enum, if it is one, else the type.
fn kind(node: Node) -> String {
    let name = node.attribute("enum").or_else(|| node.attribute("type"));
    name.unwrap_or_default().to_owned()
}

fn elements<'a, 'input>(class: Node<'a, 'input>, group: &str) -> impl Iterator<Item = Node<'a, 'input>> {
    let group = class.children().find(|child| child.has_tag_name(group));
    group
        .into_iter()
        .flat_map(|group| group.children().filter(Node::is_element))
}

fn attribute(node: Node, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}

fn text(node: Node, child: &str) -> String {
    let child = node.children().find(|other| other.has_tag_name(child));
    child.map_or_else(String::new, own_text)
}

/// The text without the indentation that the XML gives all its lines.
fn own_text(node: Node) -> String {
    let text = node.text().unwrap_or_default().trim_matches('\n').trim_end();
    let first = text.lines().next().unwrap_or_default();
    let indentation: String = first.chars().take_while(|&character| character == '\t').collect();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(&*indentation).unwrap_or(line))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::Class;

    const XML: &str = "<class name=\"Thing\" inherits=\"RefCounted\">
	<brief_description>
		A thing.
	</brief_description>
	<description>
		More.
		[codeblock]
		if a:
		    b
		[/codeblock]
	</description>
	<methods>
		<method name=\"take\" qualifiers=\"static\">
			<return type=\"int\" enum=\"Thing.Kind\" />
			<param index=\"0\" name=\"size\" type=\"int\" default=\"1\" />
			<description>
				Takes &amp; gives.
			</description>
		</method>
	</methods>
	<constants>
		<constant name=\"KIND_ONE\" value=\"1\" enum=\"Kind\">
			The first.
		</constant>
	</constants>
</class>";

    #[test]
    fn texts_lose_the_indentation_of_the_xml_alone() {
        let class = Class::parse(XML).unwrap();
        assert_eq!(class.brief, "A thing.");
        assert_eq!(class.description, "More.\n[codeblock]\nif a:\n    b\n[/codeblock]");
        assert_eq!(class.constants[0].description, "The first.");
    }

    #[test]
    fn signatures_name_the_enum_where_there_is_one() {
        let class = Class::parse(XML).unwrap();
        let method = &class.methods[0];
        assert!(method.is_static);
        assert_eq!(method.returns, "Thing.Kind");
        assert_eq!(method.parameters[0].default.as_deref(), Some("1"));
        assert_eq!(method.description, "Takes & gives.");
        assert_eq!(class.enumerations(), ["Kind"]);
    }

    #[test]
    fn everything_that_has_a_text_is_listed() {
        let class = Class::parse(XML).unwrap();
        let names: Vec<String> = class.texts().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["brief description", "description", "method take", "constant KIND_ONE"]
        );
    }

    #[test]
    fn other_xml_is_refused() {
        assert!(Class::parse("<other/>").is_err());
    }
}
