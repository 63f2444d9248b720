//! `cargo xtask bench`: the addon's classes beside the engine's own and beside bare UDP, all in the real engine.
//!
//! What is measured stands in `tests/godot/bench`. A script there is written for the addon's classes; for the engine's
//! the same text runs with the engine's class names.

mod comparison;
mod figure;
mod measurement;
mod plot;
mod report;

use crate::addon::{self, Library};
use crate::engine::Engine;
use crate::workspace;
use anyhow::{Context, Result, bail};
use measurement::Measurement;
use std::fs;
use std::time::Instant;

/// The Godot project of the measurements.
const PROJECT: &str = "tests/godot";

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Put the results into docs/benchmark, where the README shows them, and not into target/bench
    #[arg(long, conflicts_with = "filter")]
    publish: bool,
    /// Run only the measurements whose name has one of these in it: handshakes, packets, echo, idle_poll, frame, load, thousands, long_frame, memory, storm
    filter: Vec<String>,
}

/// Measures what is selected, prints the table and writes table, raw figures and plot.
pub(crate) fn run(selection: &Selection) -> Result<()> {
    let selected: Vec<&Measurement> = measurement::ALL
        .iter()
        .filter(|measurement| selection.has(measurement.name))
        .collect();
    if selected.is_empty() {
        bail!("no measurement has a name with {} in it", selection.filter.join(" or "));
    }
    addon::build(&[Library::Editor])?;
    let engine = Engine::new(PROJECT)?;
    let mut outcome = figure::Outcome::default();
    for measurement in selected {
        let start = Instant::now();
        outcome.extend(measurement.run(&engine)?);
        eprintln!("{}: {:.0} s", measurement.name, start.elapsed().as_secs_f64());
    }
    let comparisons = comparison::of(&outcome.figures);
    let table = report::markdown(&outcome, &comparisons);
    println!("{table}");

    let folder = workspace::path(if selection.publish {
        "docs/benchmark"
    } else {
        "target/bench"
    });
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(folder.join("benchmark.md"), table)?;
    fs::write(folder.join("benchmark.json"), report::json(&outcome)?)?;
    if let Some(plot) = plot::svg(&comparisons)? {
        fs::write(folder.join("benchmark.svg"), plot)?;
    }
    eprintln!("Written to {}", folder.display());
    Ok(())
}

impl Selection {
    fn has(&self, name: &str) -> bool {
        self.filter.is_empty() || self.filter.iter().any(|part| name.contains(part.as_str()))
    }
}
