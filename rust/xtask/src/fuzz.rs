//! `cargo xtask fuzz`: lets libFuzzer make inputs for the targets in `tests/fuzz`, led by what they reach in the code.

use crate::{cargo, preflight, workspace};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

const TARGETS: [&str; 6] = ["header_filter", "listener", "server", "client", "endpoint", "options"];

/// What is built, and what a target has found, a folder each.
const FOLDER: &str = "target/fuzz";

/// The counters that libFuzzer looks at, as cargo-fuzz has them put in. OpenSSL's own code has none.
const INSTRUMENTATION: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg",
    "fuzzing",
];

/// Fast, but with every assertion, and with lines in the traces.
const PROFILE: [&str; 3] = [
    r#"profile.release.lto="off""#,
    "profile.release.debug-assertions=true",
    r#"profile.release.debug="line-tables-only""#,
];

/// A few datagrams of the default size, or a key with its chain.
const MOST_BYTES: u32 = 6000;

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Only the targets whose name has one of these in it: header_filter, listener, server, client, endpoint, options
    filter: Vec<String>,
    /// For so long each of them runs, all at the same time
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Then put what reaches the most into tests/fuzz/corpus, in the place of what is there
    #[arg(long)]
    keep: bool,
}

impl Selection {
    fn targets(&self) -> impl Iterator<Item = &'static str> {
        TARGETS
            .into_iter()
            .filter(|target| self.filter.is_empty() || self.filter.iter().any(|part| target.contains(part.as_str())))
    }
}

/// Runs what is selected and prints a line for each. True if nothing crashed.
pub(crate) fn run(selection: &Selection) -> Result<bool> {
    preflight::check()?;
    ensure!(
        selection.targets().next().is_some(),
        "no target has a name with {} in it",
        selection.filter.join(" or ")
    );
    let programs = build()?;
    let fuzzers: Vec<Fuzzer> = selection
        .targets()
        .map(|target| Fuzzer::start(target, &programs, selection.seconds))
        .collect::<Result<_>>()?;
    let mut is_sound = true;
    for mut fuzzer in fuzzers {
        let status = fuzzer.process.wait()?;
        println!("{}", fuzzer.report(status)?);
        is_sound &= status.success();
        if selection.keep {
            fuzzer.keep()?;
        }
    }
    Ok(is_sound)
}

/// Builds all targets and says where cargo has put them.
fn build() -> Result<PathBuf> {
    let openssl = openssl()?;
    let mut build = cargo::command();
    build
        .args(["build", "--release", "--package=fuzz", "--bins", "--features=libfuzzer"])
        // With a target named, cargo instruments nothing that runs while it builds.
        .args(["--target=host-tuple", "--target-dir", FOLDER]);
    for setting in PROFILE {
        build.args(["--config", setting]);
    }
    build
        .env("RUSTFLAGS", INSTRUMENTATION.join(" "))
        .env("OPENSSL_NO_VENDOR", "1")
        .env("OPENSSL_STATIC", "1")
        .env("OPENSSL_DIR", openssl);
    let messages = cargo::messages(&mut build)?;
    let program = messages.iter().find_map(|message| message["executable"].as_str());
    let program = program.context("cargo names no program among what it built")?;
    Ok(Path::new(program)
        .parent()
        .context("a program without a folder")?
        .into())
}

/// The OpenSSL of the project's own build, so that it is not built once more.
fn openssl() -> Result<PathBuf> {
    let mut build = cargo::command();
    build.args(["build", "--release", "--package=openssl_dtls", "--no-default-features"]);
    let libraries = cargo::messages(&mut build)?.iter().find_map(openssl_libraries);
    let libraries = libraries.context("cargo does not tell where OpenSSL was built")?;
    Ok(libraries.parent().context("libraries without a folder")?.into())
}

/// The folder of OpenSSL's libraries, if this message of cargo tells it.
fn openssl_libraries(message: &Value) -> Option<PathBuf> {
    if message["reason"] != "build-script-executed"
        || !message["linked_libs"].as_array()?.contains(&"static=ssl".into())
    {
        return None;
    }
    let path = message["linked_paths"].get(0)?.as_str()?;
    Some(path.strip_prefix("native=").unwrap_or(path).into())
}

/// A target that runs.
struct Fuzzer {
    target: &'static str,
    program: PathBuf,
    process: Child,
}

