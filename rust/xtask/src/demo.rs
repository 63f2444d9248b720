//! `cargo xtask demo`.

use crate::addon;
use crate::engine::{self, Engine};
use crate::process::Process;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// The demo itself gives up after 20 s; this is for one that hangs.
const LIMIT: Duration = Duration::from_secs(40);

/// Builds the addon and runs the demo project headless, with its output shown.
pub(crate) fn run() -> Result<()> {
    addon::build()?;
    let engine = Engine::new("demo_project")?;
    let process = Process::spawn("the demo", &mut engine.main_scene())?.echo();
    let finished = process.finish(Instant::now() + LIMIT)?;
    let mut faults = engine::complaints(&finished.output);
    faults.extend(engine::bad_end(&finished));
    if !faults.is_empty() {
        bail!("the demo failed: {}", faults.join("; "));
    }
    Ok(())
}
