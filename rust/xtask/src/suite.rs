//! A suite of `tests/godot/suites`: a script that runs its cases in an engine of its own and prints
//! `CASE <id> PASS`, `CASE <id> FAIL <reason>` or `CASE <id> SKIP <reason>` for each, and `DONE <number of cases>`.

use crate::engine::{self, Engine};
use crate::process::{self, Finished, Process};
use crate::summary::Tally;
use crate::workspace;
use anyhow::{Context, Result};
use std::fs;
use std::time::{Duration, Instant};

/// Unless the comment at the top of the suite has a line `# time limit: <seconds> s`.
const LIMIT: Duration = Duration::from_secs(120);

/// The names of the suites, in alphabetical order: of `NAME`, and of `NAME/ARGUMENT` if the comment at the top of the suite
/// has a line `# also with: ARGUMENT`. It then runs once more with that user argument.
pub(crate) fn names() -> Result<Vec<String>> {
    let folder = workspace::path("tests/godot/suites");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let scripts = files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "gd"));
    let mut names = Vec::new();
    for script in scripts {
        let name = script.file_stem().unwrap_or_default().to_string_lossy();
        names.push(name.clone().into_owned());
        names.extend(
            of_comment(&fs::read_to_string(script)?, "also with:").map(|argument| format!("{name}/{argument}")),
        );
    }
    names.sort();
    Ok(names)
}

/// Runs one suite; `all` adds its longer cases.
pub(crate) fn run(engine: &Engine, name: &str, all: bool) -> Result<Tally> {
    let (file, argument) = name
        .split_once('/')
        .map_or((name, None), |(file, argument)| (file, Some(argument)));
    let script = format!("suites/{file}.gd");
    let text = fs::read_to_string(workspace::path("tests/godot").join(&script))?;
    let limit = time_limit(&text).unwrap_or(LIMIT);
    let arguments: Vec<String> = argument
        .into_iter()
        .chain(all.then_some("all"))
        .map(str::to_owned)
        .collect();
    let home = workspace::fresh_folder(&home_of(name))?;
    let mut command = engine.script(&script, &arguments);
    // The programs that the suite starts inherit it, and the settings that it gives them lie there.
    command.env("XDG_DATA_HOME", &home);
    let finished = Process::spawn(name, &mut command)?.finish(Instant::now() + limit)?;
    // Where that fails a program of the suite is still about to end. Nobody reads the folder any more.
    let _ = fs::remove_dir_all(&home);
    Ok(judge(&finished))
}

/// Where a suite keeps its `user://`: in a folder of this run, for another one may have begun meanwhile.
fn home_of(name: &str) -> String {
    format!("target/suites/{}-{}", name.replace('/', "-"), std::process::id())
}

fn time_limit(script: &str) -> Option<Duration> {
    let limit = of_comment(script, "time limit:")?.strip_suffix('s')?.trim().parse();
    limit.ok().map(Duration::from_secs)
}

/// What stands behind `key` in the comment at the top of a script.
fn of_comment<'a>(script: &'a str, key: &str) -> Option<&'a str> {
    let mut comment = script.lines().take_while(|line| line.starts_with('#'));
    let value = |line: &'a str| line.trim_start_matches('#').trim().strip_prefix(key).map(str::trim);
    comment.find_map(value)
}

/// What a run has printed and how it ended.
pub(crate) fn judge(finished: &Finished) -> Tally {
    let mut tally = count(&finished.output);
    let failed_cases = tally.failed;
    let mut faults = engine::complaints(&finished.output);
    // A suite with a failed case says so by its exit code too: that is not one more failure.
    let said_by_cases = failed_cases > 0 && finished.status.is_some_and(|status| status.code() == Some(1));
    if !said_by_cases {
        faults.extend(engine::bad_end(finished));
    }
    faults.extend(bad_count(&finished.output));
    for fault in faults {
        tally.fail(fault);
    }
    if let Some(last) = tally.reasons.last_mut() {
        let telling = finished
            .output
            .iter()
            .filter(|line| Case::parse(line) != Some(Case::Passed));
        *last = format!("{last}\n{}", process::tail(telling));
    }
    tally
}

fn count(output: &[String]) -> Tally {
    let mut tally = Tally::default();
    for case in output.iter().filter_map(|line| Case::parse(line)) {
        match case {
            Case::Passed => tally.pass(),
            Case::Skipped => tally.skipped += 1,
            Case::Failed(reason) => tally.fail(reason),
            Case::Unreadable(line) => tally.fail(format!("not a result: {line}")),
        }
    }
    tally
}

/// Compares the number of results with the one that the suite says it has.
fn bad_count(output: &[String]) -> Option<String> {
    let results = output.iter().filter(|line| line.starts_with("CASE ")).count();
    let done = output
        .iter()
        .find_map(|line| line.strip_prefix("DONE ")?.trim().parse::<usize>().ok());
    match done {
        None => Some(format!("ended without DONE, after {results} cases")),
        Some(0) => Some("has no case".to_owned()),
        Some(done) if done != results => Some(format!("has {done} cases, but printed {results} results")),
        Some(_) => None,
    }
}

#[derive(Debug, PartialEq)]
enum Case {
    Passed,
    Skipped,
    Failed(String),
    Unreadable(String),
}

impl Case {
    /// `None`: the line is not about a case.
    fn parse(line: &str) -> Option<Case> {
        let mut words = line.strip_prefix("CASE ")?.splitn(3, ' ');
        let id = words.next().unwrap_or_default();
        let result = words.next().unwrap_or_default();
        let reason = words.next().unwrap_or_default();
        Some(match result {
            "PASS" => Case::Passed,
            "SKIP" => Case::Skipped,
            "FAIL" => Case::Failed(format!("{id}: {reason}")),
            _ => Case::Unreadable(line.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, bad_count, count, time_limit};
    use std::time::Duration;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn results_are_counted_among_other_output() {
        let output =
            lines("Godot Engine\nCASE a PASS\nWARNING: x\nCASE b FAIL 3, not 4\nCASE c SKIP no\nCASE d PASS\nDONE 4");
        let tally = count(&output);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (2, 1, 1));
        assert_eq!(tally.reasons, ["b: 3, not 4"]);
        assert_eq!(bad_count(&output), None);
    }

    #[test]
    fn a_result_that_cannot_be_read_is_a_failure() {
        assert_eq!(
            Case::parse("CASE a PASSED"),
            Some(Case::Unreadable("CASE a PASSED".into()))
        );
        assert_eq!(Case::parse("CASE a"), Some(Case::Unreadable("CASE a".into())));
        assert_eq!(Case::parse("a CASE b PASS"), None);
    }

    #[test]
    fn a_suite_that_ends_early_is_a_failure() {
        assert!(bad_count(&lines("CASE a PASS")).is_some());
        assert!(bad_count(&lines("CASE a PASS\nDONE 2")).is_some());
        assert!(bad_count(&lines("CASE a PASS\nCASE b PASS\nDONE 1")).is_some());
    }

    #[test]
    fn a_suite_without_cases_is_a_failure() {
        assert!(bad_count(&lines("DONE 0")).is_some());
    }

    #[test]
    fn the_time_limit_stands_in_the_comment_at_the_top() {
        assert_eq!(
            time_limit("# What it is.\n# time limit: 300 s\nextends Node"),
            Some(Duration::from_secs(300))
        );
        assert_eq!(time_limit("# What it is.\nextends Node\n# time limit: 300 s"), None);
    }
}
