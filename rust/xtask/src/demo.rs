//! `cargo xtask demo`, and the tests of the demo project.

mod window;

use crate::addon::{self, Library};
use crate::engine::{self, Engine};
use crate::process::{self, Finished, Process};
use crate::summary::Tally;
use crate::{suite, workspace};
use anyhow::{Result, ensure};
use clap::ValueEnum;
use std::time::{Duration, Instant};

const PROJECT: &str = "demo_project";
/// The scenes themselves give up after 20 s; this is for one that hangs.
const LIMIT: Duration = Duration::from_secs(40);

#[derive(clap::Args)]
pub(crate) struct Selection {
    #[arg(value_enum, default_value = "main")]
    scene: Scene,
    /// Open the demo's window instead, to host a game and to join one
    #[arg(long, conflicts_with = "scene")]
    window: bool,
    /// Renew docs/demo.png, the picture of that window
    #[arg(long, conflicts_with_all = ["scene", "window"])]
    publish: bool,
    /// Take the addon as it is staged, and build nothing
    #[arg(long)]
    staged: bool,
}

/// Builds the addon and shows what is selected.
pub(crate) fn run(selection: &Selection) -> Result<()> {
    if !selection.staged {
        addon::build(&[Library::Editor])?;
    }
    if selection.window {
        window::open()
    } else if selection.publish {
        window::publish()
    } else {
        selection.scene.show()
    }
}

/// A test of the demo project.
#[derive(Clone, Copy)]
pub(crate) enum Test {
    /// A scene ends well.
    Scene(Scene),
    /// The parts that a game has as well.
    Players,
    /// The window, used as a person would.
    Window,
}

impl Test {
    pub(crate) const ALL: [Test; 5] = [
        Test::Scene(Scene::Main),
        Test::Scene(Scene::Udp),
        Test::Scene(Scene::Lobby),
        Test::Players,
        Test::Window,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Test::Scene(scene) => scene.name(),
            Test::Players => "players",
            Test::Window => "window",
        }
    }

    /// Runs it with the addon that was built.
    pub(crate) fn run(self) -> Tally {
        let tally = match self {
            Test::Scene(scene) => scene.test(),
            Test::Players => test_players(),
            Test::Window => window::test(),
        };
        tally.unwrap_or_else(|error| Tally::failure(format!("{error:#}")))
    }
}

fn test_players() -> Result<Tally> {
    let mut command = Engine::new(PROJECT)?.foreign_script("tests/demo/players.gd", &[]);
    command.env("XDG_DATA_HOME", workspace::fresh_folder("target/demo/players")?);
    Ok(suite::judge(
        &Process::spawn("players.gd", &mut command)?.finish(Instant::now() + LIMIT)?,
    ))
}

/// A scene of the demo project that runs without a window.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Scene {
    /// A server and a client, with a certificate that both have
    Main,
    /// The same two on the engine's UDP classes
    Udp,
    /// A game that a player hosts, who is known by a fingerprint
    Lobby,
}

impl Scene {
    fn name(self) -> &'static str {
        match self {
            Scene::Main => "main",
            Scene::Udp => "udp",
            Scene::Lobby => "lobby",
        }
    }

    /// Runs the scene headless, with its output shown.
    fn show(self) -> Result<()> {
        let process = self.start()?.echo();
        let faults = faults(&process.finish(Instant::now() + LIMIT)?);
        ensure!(faults.is_empty(), "the demo failed: {}", faults.join("; "));
        Ok(())
    }

    fn test(self) -> Result<Tally> {
        let finished = self.start()?.finish(Instant::now() + LIMIT)?;
        Ok(match faults(&finished) {
            faults if faults.is_empty() => Tally::success(),
            faults => Tally::failure(format!("{}\n{}", faults.join("; "), process::tail(&finished.output))),
        })
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
