//! The addon against the command-line programs of OpenSSL and GnuTLS, which know nothing of it: each as client and as
//! server. On our side runs a script of `tests/godot/interop`:
//!
//! * `server.gd port=0 ...` prints `LISTENING <port>`, then for each client `CONTACT`, when its first datagram has come, and
//!   `CONNECTED <version> <cipher> <facts>`, and `RECEIVED <text>` for each packet, which it sends back; the packet `quit`
//!   ends it.
//! * `client.gd host= port= name=<host name> send=<text> times=<n> ...` prints `CONNECTED <version> <cipher> <facts>`,
//!   sends the text, prints `RECEIVED <text>` for the answer, and ends when it has done so that many times.
//!
//! What `...` is for, and the facts, tell `options.gd` and `facts.gd`.

mod capture;
mod feature;
mod peer;
mod relay;

use crate::engine::{self, Engine};
use crate::process::{self, Process};
use crate::summary::Tally;
use crate::workspace;
use anyhow::{Result, bail, ensure};
use capture::{Capture, Direction};
use feature::Feature;
use peer::{Peer, Role};
use relay::Relay;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant};

/// For everything that one test does.
const LIMIT: Duration = Duration::from_secs(60);
/// So soon is a client connected that is started again on the same port.
const RESTART: Duration = Duration::from_secs(3);
const TEXT: &str = "hello over DTLS";

/// One test: the addon and a peer shake hands in one way, and a text gets there and back.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    peer: Peer,
    feature: Feature,
}

impl Case {
    pub(crate) fn all() -> impl Iterator<Item = Case> {
        Peer::ALL
            .into_iter()
            .flat_map(|peer| Feature::ALL.into_iter().map(move |feature| Case { peer, feature }))
            // Of the clients only this one can be given a port.
            .filter(|case| case.feature != Feature::Restart || case.peer == Peer::OpensslClient)
    }

    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.peer.name(), self.feature.name())
    }

    pub(crate) fn run(self, engine: &Engine) -> Tally {
        let program = match self.peer.program() {
            Ok(program) => program,
            Err(error) => return Tally::cannot_run(&format!("{error:#}")),
        };
        match self.test(engine, &program) {
            Ok(()) => Tally::success(),
            Err(error) => Tally::failure(format!("{error:#}")),
        }
    }

    fn test(self, engine: &Engine, program: &Path) -> Result<()> {
        fs::create_dir_all(workspace::path(peer::FOLDER))?;
        let limit = Instant::now() + LIMIT;
        match (self.feature, self.peer.role()) {
            (Feature::Restart, _) => self.test_restart(engine, program, limit),
            (_, Role::Client) => self.test_server(engine, program, limit),
            (_, Role::Server) => self.test_client(engine, program, limit),
        }
    }

    /// Our server, and a client that is killed and started again.
    fn test_restart(self, engine: &Engine, program: &Path, limit: Instant) -> Result<()> {
        let (mut server, port) = self.start_server(engine, limit)?;
        let own_port = free_port()?;
        let mut connect = || {
            let mut client = Process::spawn(
                "openssl-s_client",
                &mut peer::openssl_client_on(own_port, program, port),
            )?;
            // From then on: how long the program takes to start is not the point.
            let echo = server
                .expect("CONTACT", limit, |line| (line == "CONTACT").then_some(()))
                .and_then(|()| self.expect_connected(&mut server, Instant::now() + RESTART))
                .and_then(|()| client.write_line(TEXT))
                .and_then(|()| server.expect("what the client sent", limit, is_received))
                .and_then(|()| client.expect("its own text, echoed", limit, is_text));
            explain(echo, &mut client).map(|()| client)
        };
        // Killed, it says no goodbye.
        connect()?.stop();
        let mut again = connect()?;
        again.write_line("quit")?;
        finish(server, limit)
    }

    /// Our server, and its port.
    fn start_server(self, engine: &Engine, limit: Instant) -> Result<(Process, u16)> {
        let mut arguments = self.feature.arguments_of_our_server();
        arguments.push("port=0".to_owned());
        let mut server = Process::spawn("server.gd", &mut engine.script("interop/server.gd", &arguments))?;
        let port = server.expect("LISTENING", limit, |line| line.strip_prefix("LISTENING ")?.parse().ok())?;
        Ok((server, port))
    }

    /// Our server, the peer as the client.
    fn test_server(self, engine: &Engine, program: &Path, limit: Instant) -> Result<()> {
        let (mut server, port) = self.start_server(engine, limit)?;
        let relay = Relay::start(port)?;
        if (self.feature, self.peer) == (Feature::Resumption, Peer::OpensslClient) {
            keep_session(&mut server, program, relay.port(), limit)?;
        }
        let mut client = Process::spawn(self.peer.name(), &mut self.command(program, relay.port()))?;
        if (self.feature, self.peer) == (Feature::Resumption, Peer::GnutlsClient) {
            // It makes both connections by itself.
            server.expect("CONNECTED", limit, is_connected)?;
        }
        let echo = self
            .expect_connected(&mut server, limit)
            .and_then(|()| client.write_line(TEXT))
            .and_then(|()| server.expect("what the client sent", limit, is_received))
            .and_then(|()| client.expect("its own text, echoed", limit, is_text))
            .and_then(|()| client.write_line("quit"));
        explain(echo, &mut client)?;
        finish(server, limit)?;
        self.check_capture(&relay.stop(), Direction::FromServer)
    }

    /// Our client, the peer as the server.
    fn test_client(self, engine: &Engine, program: &Path, limit: Instant) -> Result<()> {
        let port = free_port()?;
        let mut server = Process::spawn(self.peer.name(), &mut self.command(program, port))?;
        let is_ready = |line: &str| (line.starts_with("ACCEPT") || line.contains("listening on IPv4")).then_some(());
        server.expect("that it is ready", limit, is_ready)?;
        let relay = Relay::start(port)?;
        let mut arguments = self.feature.arguments_of_our_client();
        arguments.extend([
            "host=127.0.0.1".to_owned(),
            format!("port={}", relay.port()),
            format!("send={TEXT}"),
        ]);
        let mut client = Process::spawn("client.gd", &mut engine.script("interop/client.gd", &arguments))?;
        let connections = (|| {
            for _ in 1..self.feature.connections() {
                client.expect("CONNECTED", limit, is_connected)?;
                self.answer(&mut server, &mut client, limit)?;
            }
            self.expect_connected(&mut client, limit)?;
            self.answer(&mut server, &mut client, limit)
        })();
        explain(connections, &mut server)?;
        finish(client, limit)?;
        self.check_capture(&relay.stop(), Direction::FromClient)
    }

    /// `s_server` shows what it gets and sends what it reads; `gnutls-serv` echoes by itself.
    fn answer(self, server: &mut Process, client: &mut Process, limit: Instant) -> Result<()> {
        if self.peer == Peer::OpensslServer {
            server.expect("what the client sent", limit, is_text)?;
            server.write_line(TEXT)?;
        }
        client.expect("the echo", limit, is_received)
    }

    fn command(self, program: &Path, port: u16) -> std::process::Command {
        self.peer.command(program, self.feature, port)
    }

    /// Our side tells that it is connected, and that the feature was used.
    fn expect_connected(self, ours: &mut Process, limit: Instant) -> Result<()> {
        let facts = ours.expect("CONNECTED", limit, |line| {
            line.strip_prefix("CONNECTED ").map(str::to_owned)
        })?;
        for fact in self.feature.facts(self.peer.role()) {
            ensure!(
                facts.split(' ').any(|word| word == fact),
                "our side is connected without {fact}: {facts}"
            );
        }
        Ok(())
    }

    /// Holds what went over the wire against the limit. `ours` is the direction from our side.
    fn check_capture(self, capture: &Capture, ours: Direction) -> Result<()> {
        if self.feature == Feature::Mtu {
            capture.check_handshake(ours, feature::MTU, feature::LARGE_FLIGHT)?;
        }
        Ok(())
    }
}

