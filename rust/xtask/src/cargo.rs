//! Cargo as a child process.

use crate::summary::Tally;
use crate::workspace;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How the name of a dynamic library ends, on whatever system.
const DYNAMIC_LIBRARIES: [&str; 3] = [".so", ".dylib", ".dll"];

/// Cargo, run at the root of the project.
pub(crate) fn command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace::root());
    command
}

/// Builds the libraries of these packages for release, for this machine or for another target, with cargo's own progress
/// on stderr, and says where they are.
pub(crate) fn build_libraries(
    packages: &[&str],
    target: Option<&str>,
    environment: &[(String, OsString)],
) -> Result<Vec<PathBuf>> {
    let mut build = command();
    build.args(["build", "--release"]);
    build.envs(environment.iter().cloned());
    if let Some(target) = target {
        build.args(["--target", target]);
    }
    for package in packages {
        build.args(["--package", package]);
    }
    let messages = messages(&mut build)?;
    let library = |package: &&str| {
        let found = messages.iter().find_map(|message| dynamic_library(message, package));
        found.with_context(|| format!("cargo names no dynamic library of {package} among what it built"))
    };
    packages.iter().map(library).collect()
}

/// Runs a command of cargo that builds, with its own progress on stderr, and gives what it tells of each part.
pub(crate) fn messages(build: &mut Command) -> Result<Vec<Value>> {
    build.arg("--message-format=json-render-diagnostics");
    let mut child = build.stdout(Stdio::piped()).spawn().context("cargo does not start")?;
    let mut messages = Vec::new();
    for line in BufReader::new(child.stdout.take().context("cargo has no output")?).lines() {
        messages.push(serde_json::from_str(&line?).context("cargo does not speak JSON")?);
    }
    if !child.wait()?.success() {
        bail!("it does not build");
    }
    Ok(messages)
}

/// Runs `cargo test` with these arguments and environment variables, its output shown as it comes, and counts the
/// results.
pub(crate) fn test(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Tally> {
    let mut child = command()
        .arg("test")
        .args(arguments)
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo does not start")?;
    let mut tally = Tally::default();
    for line in BufReader::new(child.stdout.take().context("cargo has no output")?).lines() {
        let line = line?;
        println!("{line}");
        count(&line, &mut tally);
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        tally.fail(format!("cargo test ended with {status}"));
    }
    Ok(tally)
}

/// Adds what a line of libtest says: the sums stand in `test result: FAILED. 3 passed; 1 failed; 0 ignored; ...`,
/// the names in `test <name> ... FAILED`.
fn count(line: &str, tally: &mut Tally) {
    if let Some(name) = line
        .strip_prefix("test ")
        .and_then(|line| line.strip_suffix(" ... FAILED"))
    {
        tally.reasons.push(name.to_owned());
    }
    let Some((_, sums)) = line
        .strip_prefix("test result: ")
        .and_then(|line| line.split_once(". "))
    else {
        return;
    };
    for (number, what) in sums.split("; ").filter_map(|sum| sum.split_once(' ')) {
        let number = number.parse().unwrap_or(0);
        match what {
            "passed" => tally.passed += number,
            "failed" => tally.failed += number,
            "ignored" => tally.skipped += number,
            _ => {}
        }
    }
}

/// The path of the package's library, if this message of cargo tells it.
fn dynamic_library(message: &Value, package: &str) -> Option<PathBuf> {
    if message["reason"] != "compiler-artifact" || message["target"]["name"] != package {
        return None;
    }
    let mut files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files
        .find(|file| DYNAMIC_LIBRARIES.iter().any(|suffix| file.ends_with(suffix)))
        .map(PathBuf::from)
}

/// The test program's path, if this message of cargo tells it.
pub(crate) fn test_program(message: &Value) -> Option<PathBuf> {
    if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
        return None;
    }
    message["executable"].as_str().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::{count, dynamic_library, test_program};
    use crate::summary::Tally;
    use serde_json::json;
    use std::path::PathBuf;

    #[test]
    fn the_library_is_found_among_the_files_of_its_artifact() {
        for library in ["libopenssl_dtls.so", "libopenssl_dtls.dylib", "openssl_dtls.dll"] {
            let message = json!({"reason": "compiler-artifact", "target": {"name": "openssl_dtls"},
                                 "filenames": ["/t/libopenssl_dtls.rlib", "/t/openssl_dtls.dll.lib", format!("/t/{library}")]});
            let found = dynamic_library(&message, "openssl_dtls");
            assert_eq!(found, Some(PathBuf::from(format!("/t/{library}"))));
            assert_eq!(dynamic_library(&message, "openssl_dtls_editor"), None);
        }
    }

    #[test]
    fn other_messages_name_no_library() {
        let other = json!({"reason": "compiler-artifact", "target": {"name": "other"},
                           "filenames": ["/t/libother.so"]});
        let finished = json!({"reason": "build-finished", "success": true});
        for message in [other, finished] {
            assert_eq!(dynamic_library(&message, "openssl_dtls"), None);
        }
    }

    #[test]
    fn the_test_program_is_told_from_other_artifacts() {
        let message = |test: bool, executable: Option<&str>| json!({"reason": "compiler-artifact", "profile": {"test": test}, "executable": executable});
        assert_eq!(
            test_program(&message(true, Some("/t/core"))),
            Some(PathBuf::from("/t/core"))
        );
        assert_eq!(test_program(&message(false, Some("/t/build"))), None);
        assert_eq!(test_program(&message(true, None)), None);
        assert_eq!(
            test_program(&json!({"reason": "build-finished", "success": true})),
            None
        );
    }

    #[test]
    fn results_of_libtest_are_added_up() {
        let mut tally = Tally::default();
        let output = "running 2 tests\ntest filter::drops_runts ... ok\ntest clock::steps ... FAILED\n\
                      test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.02s\n\
                      test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s";
        for line in output.lines() {
            count(line, &mut tally);
        }
        assert_eq!((tally.passed, tally.failed, tally.skipped), (5, 1, 1));
        assert_eq!(tally.reasons, ["clock::steps"]);
    }
}
