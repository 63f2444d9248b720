//! What was run and how it went.

use std::fmt;

/// The results of one stage or suite.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    /// Why something failed: a line each, and perhaps more lines with the details.
    pub(crate) reasons: Vec<String>,
    /// Why none of it was run.
    pub(crate) not_run: Option<String>,
}

impl Tally {
    pub(crate) fn pass(&mut self) {
        self.passed += 1;
    }

    pub(crate) fn fail(&mut self, reason: impl Into<String>) {
        self.failed += 1;
        self.reasons.push(reason.into());
    }

    /// One test that failed.
    pub(crate) fn failure(reason: impl Into<String>) -> Tally {
        let mut tally = Tally::default();
        tally.fail(reason);
        tally
    }

    /// One test that passed.
    pub(crate) fn success() -> Tally {
        let mut tally = Tally::default();
        tally.pass();
        tally
    }

    /// One test that cannot be run here. That is a failure on a CI machine, which has to have what it takes.
    pub(crate) fn not_run(reason: &str, on_ci: bool) -> Tally {
        let (failed, skipped) = if on_ci { (1, 0) } else { (0, 1) };
        Tally {
            failed,
            skipped,
            not_run: Some(reason.to_owned()),
            ..Tally::default()
        }
    }

    /// The same, where a CI machine is known by the variable `CI`.
    pub(crate) fn cannot_run(reason: &str) -> Tally {
        let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        Tally::not_run(reason, is_ci)
    }

    /// Adds the results of another part of the same stage.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.reasons.extend(other.reasons);
        self.not_run = self.not_run.take().or(other.not_run);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = &self.not_run {
            return write!(formatter, "NOT RUN: {reason}");
        }
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// A line for each stage and suite, a line for each failure, and the sum as the last line.
#[derive(Default)]
pub(crate) struct Summary(Vec<(String, Tally)>);

impl Summary {
    /// Takes the results of a stage, and shows them at once with all details: the summary comes much later.
    pub(crate) fn add(&mut self, name: &str, tally: Tally) {
        println!("{name}: {tally}");
        for reason in &tally.reasons {
            println!("  {reason}");
        }
        self.0.push((name.to_owned(), tally));
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.0.iter().all(|(_, tally)| tally.failed == 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        for (_, tally) in &self.0 {
            sum.passed += tally.passed;
            sum.failed += tally.failed;
            sum.skipped += tally.skipped;
        }
        sum
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Summary")?;
        for (name, tally) in &self.0 {
            writeln!(formatter, "  {name:<44} {tally}")?;
        }
        for (name, tally) in &self.0 {
            for reason in &tally.reasons {
                let first_line = reason.lines().next().unwrap_or_default();
                writeln!(formatter, "FAILED {name}: {first_line}")?;
            }
        }
        write!(formatter, "{}", self.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, Tally};

    fn passed(passed: usize) -> Tally {
        Tally {
            passed,
            ..Tally::default()
        }
    }

    #[test]
    fn the_last_line_is_the_sum() {
        let mut summary = Summary::default();
        summary.add("one", passed(3));
        summary.add(
            "two",
            Tally {
                passed: 1,
                failed: 1,
                reasons: vec!["because".into()],
                ..Tally::default()
            },
        );
        let text = summary.to_string();
        assert_eq!(text.lines().last(), Some("4 passed, 1 failed"));
        assert!(text.contains("FAILED two: because"), "{text}");
        assert!(!summary.all_passed());
    }

    #[test]
    fn what_is_not_run_counts_as_skipped() {
        let mut summary = Summary::default();
        summary.add("one", passed(1));
        summary.add("two", Tally::not_run("no such program", false));
        let text = summary.to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 0 failed, 1 skipped"));
        assert!(text.contains("NOT RUN: no such program"), "{text}");
        assert!(summary.all_passed());
    }

    #[test]
    fn what_is_not_run_on_ci_counts_as_failed() {
        let mut summary = Summary::default();
        summary.add("two", Tally::not_run("no such program", true));
        assert_eq!(summary.to_string().lines().last(), Some("0 passed, 1 failed"));
        assert!(!summary.all_passed());
    }
}
