//! The Debian mirror that the system's own apt sources name.

use std::fs;
use std::path::{Path, PathBuf};

/// The mirror of the first source that carries Debian itself, from `/etc/apt`.
pub(crate) fn debian_mirror() -> Option<String> {
    source_files(Path::new("/etc/apt")).into_iter().find_map(|file| {
        let text = fs::read_to_string(&file).ok()?;
        let is_deb822 = file.extension().is_some_and(|extension| extension == "sources");
        let sources = if is_deb822 {
            read_deb822(&text)
        } else {
            read_one_line(&text)
        };
        sources.into_iter().find(Source::is_debian).map(|source| source.uri)
    })
}

/// `sources.list`, then what stands in `sources.list.d`, as apt reads them.
fn source_files(etc: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(etc.join("sources.list.d")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files.insert(0, etc.join("sources.list"));
    files
}

/// One archive and what is taken from it.
#[derive(Debug, PartialEq)]
struct Source {
    uri: String,
    components: Vec<String>,
}

impl Source {
    /// Debian's own archive, not its security updates and not somebody else's packages for Debian.
    fn is_debian(&self) -> bool {
        let is_archive = self
            .uri
            .split('/')
            .any(|segment| segment == "debian" || segment == "debian.list");
        is_archive && self.components.iter().any(|component| component == "main")
    }
}

/// The format of `.sources` files: stanzas of `Field: values`, parted by empty lines.
fn read_deb822(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut stanza: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')).chain([""]) {
        if line.trim().is_empty() {
            sources.extend(read_stanza(&std::mem::take(&mut stanza)));
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, values)) = stanza.last_mut() {
                values.extend(words(line));
            }
        } else if let Some((field, values)) = line.split_once(':') {
            stanza.push((field.to_lowercase(), words(values)));
        }
    }
    sources
}

fn read_stanza(stanza: &[(String, Vec<String>)]) -> Vec<Source> {
    let values = |name: &str| {
        stanza
            .iter()
            .find(|(field, _)| field == name)
            .map_or(&[][..], |(_, values)| values)
    };
    let is_off = values("enabled").iter().any(|value| value == "no");
    if is_off || !values("types").iter().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let source = |uri: &String| Source {
        uri: uri.clone(),
        components: values("components").to_vec(),
    };
    values("uris").iter().map(source).collect()
}

/// The format of `.list` files: `deb [options] uri suite component...`
fn read_one_line(text: &str) -> Vec<Source> {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter_map(read_entry).collect()
}

fn read_entry(line: &str) -> Option<Source> {
    let rest = line.strip_prefix("deb")?.strip_prefix([' ', '\t'])?.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(options) => options.split_once(']')?.1,
        None => rest,
    };
    let mut words = words(rest).into_iter();
    let uri = words.next()?;
    let _suite = words.next()?;
    Some(Source {
        uri,
        components: words.collect(),
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Source, read_deb822, read_one_line};

    fn mirrors(sources: Vec<Source>) -> Vec<String> {
        sources
            .into_iter()
            .filter(Source::is_debian)
            .map(|source| source.uri)
            .collect()
    }

    #[test]
    fn deb822_sources_are_read() {
        let text = "# comment\nTypes: deb deb-src\nURIs: http://mirror.example/debian\nSuites: trixie\n trixie-updates\n\
                    Components: main\nSigned-By: /usr/share/keyrings/k.gpg\n\nTypes: deb\n\
                    URIs: http://mirror.example/debian-security\nSuites: trixie-security\nComponents: main\n";
        assert_eq!(mirrors(read_deb822(text)), ["http://mirror.example/debian"]);
    }

    #[test]
    fn deb822_values_may_go_on_in_the_next_line() {
        let text = "Types: deb\nURIs:\n http://a.example/debian/\nSuites: sid\nComponents:\n main\n contrib\n";
        assert_eq!(mirrors(read_deb822(text)), ["http://a.example/debian/"]);
    }

    #[test]
    fn deb822_stanzas_that_are_off_or_of_source_code_are_left_out() {
        let off = "Types: deb\nEnabled: no\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\n";
        let source_code = "Types: deb-src\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\n";
        assert_eq!(read_deb822(off), []);
        assert_eq!(read_deb822(source_code), []);
    }

    #[test]
    fn one_line_sources_are_read_with_and_without_options() {
        let text = "#deb http://off.example/debian sid main\ndeb-src http://source.example/debian sid main\n\
                    deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian sid main # why\n\
                    deb mirror+file:///etc/apt/mirrors/debian.list sid main\n";
        assert_eq!(
            mirrors(read_one_line(text)),
            ["http://a.example/debian", "mirror+file:///etc/apt/mirrors/debian.list"]
        );
    }

    #[test]
    fn archives_of_others_are_not_debian() {
        let text = "deb http://packages.example/apt sdk main\ndeb http://other.example/linux/debian trixie stable\n\
                    deb http://archive.example/ubuntu noble main\n";
        assert_eq!(mirrors(read_one_line(text)), Vec::<String>::new());
    }
}
