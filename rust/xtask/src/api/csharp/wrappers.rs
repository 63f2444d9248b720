//! Which methods the wrappers have, for comments that refer to them.

use std::collections::BTreeMap;

/// The parameter types of all overloads of all public methods.
pub(super) struct Wrappers(BTreeMap<(String, String), Vec<String>>);

impl Wrappers {
    /// Reads the sources of the wrappers.
    pub(super) fn read<'a>(sources: impl IntoIterator<Item = &'a str>) -> Wrappers {
        let mut methods: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for source in sources {
            let mut class = String::new();
            for line in source.lines() {
                if let Some(name) = class_name(line) {
                    class = name.to_owned();
                } else if let Some((name, parameters)) = method(line) {
                    methods
                        .entry((class.clone(), name.to_owned()))
                        .or_default()
                        .push(types(parameters));
                }
            }
        }
        Wrappers(methods)
    }

    /// How a comment within the class refers to the method: by its name, with types only if there are overloads.
    pub(super) fn reference(&self, class: &str, method: &str) -> Option<String> {
        match self.0.get(&(class.to_owned(), method.to_owned()))?.as_slice() {
            [first, _, ..] => Some(format!("{method}({first})")),
            _ => Some(method.to_owned()),
        }
    }
}

fn class_name(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("class ")?;
    let is_outermost = !line.starts_with(' ') && !before.contains("///");
    rest.split([' ', ':']).next().filter(|_| is_outermost)
}

/// The name and the text between the parentheses.
fn method(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.strip_prefix("    public ")?.split_once('(')?;
    let (parameters, _) = rest.rsplit_once(')')?;
    let parameters = parameters
        .split_once(") =>")
        .map_or(parameters, |(parameters, _)| parameters);
    Some((before.rsplit(' ').next()?, parameters))
}

/// `PacketPeerUdp peer, string name = ""` as `PacketPeerUdp, string`.
fn types(parameters: &str) -> String {
    let mut depth = 0;
    let separate = parameters.split(move |letter| {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    let kind = |parameter: &str| {
        let declared = parameter.split('=').next().unwrap_or_default().trim();
        let kind = declared.rsplit_once(' ').map_or("", |(kind, _name)| kind);
        kind.trim_end_matches('?').replace('<', "{").replace('>', "}")
    };
    separate.map(kind).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::Wrappers;

    const SOURCE: &str = "public sealed partial class Thing : RefCounted
    public int Size() => Native.Get(Names.Size);
    public Error Use(Peer peer, string name, Options? options = null) =>
    public Error Use(Peer peer, IDictionary<string, int> names)
    private void Hidden()
";

    #[test]
    fn methods_are_found_in_their_class() {
        let wrappers = Wrappers::read([SOURCE]);
        assert_eq!(wrappers.reference("Thing", "Size").as_deref(), Some("Size"));
        assert_eq!(wrappers.reference("Thing", "Hidden"), None);
        assert_eq!(wrappers.reference("Other", "Size"), None);
    }

    #[test]
    fn overloads_are_told_apart_by_their_types() {
        let wrappers = Wrappers::read([SOURCE]);
        assert_eq!(
            wrappers.reference("Thing", "Use").as_deref(),
            Some("Use(Peer, string, Options)")
        );
        let generic = Wrappers::read(["class A\n    public void B(IDictionary<string, int> c)\n    public void B()\n"]);
        assert_eq!(
            generic.reference("A", "B").as_deref(),
            Some("B(IDictionary{string, int})")
        );
    }
}
