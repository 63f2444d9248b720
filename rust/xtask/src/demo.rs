//! `cargo xtask demo`, and the same as a test.

use crate::addon;
use crate::engine::{self, Engine};
use crate::process::{self, Finished, Process};
use crate::summary::Tally;
use anyhow::{Result, ensure};
use clap::ValueEnum;
use std::time::{Duration, Instant};

const PROJECT: &str = "demo_project";
/// The scenes themselves give up after 20 s; this is for one that hangs.
const LIMIT: Duration = Duration::from_secs(40);

/// A scene of the demo project.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Scene {
    /// A server and a client, with a certificate that both have
    Main,
    /// A game that a player hosts, who is known by a fingerprint
    Lobby,
}

impl Scene {
    pub(crate) const ALL: [Scene; 2] = [Scene::Main, Scene::Lobby];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Scene::Main => "main",
            Scene::Lobby => "lobby",
        }
    }

    /// Builds the addon and runs the scene headless, with its output shown.
    pub(crate) fn show(self) -> Result<()> {
        addon::build()?;
        let process = self.start()?.echo();
        let faults = faults(&process.finish(Instant::now() + LIMIT)?);
        ensure!(faults.is_empty(), "the demo failed: {}", faults.join("; "));
        Ok(())
    }

    /// The same as a test of the addon that was built.
    pub(crate) fn test(self) -> Result<Tally> {
        let finished = self.start()?.finish(Instant::now() + LIMIT)?;
        let mut tally = Tally::default();
        match faults(&finished) {
            faults if faults.is_empty() => tally.pass(),
            faults => tally.fail(format!("{}\n{}", faults.join("; "), process::tail(&finished.output))),
        }
        Ok(tally)
    }

    fn start(self) -> Result<Process> {
        let scene = format!("{}.tscn", self.name());
        Process::spawn("the demo", &mut Engine::new(PROJECT)?.scene(&scene))
    }
}

fn faults(finished: &Finished) -> Vec<String> {
    let mut faults = engine::complaints(&finished.output);
    faults.extend(engine::bad_end(finished));
    faults
}
