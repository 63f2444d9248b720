//! What is measured, and how it is run.

use super::figure::Outcome;
use crate::engine::{self, Engine};
use crate::process::{self, Process};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// For one start of the engine.
const LIMIT: Duration = Duration::from_secs(300);

/// A script of `tests/godot/bench`.
pub(crate) struct Measurement {
    pub(crate) name: &'static str,
    title: &'static str,
    contenders: &'static [&'static str],
    /// Many short ones rather than a few long ones: what else the machine does then troubles few ratios.
    rounds: u32,
    /// Whether each contender needs an engine of its own in each round: for what leaves traces in its process.
    fresh: bool,
}

pub(crate) const ALL: [Measurement; 10] = [
    Measurement {
        name: "handshakes",
        title: "Handshakes",
        contenders: &["engine", "ours", "client_certificates", "resumed"],
        rounds: 25,
        fresh: false,
    },
    Measurement {
        name: "packets",
        title: "Packets one way",
        contenders: &["engine", "ours", "receive_all", "udp"],
        rounds: 25,
        fresh: false,
    },
    Measurement {
        name: "echo",
        title: "Echo",
        contenders: &["engine", "ours", "udp"],
        rounds: 25,
        fresh: false,
    },
    Measurement {
        name: "idle_poll",
        title: "Poll of an idle peer",
        contenders: &["engine", "ours"],
        rounds: 25,
        fresh: false,
    },
    Measurement {
        name: "frame",
        title: "Server frame",
        contenders: &["engine", "ours", "poll_all", "listen", "udp"],
        rounds: 5,
        fresh: false,
    },
    Measurement {
        name: "load",
        title: "Server with clients elsewhere",
        contenders: &["engine", "ours", "poll_all", "listen", "batching"],
        rounds: 3,
        fresh: true,
    },
    Measurement {
        name: "thousands",
        title: "Server with clients elsewhere",
        contenders: &["listen"],
        rounds: 3,
        fresh: true,
    },
    Measurement {
        name: "long_frame",
        title: "1000 clients send, a frame takes 100 ms",
        contenders: &["engine", "ours", "listen", "receive_thread"],
        rounds: 3,
        fresh: true,
    },
    Measurement {
        name: "memory",
        title: "Memory of an idle server peer",
        contenders: &["engine", "ours"],
        rounds: 5,
        fresh: true,
    },
    Measurement {
        name: "storm",
        title: "200 clients join at once",
        contenders: &["engine", "ours", "listen"],
        rounds: 3,
        fresh: true,
    },
];

impl Measurement {
    /// Runs all rounds, the contenders in turn within each.
    pub(crate) fn run(&self, engine: &Engine) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        if !self.fresh {
            outcome.extend(self.start(engine, &self.contenders.join(","), self.rounds)?);
        } else {
            for round in 0..self.rounds {
                for contender in self.contenders {
                    let mut one = self.start(engine, contender, 1)?;
                    one.figures.iter_mut().for_each(|figure| figure.round = round);
                    outcome.extend(one);
                }
            }
        }
        for figure in &mut outcome.figures {
            self.title.clone_into(&mut figure.title);
        }
        Ok(outcome)
    }

    fn start(&self, engine: &Engine, contenders: &str, rounds: u32) -> Result<Outcome> {
        let arguments = [
            format!("measurement={}", self.name),
            format!("contenders={contenders}"),
            format!("rounds={rounds}"),
        ];
        let process = Process::spawn(self.name, &mut engine.script("bench/main.gd", &arguments))?;
        let finished = process.finish(Instant::now() + LIMIT)?;
        let mut faults = engine::complaints(&finished.output);
        faults.extend(engine::bad_end(&finished));
        if !faults.is_empty() {
            let telling = finished.output.iter().filter(|line| !line.starts_with("FIGURE "));
            bail!("{}: {}\n{}", self.name, faults.join("; "), process::tail(telling));
        }
        Outcome::parse(&finished.output)
    }
}
