//! A screen that nobody sees, for tests that open windows: Xvfb.

use crate::debian;
use crate::process::Process;
use anyhow::Result;
use std::fs;
use std::time::{Duration, Instant};

/// For the start of the server.
const LIMIT: Duration = Duration::from_secs(20);

/// A running X server with one screen. Dropping it ends it.
pub(crate) struct Display {
    server: Process,
    number: u32,
}

impl Display {
    /// Starts one whose screen has this size in pixels.
    pub(crate) fn start(width: u32, height: u32) -> Result<Display> {
        let mut command = debian::xvfb()?;
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"]);
        command.args(["-screen", "0", &format!("{width}x{height}x24")]);
        let mut server = Process::spawn("Xvfb", &mut command)?;
        let number = server.expect("its number", Instant::now() + LIMIT, |line| line.parse().ok())?;
        Ok(Display { server, number })
    }

    /// The value of `DISPLAY` for programs that shall draw on it.
    pub(crate) fn name(&self) -> String {
        format!(":{}", self.number)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.stop();
        // What a server that is killed leaves behind. It does not matter if they are gone already.
        let _ = fs::remove_file(format!("/tmp/.X{}-lock", self.number));
        let _ = fs::remove_file(format!("/tmp/.X11-unix/X{}", self.number));
    }
}