impl Fuzzer {
    fn start(target: &'static str, programs: &Path, seconds: u32) -> Result<Fuzzer> {
        let program = programs.join(target);
        let folder = folder(target);
        fs::create_dir_all(folder.join("corpus"))?;
        fs::create_dir_all(corpus(target))?;
        let log = File::create(folder.join("log"))?;
        let mut command = Command::new(&program);
        command
            .arg(folder.join("corpus"))
            .arg(corpus(target))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MOST_BYTES}"))
            .arg(format!("-artifact_prefix={}/", folder.display()))
            .args(["-timeout=30", "-len_control=0", "-print_final_stats=1"]);
        let dictionary = workspace::path("tests/fuzz").join(target).with_extension("dict");
        if dictionary.exists() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().with_context(|| format!("{target} does not start"))?;
        eprintln!("{target}: see {}", folder.join("log").display());
        Ok(Fuzzer {
            target,
            program,
            process,
        })
    }

    fn report(&self, status: ExitStatus) -> Result<String> {
        let log = fs::read(folder(self.target).join("log"))?;
        let figures = figures(&String::from_utf8_lossy(&log));
        let verdict = if status.success() {
            "no crash".to_owned()
        } else {
            format!("CRASHED ({status}): the end of the log says how, and where the input is")
        };
        Ok(format!("{:<14} {figures}; {verdict}", self.target))
    }

    /// Replaces the corpus in the tree by the fewest of all inputs that together reach as much.
    fn keep(&self) -> Result<()> {
        let kept = folder(self.target).join("kept");
        if kept.exists() {
            fs::remove_dir_all(&kept)?;
        }
        fs::create_dir_all(&kept)?;
        let mut command = Command::new(&self.program);
        command
            .args(["-set_cover_merge=1", "-use_counters=0"])
            .arg(format!("-max_len={MOST_BYTES}"))
            .arg(&kept)
            .arg(corpus(self.target))
            .arg(folder(self.target).join("corpus"));
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "the corpus of {} cannot be merged\n{}",
            self.target,
            String::from_utf8_lossy(&output.stderr)
        );
        fs::remove_dir_all(corpus(self.target))?;
        fs::rename(&kept, corpus(self.target))?;
        Ok(())
    }
}

fn folder(target: &str) -> PathBuf {
    workspace::path(FOLDER).join(target)
}

fn corpus(target: &str) -> PathBuf {
    workspace::path("tests/fuzz/corpus").join(target)
}

/// Executions, and the last of libFuzzer's lines such as `#99 NEW    cov: 630 ft: 1866 corp: 304/22Kb lim: ...`.
fn figures(log: &str) -> String {
    let value = |line: &str, name: &str| {
        let (_, behind) = line.split_once(name)?;
        Some(behind.split_whitespace().next()?.to_owned())
    };
    let last = |name: &str| {
        let found = log.lines().rev().find_map(|line| value(line, name));
        found.unwrap_or_else(|| "?".to_owned())
    };
    format!(
        "{} inputs, {} edges reached, corpus {}",
        last("stat::number_of_executed_units:"),
        last(" cov: "),
        last(" corp: ")
    )
}

#[cfg(test)]
mod tests {
    use super::{figures, openssl_libraries};
    use serde_json::json;
    use std::path::PathBuf;

    #[test]
    fn the_last_figures_of_a_log_count() {
        let log = "#2\tINITED cov: 14 ft: 14 corp: 1/1b exec/s: 0 rss: 29Mb\n\
                   #3\tNEW    cov: 21 ft: 25 corp: 2/3b lim: 4 exec/s: 0 rss: 29Mb L: 2/2 MS: 1 CopyPart-\n\
                   stat::number_of_executed_units: 77\nstat::peak_rss_mb:              34";
        assert_eq!(figures(log), "77 inputs, 21 edges reached, corpus 2/3b");
        assert_eq!(figures(""), "? inputs, ? edges reached, corpus ?");
    }

    #[test]
    fn the_build_script_of_openssl_is_told_from_others() {
        let message = |library: &str| {
            json!({"reason": "build-script-executed", "linked_libs": [library, "static=crypto"],
                   "linked_paths": ["native=/t/install/lib"]})
        };
        assert_eq!(
            openssl_libraries(&message("static=ssl")),
            Some(PathBuf::from("/t/install/lib"))
        );
        assert_eq!(openssl_libraries(&message("static=z")), None);
        assert_eq!(
            openssl_libraries(&json!({"reason": "build-finished", "success": true})),
            None
        );
    }
}
