//! What the library exports: a symbol of OpenSSL among it could meet another OpenSSL in the same process.

use crate::addon::Library;
use crate::platform::Platform;
use crate::summary::Tally;
use anyhow::{Context, Result};
use object::read::macho::{FatArch, MachOFatFile32};
use object::{BinaryFormat, File, FileKind, Object};
use std::fs;
use std::path::Path;

/// The entry point, and what godot-rust defines to survive an unload.
const ALLOWED: [&str; 2] = ["openssl_dtls_init", "__cxa_thread_atexit_impl"];

/// One test for each library of this machine that is staged: the entry point is exported, and nothing that is not
/// allowed.
pub(crate) fn check(libraries: &[Library]) -> Result<Tally> {
    let platform = Platform::of_this_machine()?;
    let mut tally = Tally::default();
    for library in libraries {
        match fault(&library.staged(platform)) {
            Ok(None) => tally.pass(),
            Ok(Some(fault)) => tally.fail(fault),
            Err(error) => tally.fail(format!("{error:#}")),
        }
    }
    Ok(tally)
}

/// What is wrong with what a library exports.
pub(crate) fn fault(library: &Path) -> Result<Option<String>> {
    let data = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    for part in parts(&data)? {
        if let Some(fault) = fault_of(&exported(&File::parse(part)?)?) {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}

/// The library itself, or those for each processor that it is made of.
fn parts(data: &[u8]) -> Result<Vec<&[u8]>> {
    if FileKind::parse(data)? != FileKind::MachOFat32 {
        return Ok(vec![data]);
    }
    let file = MachOFatFile32::parse(data)?;
    Ok(file
        .arches()
        .iter()
        .map(|arch| arch.data(data))
        .collect::<object::Result<_>>()?)
}

fn exported(file: &File) -> Result<Vec<String>> {
    let name = |symbol: object::Export| String::from_utf8_lossy(symbol.name()).into_owned();
    let names = file.exports()?.into_iter().map(name);
    // A symbol of C has one underscore more in Mach-O.
    Ok(match file.format() {
        BinaryFormat::MachO => names
            .map(|name| name.strip_prefix('_').map(str::to_owned).unwrap_or(name))
            .collect(),
        _ => names.collect(),
    })
}

fn fault_of(names: &[String]) -> Option<String> {
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
    use super::fault_of;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_entry_point_and_the_thread_hook_may_be_exported() {
        assert_eq!(fault_of(&names(&["openssl_dtls_init"])), None);
        assert_eq!(
            fault_of(&names(&["__cxa_thread_atexit_impl", "openssl_dtls_init"])),
            None
        );
    }

    #[test]
    fn another_symbol_is_a_fault() {
        let fault = fault_of(&names(&["openssl_dtls_init", "SSL_new"])).unwrap();
        assert!(fault.contains("SSL_new"), "{fault}");
    }

    #[test]
    fn a_missing_entry_point_is_a_fault() {
        assert!(fault_of(&names(&["__cxa_thread_atexit_impl"])).is_some());
    }
}
