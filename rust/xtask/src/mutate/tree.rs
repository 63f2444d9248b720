//! A copy of the project, in which mutants are built: the project itself is never touched.

use super::mutation::{Mutant, Program, TestName};
use crate::process::Process;
use crate::{cargo, workspace};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The copy, and what cargo builds from it. That lies apart, so that no mutant is ever taken for the real thing.
const TREE: &str = "target/mutations/tree";
const TARGET: &str = "target/mutations/target";

/// What core's tests do not need.
const LEFT_OUT: [&str; 6] = [".git", "addons", "demo_project", "docs", "target", "tests/godot"];

/// The quickest profile for one change after the other: as it is for debugging, without what a debugger needs.
const PROFILE: &str = "profile.dev.debug=false";

/// The slowest test takes some seconds. One that never ends has noticed something too.
const LIMIT: Duration = Duration::from_secs(120);

/// The copy of the project.
pub(crate) struct Tree {
    root: PathBuf,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Green,
    Red,
}

impl Tree {
    /// Makes the copy like the project as it is now. What is the same is left alone, for cargo's sake.
    pub(crate) fn copy() -> Result<Tree> {
        let tree = Tree {
            root: workspace::path(TREE),
        };
        fs::create_dir_all(&tree.root)?;
        let sources = files(&workspace::root())?;
        for stale in files(&tree.root)?.difference(&sources) {
            fs::remove_file(tree.root.join(stale))?;
        }
        for source in sources {
            tree.write(&source, &fs::read(workspace::root().join(&source))?)?;
        }
        Ok(tree)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let file = self.root.join(path);
        if fs::read(&file).is_ok_and(|present| present == bytes) {
            return Ok(());
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Runs `operation` while the copy has the mutant in it.
    pub(crate) fn with<T>(&self, mutant: &Mutant, operation: impl FnOnce() -> Result<T>) -> Result<T> {
        self.write(&mutant.path, mutant.mutated.as_bytes())?;
        let result = operation();
        self.write(&mutant.path, mutant.original.as_bytes())?;
        result
    }

    /// Builds a program of tests. None: that does not build, and the compiler has said why.
    pub(crate) fn build(&self, program: Program) -> Result<Option<PathBuf>> {
        let mut build = cargo::command();
        build
            .current_dir(&self.root)
            .args(["test", "--no-run", "--package=openssl_dtls", "--no-default-features"]);
        build
            .arg("--target-dir")
            .arg(workspace::path(TARGET))
            .args(["--config", PROFILE]);
        build.args(match program {
            Program::Units => &["--lib"][..],
            Program::Core => &["--test", "core_suite"],
            Program::Memory => &["--test", "memory_suite"],
        });
        let Ok(messages) = cargo::messages(&mut build) else {
            return Ok(None);
        };
        let program = messages.iter().filter_map(cargo::test_program).next_back();
        program
            .map(Some)
            .context("cargo names no test program among what it built")
    }

    /// Runs one test of a program that [`build`](Self::build) has made.
    pub(crate) fn run(&self, program: &Path, test: &TestName) -> Result<Colour> {
        let mut command = Command::new(program);
        command.args(["--exact", test.in_program()]).current_dir(&self.root);
        command.env_remove("RUST_BACKTRACE");
        let finished = Process::spawn(&test.0, &mut command)?.finish(Instant::now() + LIMIT)?;
        let is_there = finished.output.iter().any(|line| line == "running 1 test");
        ensure!(is_there, "there is no test {}", test.0);
        let has_passed = finished.status.is_some_and(|status| status.success());
        Ok(if has_passed { Colour::Green } else { Colour::Red })
    }
}

/// The files below `root` that are copied, relative to it.
fn files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if LEFT_OUT.iter().any(|left_out| path == Path::new(left_out)) {
                continue;
            } else if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.insert(path);
            }
        }
    }
    Ok(found)
}
