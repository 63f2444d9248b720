//! The demo's window, for people, and used by the scripts of `tests/demo` as a person would.

use super::PROJECT;
use crate::display::Display;
use crate::engine::{self, Engine};
use crate::process::{Finished, Process};
use crate::summary::Tally;
use crate::{suite, workspace};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the project asks for, in pixels.
const SIZE: (u32, u32) = (1152, 648);
/// For each of the two processes, on a computer that has much else to do.
const LIMIT: Duration = Duration::from_secs(240);
const PICTURE: &str = "docs/demo.png";

/// Opens the window on the screen of whoever calls, and waits until it is closed.
pub(super) fn open() -> Result<()> {
    let status = Engine::new(PROJECT)?
        .window()
        .status()
        .context("Godot does not start")?;
    ensure!(status.success(), "the demo ended with {status}");
    Ok(())
}

/// Lets a host and a guest meet, each in a process of its own. The pictures that they take are left in the folder.
pub(super) fn test() -> Result<Tally> {
    let display = match Display::start(SIZE.0, SIZE.1) {
        Ok(display) => display,
        Err(error) => return Ok(Tally::cannot_run(&format!("{error:#}"))),
    };
    let folder = workspace::fresh_folder("target/demo/window")?;
    let limit = Instant::now() + LIMIT;
    let engine = Engine::new(PROJECT)?;
    let mut host = Process::spawn("host.gd", &mut script(&engine, "host.gd", &folder, &display))?;
    host.expect("HOSTING", limit, |line| (line == "HOSTING").then_some(()))?;
    let guest = Process::spawn("guest.gd", &mut script(&engine, "guest.gd", &folder, &display))?;
    let mut tally = judge(&guest.finish(limit)?);
    tally.add(judge(&host.finish(limit)?));
    Ok(tally)
}

/// Somebody who looks at a demo wants to see no errors of the engine beside it.
fn judge(finished: &Finished) -> Tally {
    let mut tally = suite::judge(finished);
    for line in finished.output.iter().filter(|line| line.starts_with("ERROR:")) {
        tally.fail(format!("the engine printed: {line}"));
    }
    tally
}

/// Takes the picture that the README shows.
pub(super) fn publish() -> Result<()> {
    let display = Display::start(SIZE.0, SIZE.1)?;
    let folder = workspace::fresh_folder("target/demo/picture")?;
    let mut command = script(&Engine::new(PROJECT)?, "picture.gd", &folder, &display);
    let finished = Process::spawn("picture.gd", &mut command)?.finish(Instant::now() + LIMIT)?;
    if let Some(fault) = engine::bad_end(&finished) {
        anyhow::bail!("no picture was taken: {fault}");
    }
    let picture = workspace::path(PICTURE);
    fs::copy(folder.join("picture.png"), &picture).with_context(|| format!("cannot write {}", picture.display()))?;
    println!("Wrote {}", picture.display());
    Ok(())
}

fn script(engine: &Engine, name: &str, folder: &Path, display: &Display) -> Command {
    let arguments = [format!("pictures={}", folder.display())];
    let mut command = engine.window_script(&format!("tests/demo/{name}"), &arguments, display);
    command.env("XDG_DATA_HOME", folder);
    command
}
