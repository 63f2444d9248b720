//! What the library exports: a symbol of OpenSSL among it could meet another OpenSSL in the same process.

use crate::addon::Library;
use crate::summary::Tally;
use anyhow::{Context, Result};
use object::Object;
use std::fs;
use std::path::Path;

/// The entry point, and what godot-rust defines to survive an unload.
const ALLOWED: [&str; 2] = ["openssl_dtls_init", "__cxa_thread_atexit_impl"];

/// One test for each library that is staged: the entry point is exported, and nothing that is not allowed.
pub(crate) fn check(libraries: &[Library]) -> Tally {
    let mut tally = Tally::default();
    for library in libraries {
        match exported(&library.staged()) {
            Ok(names) => match fault(&names) {
                None => tally.pass(),
                Some(fault) => tally.fail(fault),
            },
            Err(error) => tally.fail(format!("{error:#}")),
        }
    }
    tally
}

fn exported(library: &Path) -> Result<Vec<String>> {
    let data = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    let file = object::File::parse(&*data)?;
    let name = |symbol: object::Export| String::from_utf8_lossy(symbol.name()).into_owned();
    let names = file.exports()?.into_iter().map(name);
    // A symbol of C has one underscore more in Mach-O.
    Ok(match file.format() {
        object::BinaryFormat::MachO => names.map(|name| name.trim_start_matches('_').to_owned()).collect(),
        _ => names.collect(),
    })
}

fn fault(names: &[String]) -> Option<String> {
    let foreign: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !ALLOWED.contains(name))
        .collect();
    if !names.iter().any(|name| name == ALLOWED[0]) {
        return Some(format!("the library does not export {}", ALLOWED[0]));
    }
    let shown = foreign.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    (!foreign.is_empty()).then(|| format!("the library exports {} other symbols: {shown}", foreign.len()))
}

#[cfg(test)]
mod tests {
    use super::fault;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_entry_point_and_the_thread_hook_may_be_exported() {
        assert_eq!(fault(&names(&["openssl_dtls_init"])), None);
        assert_eq!(fault(&names(&["__cxa_thread_atexit_impl", "openssl_dtls_init"])), None);
    }

    #[test]
    fn another_symbol_is_a_fault() {
        let fault = fault(&names(&["openssl_dtls_init", "SSL_new"])).unwrap();
        assert!(fault.contains("SSL_new"), "{fault}");
    }

    #[test]
    fn a_missing_entry_point_is_a_fault() {
        assert!(fault(&names(&["__cxa_thread_atexit_impl"])).is_some());
    }
}
