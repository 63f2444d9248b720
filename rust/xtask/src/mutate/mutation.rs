//! A patch of `tests/mutations`: it takes one defence out, and names the tests that have to notice.

use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use diffy::Patch;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the library that have tests within.
const UNITS: [&str; 2] = ["core::", "net::"];

/// What a test of `tests/memory` is known by.
const MEMORY: &str = "memory/";

/// Where the patches are.
const FOLDER: &str = "tests/mutations";

/// One defence taken out.
///
/// The file is a unified diff of one file, with a header of a line `Defence: <what it takes out>` and a line
/// `Red: <test>` for each test that has to fail then, by its full name.
pub(crate) struct Mutation {
    /// The patch's file name without its ending.
    pub(crate) name: String,
    pub(crate) defence: String,
    pub(crate) tests: Vec<TestName>,
    diff: String,
}

/// A file as the mutation makes it.
pub(crate) struct Mutant {
    /// Below the root of the project.
    pub(crate) path: PathBuf,
    pub(crate) original: String,
    pub(crate) mutated: String,
}

/// The full name of a test of core, as libtest prints it. Before that of a test of `tests/memory` stands `memory/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TestName(pub(crate) String);

/// A program of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Those within the library.
    Units,
    Core,
    Memory,
}

impl Program {
    pub(crate) const ALL: [Program; 3] = [Program::Units, Program::Core, Program::Memory];
}

impl Mutation {
    /// All of them, in alphabetical order.
    pub(crate) fn all() -> Result<Vec<Mutation>> {
        let folder = workspace::path(FOLDER);
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "patch"));
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    fn read(file: &Path) -> Result<Mutation> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(file)?;
        Self::parse(&name, text).with_context(|| format!("{} is no mutation", file.display()))
    }

    fn parse(name: &str, diff: String) -> Result<Mutation> {
        let header = || diff.lines().take_while(|line| !line.starts_with("--- "));
        let defence = header().find_map(|line| line.strip_prefix("Defence: "));
        let tests = header().filter_map(|line| line.strip_prefix("Red: "));
        let mutation = Mutation {
            name: name.to_owned(),
            defence: defence.context("there is no line `Defence: ...`")?.to_owned(),
            tests: tests.map(|test| TestName(test.trim().to_owned())).collect(),
            diff: diff.clone(),
        };
        ensure!(!mutation.tests.is_empty(), "there is no line `Red: ...`");
        Ok(mutation)
    }

    /// Applies the patch to the project's file, of which it may have moved within.
    pub(crate) fn apply(&self) -> Result<Mutant> {
        let patch = Patch::from_str(&self.diff)?;
        let path = patch.modified().and_then(|path| path.strip_prefix("b/"));
        let path = PathBuf::from(path.context("there is no line `+++ b/...`")?);
        let original = fs::read_to_string(workspace::root().join(&path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        let mutated = diffy::apply(&original, &patch)
            .with_context(|| format!("{} has changed where the defence was", path.display()))?;
        ensure!(mutated != original, "it changes nothing");
        Ok(Mutant {
            path,
            original,
            mutated,
        })
    }

    /// Whether the patch applies and the tests are there, without building anything.
    pub(crate) fn check(&self) -> Result<()> {
        self.apply()?;
        self.tests.iter().try_for_each(TestName::check)
    }
}

impl TestName {
    pub(crate) fn program(&self) -> Program {
        match &self.0 {
            name if UNITS.iter().any(|module| name.starts_with(module)) => Program::Units,
            name if name.starts_with(MEMORY) => Program::Memory,
            _ => Program::Core,
        }
    }

    /// As its program knows it.
    pub(crate) fn in_program(&self) -> &str {
        self.0.strip_prefix(MEMORY).unwrap_or(&self.0)
    }

    /// The file that the test is in, and the function.
    fn place(&self) -> Option<(PathBuf, &str)> {
        let (module, function) = self.in_program().rsplit_once("::")?;
        let (folder, module) = match self.program() {
            Program::Units => ("rust", module.strip_suffix("::tests")?),
            Program::Core => ("tests/core", module),
            Program::Memory => ("tests/memory", module),
        };
        let file = format!("{folder}/{}.rs", module.replace("::", "/"));
        Some((PathBuf::from(file), function))
    }

    fn check(&self) -> Result<()> {
        let (file, function) = self
            .place()
            .with_context(|| format!("{} is no full name of a test", self.0))?;
        let text = fs::read_to_string(workspace::root().join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        if !text.contains(&format!("fn {function}()")) {
            bail!("{} has no test {function}", file.display());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Mutation, TestName};
    use std::path::PathBuf;

    fn parse(text: &str) -> anyhow::Result<Mutation> {
        Mutation::parse("name", text.to_owned())
    }

    #[test]
    fn a_mutation_says_what_it_takes_out_and_who_notices() {
        let mutation = parse("Defence: a limit\nRed: a::b\nRed: core::c::tests::d\n\n--- a/x\nRed: no\n").unwrap();
        assert_eq!(mutation.defence, "a limit");
        assert_eq!(
            mutation.tests,
            [TestName("a::b".into()), TestName("core::c::tests::d".into())]
        );
    }

    #[test]
    fn a_mutation_without_a_header_is_none() {
        assert!(parse("Defence: a limit\n--- a/x\n").is_err());
        assert!(parse("Red: a::b\n--- a/x\n").is_err());
    }

    #[test]
    fn a_test_is_found_by_its_name() {
        let place = |name: &str| {
            let name = TestName(name.into());
            name.place().map(|(file, function)| (file, function.to_owned()))
        };
        let expected = |file: &str, function: &str| Some((PathBuf::from(file), function.to_owned()));
        assert_eq!(place("mtu::fits"), expected("tests/core/mtu.rs", "fits"));
        assert_eq!(
            place("core::ffi::hmac::tests::codes"),
            expected("rust/core/ffi/hmac.rs", "codes")
        );
        assert_eq!(place("memory/flood::ends"), expected("tests/memory/flood.rs", "ends"));
        assert_eq!(place("core::ffi::codes"), None);
        assert_eq!(place("codes"), None);
    }

    #[test]
    fn a_patch_of_something_else_does_not_apply() {
        let diff = |line| format!("--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1 +1 @@\n-{line}\n+[changed]\n");
        let mutation = |line| parse(&format!("Defence: d\nRed: a::b\n{}", diff(line))).unwrap();
        assert!(mutation("[workspace]").apply().unwrap().mutated.contains("[changed]"));
        assert!(mutation("[nothing of the kind]").apply().is_err());
    }
}
