//! `cargo xtask mutate`: takes one defence out after the other, and looks whether the tests notice.

mod mutation;
mod tree;

use crate::preflight;
use crate::summary::Tally;
use anyhow::{Result, bail, ensure};
use mutation::{Mutation, Program, TestName};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;
use tree::{Colour, Tree};

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Try only the mutations whose name has one of these in it
    filter: Vec<String>,
}

impl Selection {
    fn has(&self, mutation: &Mutation) -> bool {
        self.filter.is_empty() || self.filter.iter().any(|part| mutation.name.contains(part.as_str()))
    }
}

/// What became of a mutation.
enum Verdict {
    /// All its tests have failed.
    Caught,
    /// These passed.
    Survived(Vec<String>),
    DoesNotApply(String),
    DoesNotBuild,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Caught => write!(formatter, "caught"),
            Verdict::Survived(tests) => write!(formatter, "SURVIVED {}", tests.join(", ")),
            Verdict::DoesNotApply(why) => write!(formatter, "DOES NOT APPLY: {why}"),
            Verdict::DoesNotBuild => write!(formatter, "DOES NOT BUILD"),
        }
    }
}

/// Tries what is selected and prints a table. True if all mutations were caught.
pub(crate) fn run(selection: &Selection) -> Result<bool> {
    preflight::check()?;
    let mut mutations = Mutation::all()?;
    mutations.retain(|mutation| selection.has(mutation));
    ensure!(
        !mutations.is_empty(),
        "no mutation has a name with {} in it",
        selection.filter.join(" or ")
    );
    let tree = Tree::copy()?;
    check_sound(&tree, &mutations)?;
    let mut table = Vec::new();
    for mutation in &mutations {
        let start = Instant::now();
        let verdict = judge(&tree, mutation)?;
        let seconds = start.elapsed().as_secs();
        println!("{}: {verdict} ({seconds} s)", mutation.name);
        table.push((mutation, verdict));
    }
    println!();
    for (mutation, verdict) in &table {
        println!("  {:<36} {:<72} {verdict}", mutation.name, mutation.defence);
    }
    let caught = table
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Caught))
        .count();
    println!("{caught} of {} caught", table.len());
    Ok(caught == table.len())
}

/// Looks whether the patches apply and their tests exist, which takes no time: so they do not rot unseen.
pub(crate) fn check() -> Result<Tally> {
    let mut tally = Tally::default();
    for mutation in Mutation::all()? {
        match mutation.check() {
            Ok(()) => tally.pass(),
            Err(error) => tally.fail(format!("{}: {error:#}", mutation.name)),
        }
    }
    Ok(tally)
}

/// The tests have to be green as long as nothing is taken out.
fn check_sound(tree: &Tree, mutations: &[Mutation]) -> Result<()> {
    let tests: BTreeSet<_> = mutations.iter().flat_map(|mutation| &mutation.tests).collect();
    match run_tests(tree, tests.into_iter())? {
        Some(results) => {
            let red: Vec<_> = with_colour(&results, Colour::Red);
            if !red.is_empty() {
                bail!("red although nothing is taken out: {}", red.join(", "));
            }
            Ok(())
        }
        None => bail!("the tests do not build although nothing is taken out"),
    }
}

fn judge(tree: &Tree, mutation: &Mutation) -> Result<Verdict> {
    let mutant = match mutation.apply() {
        Ok(mutant) => mutant,
        Err(error) => return Ok(Verdict::DoesNotApply(format!("{error:#}"))),
    };
    let results = tree.with(&mutant, || run_tests(tree, mutation.tests.iter()))?;
    Ok(match results {
        None => Verdict::DoesNotBuild,
        Some(results) => match with_colour(&results, Colour::Green) {
            green if green.is_empty() => Verdict::Caught,
            green => Verdict::Survived(green),
        },
    })
}

/// Builds what is needed for these tests and runs each. None: that does not build.
fn run_tests<'a>(
    tree: &Tree,
    tests: impl Iterator<Item = &'a TestName>,
) -> Result<Option<Vec<(&'a TestName, Colour)>>> {
    let tests: Vec<_> = tests.collect();
    let mut results = Vec::new();
    for program in Program::ALL {
        let of_program: Vec<_> = tests.iter().filter(|test| test.program() == program).collect();
        if of_program.is_empty() {
            continue;
        }
        let Some(built): Option<PathBuf> = tree.build(program)? else {
            return Ok(None);
        };
        for test in of_program {
            results.push((*test, tree.run(&built, test)?));
        }
    }
    Ok(Some(results))
}

fn with_colour(results: &[(&TestName, Colour)], colour: Colour) -> Vec<String> {
    let found = results.iter().filter(|(_, found)| *found == colour);
    found.map(|(test, _)| test.0.clone()).collect()
}
