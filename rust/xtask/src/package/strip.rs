//! Libraries without their symbols. The staged ones keep them, for profilers and debuggers.

use crate::workspace;
use anyhow::{Context, Result, ensure};
use object::FileKind;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library's bytes, without what nothing needs at run time.
pub(super) fn stripped(library: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    let Some(option) = option(FileKind::parse(&*bytes)?) else {
        return Ok(bytes);
    };
    let output = workspace::path(super::FOLDER).join("stripped");
    let mut objcopy = Command::new(objcopy()?);
    let status = objcopy.arg(option).arg(library).arg(&output).status();
    let status = status.context("the Rust toolchain has no rust-objcopy, which those of rustup have")?;
    ensure!(status.success(), "{} cannot be stripped ({status})", library.display());
    Ok(fs::read(output)?)
}

/// What takes the symbols out. `None`: there are none, because they are in a file of their own.
fn option(kind: FileKind) -> Option<&'static str> {
    match kind {
        FileKind::Elf64 => Some("--strip-all"),
        // The most that a library stands.
        FileKind::MachO64 | FileKind::MachOFat32 | FileKind::MachOFat64 => Some("--discard-all"),
        _ => None,
    }
}

/// LLVM's objcopy for all platforms, which comes with the compiler. It finds its libraries because cargo, which runs this
/// program, has the compiler's own in the search path.
fn objcopy() -> Result<PathBuf> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "target-libdir"]).output();
    let output = output.context("rustc does not start")?;
    let libraries = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    Ok(libraries.with_file_name("bin").join("rust-objcopy"))
}
