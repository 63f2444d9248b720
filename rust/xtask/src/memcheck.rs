//! `cargo xtask memcheck`: core's tests under Valgrind, which notices what reads or frees wrongly, and what leaks.

use crate::{cargo, preflight, workspace};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Command;

/// What is no leak, and why.
const SUPPRESSIONS: &str = "tests/memcheck.supp";

/// Left out: what looks through all memory of the process, of which Valgrind's own is the greatest part; and the one test
/// that makes some seventy handshakes with keys of 4096 bits.
const LEFT_OUT: [&str; 2] = ["erasure::", "any_two_datagrams_of_a_large_chain"];

/// As many seeds of each weather as there is patience for: everything takes some thirty times as long.
const WEATHER_SEEDS: (&str, &str) = ("WEATHER_SEEDS", "1");

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Only the tests whose name has one of these in it
    filter: Vec<String>,
}

/// Builds core's tests and runs what is selected. True if all passed without an error and without a leak.
pub(crate) fn run(selection: &Selection) -> Result<bool> {
    preflight::check()?;
    let valgrind =
        which::which("valgrind").context("there is no valgrind here: Debian has it in a package of that name")?;
    let mut is_sound = true;
    for program in build()? {
        let mut command = Command::new(&valgrind);
        command
            .args(["--leak-check=full", "--errors-for-leak-kinds=definite,possible"])
            .args(["--num-callers=30", "--error-exitcode=99"])
            .arg(format!("--suppressions={}", workspace::path(SUPPRESSIONS).display()))
            .arg(&program)
            // Valgrind runs one thread at a time anyway, and a trace is easier to read beside the test's name.
            .arg("--test-threads=1")
            .args(LEFT_OUT.map(|test| format!("--skip={test}")))
            .args(&selection.filter);
        command.envs([WEATHER_SEEDS]).env_remove("RUST_BACKTRACE");
        let status = command.current_dir(workspace::root()).status()?;
        let verdict = if status.success() { "sound" } else { "NOT SOUND" };
        println!("{}: {verdict}", program.display());
        is_sound &= status.success();
    }
    Ok(is_sound)
}

/// The programs of core's tests.
fn build() -> Result<Vec<PathBuf>> {
    let mut build = cargo::command();
    build.args([
        "test",
        "--no-run",
        "--release",
        "--package=openssl_dtls",
        "--no-default-features",
    ]);
    let programs: Vec<PathBuf> = cargo::messages(&mut build)?
        .iter()
        .filter_map(cargo::test_program)
        .collect();
    ensure!(!programs.is_empty(), "cargo names no test program among what it built");
    Ok(programs)
}