/// Lets `s_client` make a connection, whose session it will resume with the next one.
fn keep_session(server: &mut Process, program: &Path, port: u16, limit: Instant) -> Result<()> {
    let mut client = Process::spawn("openssl-s_client", &mut peer::openssl_session_keeper(program, port))?;
    let echo = client
        .write_line(TEXT)
        .and_then(|()| server.expect("CONNECTED", limit, is_connected))
        .and_then(|()| client.expect("its own text, echoed", limit, is_text));
    explain(echo, &mut client)?;
    client.finish(limit).map(drop)
}

fn is_connected(line: &str) -> Option<()> {
    line.strip_prefix("CONNECTED ").map(drop)
}

/// The line with which our scripts tell that they got the text.
fn is_received(line: &str) -> Option<()> {
    line.strip_prefix("RECEIVED ").and_then(is_text)
}

fn is_text(line: &str) -> Option<()> {
    (line == TEXT).then_some(())
}

/// Adds what the peer printed to an error: one side's alert is understood from what the other says.
fn explain(result: Result<()>, peer: &mut Process) -> Result<()> {
    result.or_else(|error| bail!("{error:#}\n    the peer:\n{}", process::tail(&peer.stop())))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits for the end of a script in the engine, which must be a good one.
fn finish(script: Process, limit: Instant) -> Result<()> {
    let finished = script.finish(limit)?;
    let mut faults = engine::complaints(&finished.output);
    faults.extend(engine::bad_end(&finished));
    ensure!(
        faults.is_empty(),
        "{}\n{}",
        faults.join("; "),
        process::tail(&finished.output)
    );
    Ok(())
}
