//! The addon in the editor: a plugin of the project `tests/editor` looks at the help and the icons from within.

use crate::engine::Engine;
use crate::process::{Finished, Process};
use crate::suite;
use crate::summary::Tally;
use crate::workspace;
use anyhow::Result;
use std::process::Command;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(180);

/// Two tests for each class: the editor has help on it, and on everything in it, and takes its icon.
pub(crate) fn check() -> Result<Tally> {
    // The editor writes into the projects that it opens.
    let engine = Engine::in_copy("tests/editor", "target/editor")?;
    // It shows no help on extensions in the first session of all, which writes its cache of the engine's own help.
    run(engine.editor().arg("--quit"))?;
    Ok(suite::judge(&run(&mut engine.editor())?))
}

/// Runs an editor that has no user and no settings yet, in English.
fn run(editor: &mut Command) -> Result<Finished> {
    for (variable, folder) in [("CONFIG", "config"), ("DATA", "data"), ("CACHE", "cache")] {
        let path = workspace::path("target/editor/.home").join(folder);
        editor.env(format!("XDG_{variable}_HOME"), path);
    }
    Process::spawn("the editor", editor.env("LC_ALL", "C"))?.finish(Instant::now() + LIMIT)
}
