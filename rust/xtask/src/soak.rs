//! `cargo xtask soak`: one server and many clients, all in real engines, for minutes.
//!
//! The programs stand in `tests/godot/soak`. Each side counts what it sends and receives, and the kernel what it drops
//! in front of each socket. Nothing else may be missing.

mod kernel;
mod report;

use crate::addon::{self, Library};
use crate::engine::{self, Engine};
use crate::process::{self, Process};
use crate::summary::Tally;
use anyhow::{Context, Result, bail, ensure};
use report::{ClientFigures, Outcome, ServerFigures, Usage};
use serde::de::DeserializeOwned;
use std::thread;
use std::time::{Duration, Instant};

/// The Godot project of the programs.
const PROJECT: &str = "tests/godot";

/// A process can have 1024 files open on many systems.
const CLIENTS_A_PROCESS: u32 = 500;

/// Bytes of a packet: many games send less, few much more.
const PACKET: u32 = 100;

/// The engine gives each PacketPeerUDP a ring buffer of so many bytes. Memory it becomes when it is first used.
const RING_BUFFER: u32 = 65_536;

/// For what is not the load itself: starts, handshakes, ends.
const PATIENCE: Duration = Duration::from_secs(150);

#[derive(clap::Args)]
pub(crate) struct Load {
    /// For so long the clients send
    #[arg(long, default_value_t = 180)]
    seconds: u32,
    /// So many clients are connected
    #[arg(long, default_value_t = 1000)]
    peers: u32,
    /// So many packets each of them sends a second
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// So many frames a second the server has; 0: as many as it can. With few, the kernel's buffer overflows between two
    #[arg(long, default_value_t = 0)]
    fps: u32,
    /// The server has a socket of its own, in place of a UDPServer's
    #[arg(long)]
    listen: bool,
}

/// What `cargo xtask test` runs, once more with `listen`.
const SHORT: Load = Load {
    seconds: 5,
    peers: 50,
    rate: 20,
    fps: 0,
    listen: false,
};

/// Puts the load on a server and prints the figures. True if all promises were kept.
pub(crate) fn run(load: &Load) -> Result<bool> {
    addon::build(&[Library::Editor])?;
    let outcome = load.measure(&Engine::new(PROJECT)?)?;
    println!("{outcome}");
    Ok(outcome.broken().is_empty())
}

/// The short form, of a server with a socket of its own if it is to `listen`. A promise is a test.
pub(crate) fn test(engine: &Engine, listen: bool) -> Result<Tally> {
    if !kernel::TELLS_DROPS {
        return Ok(Tally::not_run("this system does not tell what it drops", false));
    }
    let outcome = match (Load { listen, ..SHORT }).measure(engine) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Tally::failure(format!("{error:#}"))),
    };
    let mut tally = Tally::default();
    for promise in outcome.promises() {
        match promise.broken {
            None => tally.pass(),
            Some(how) => tally.fail(format!("{}: {how}", promise.text)),
        }
    }
    Ok(tally)
}

impl Load {
    fn measure(&self, engine: &Engine) -> Result<Outcome> {
        ensure!(
            kernel::TELLS_DROPS,
            "this system does not tell what it drops in front of a socket"
        );
        ensure!(
            self.seconds > 0 && self.peers > 0 && self.rate > 0,
            "seconds, peers and rate are numbers from 1"
        );
        let limit = Instant::now() + PATIENCE + Duration::from_secs(self.seconds.into());
        let mut server = self.start_server(engine)?;
        let port = server.expect("its port", limit, |line| line.strip_prefix("LISTENING ")?.parse().ok())?;
        let mut clients = self.start_clients(engine, port)?;
        for client in &mut clients {
            client.expect("that all are connected", limit, |line| {
                line.strip_prefix("CONNECTED ").map(drop)
            })?;
        }
        let before = Usage::of(&server, &clients)?;
        let idle: ServerFigures = figures(&mut server, limit)?;
        for client in &mut clients {
            client.write_line("start")?;
        }
        thread::sleep(self.warm_up());
        let warm = kernel::resident_kib(server.id())?;
        for client in &mut clients {
            client.expect("that all is sent", limit, |line| (line == "SENT").then_some(()))?;
        }
        // In this order each side has by then what the other one has sent, or the kernel has dropped it.
        let of_server: ServerFigures = figures(&mut server, limit)?;
        let mut of_clients = Vec::new();
        for client in &mut clients {
            of_clients.push(figures::<ClientFigures>(client, limit)?);
        }
        let after = Usage::of(&server, &clients)?;
        let memory = (warm, kernel::resident_kib(server.id())?);
        for process in clients.into_iter().chain([server]) {
            quit(process, limit)?;
        }
        Ok(Outcome {
            expected: u64::from(self.peers) * u64::from(self.rate) * u64::from(self.seconds),
            peers: self.peers,
            server: of_server.since(&idle),
            clients: ClientFigures::sum(of_clients),
            kernel: after.since(before),
            memory,
        })
    }

    /// After that each peer has the buffers that it needs, and has used them all.
    fn warm_up(&self) -> Duration {
        let all = Duration::from_secs(self.seconds.into());
        let ring_buffer = Duration::from_secs((RING_BUFFER / PACKET / self.rate).into());
        ring_buffer.clamp(all / 10, all / 2)
    }

    fn start_server(&self, engine: &Engine) -> Result<Process> {
        let mut arguments = vec![format!("fps={}", self.fps)];
        arguments.extend(self.listen.then(|| "listen".to_owned()));
        Process::spawn("the server", &mut engine.script("soak/server.gd", &arguments))
    }

    /// As many processes as it takes, with an equal share each.
    fn start_clients(&self, engine: &Engine, port: u16) -> Result<Vec<Process>> {
        let processes = self.peers.div_ceil(CLIENTS_A_PROCESS);
        let start = |number| {
            let peers = self.peers / processes + u32::from(number < self.peers % processes);
            let arguments = [
                format!("port={port}"),
                format!("peers={peers}"),
                format!("rate={}", self.rate),
                format!("seconds={}", self.seconds),
                format!("size={PACKET}"),
            ];
            Process::spawn("the clients", &mut engine.script("soak/clients.gd", &arguments))
        };
        (0..processes).map(start).collect()
    }
}

fn figures<T: DeserializeOwned>(process: &mut Process, limit: Instant) -> Result<T> {
    process.write_line("figures")?;
    let json = process.expect("figures", limit, |line| {
        line.strip_prefix("FIGURES ").map(str::to_owned)
    })?;
    serde_json::from_str(&json).context(json)
}

fn quit(mut process: Process, limit: Instant) -> Result<()> {
    process.write_line("quit")?;
    let finished = process.finish(limit)?;
    let mut faults = engine::complaints(&finished.output);
    faults.extend(engine::bad_end(&finished));
    if !faults.is_empty() {
        bail!("{}\n{}", faults.join("; "), process::tail(&finished.output));
    }
    Ok(())
}
