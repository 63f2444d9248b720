//! The addon against the command-line programs of OpenSSL and GnuTLS, which know nothing of it: each as client and as
//! server. On our side runs a script of `tests/godot/interop`:
//!
//! * `make_certificate.gd key=<path> cert=<path> name=<common name>` makes a self-signed certificate.
//! * `server.gd port=0 key=<path> cert=<path>` prints `LISTENING <port>`, sends each packet back and prints
//!   `RECEIVED <text>`; the packet `quit` ends it.
//! * `client.gd host= port= ca=<path> name=<host name> send=<text>` verifies the server, prints
//!   `CONNECTED <version> <cipher>`, sends the text, prints `RECEIVED <text>` for the answer and ends.

use crate::engine::{self, Engine};
use crate::process::{self, Process};
use crate::summary::Tally;
use crate::{debian, workspace};
use anyhow::{Context, Result, bail, ensure};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// For everything that one test does.
const LIMIT: Duration = Duration::from_secs(60);
/// In the certificate as common name.
const HOST: &str = "dtls.example";
const TEXT: &str = "hello over DTLS";

/// A program on the other side.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    OpensslClient,
    OpensslServer,
    GnutlsClient,
    GnutlsServer,
}

impl Peer {
    pub(crate) const ALL: [Peer; 4] = [
        Peer::OpensslClient,
        Peer::OpensslServer,
        Peer::GnutlsClient,
        Peer::GnutlsServer,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::OpensslClient => "openssl-s_client",
            Peer::OpensslServer => "openssl-s_server",
            Peer::GnutlsClient => "gnutls-cli",
            Peer::GnutlsServer => "gnutls-serv",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Peer::OpensslClient | Peer::OpensslServer => "openssl",
            Peer::GnutlsClient => "gnutls-cli",
            Peer::GnutlsServer => "gnutls-serv",
        }
    }

    /// Clients verify the certificate and its name; servers ask for a cookie.
    fn command(self, program: &Path, identity: &Identity, port: u16) -> Command {
        let Identity { key, certificate } = identity;
        let mut command = Command::new(program);
        match self {
            Peer::OpensslClient => command
                .args(["s_client", "-dtls", "-quiet", "-connect", &format!("127.0.0.1:{port}")])
                .args([
                    "-verify_return_error",
                    "-verify_hostname",
                    HOST,
                    "-servername",
                    HOST,
                    "-CAfile",
                ])
                .arg(certificate),
            Peer::OpensslServer => command
                .args([
                    "s_server",
                    "-dtls",
                    "-listen",
                    "-accept",
                    &format!("127.0.0.1:{port}"),
                    "-key",
                ])
                .arg(key)
                .arg("-cert")
                .arg(certificate),
            Peer::GnutlsClient => command
                .args([
                    "--udp",
                    "--port",
                    &port.to_string(),
                    "--verify-hostname",
                    HOST,
                    "--sni-hostname",
                    HOST,
                ])
                .arg("--x509cafile")
                .arg(certificate)
                .arg("127.0.0.1"),
            Peer::GnutlsServer => command
                .args([
                    "--udp",
                    "--echo",
                    "--disable-client-cert",
                    "--port",
                    &port.to_string(),
                    "--x509keyfile",
                ])
                .arg(key)
                .arg("--x509certfile")
                .arg(certificate),
        };
        command
    }
}

/// One test: the addon and the peer shake hands, and a text gets there and back.
pub(crate) fn run(engine: &Engine, peer: Peer) -> Tally {
    let program = match program(peer.program()) {
        Ok(program) => program,
        Err(error) => return Tally::not_run(&format!("{error:#}"), is_ci()),
    };
    let limit = Instant::now() + LIMIT;
    let result = Identity::make(engine, limit).and_then(|identity| match peer {
        Peer::OpensslClient | Peer::GnutlsClient => test_server(engine, peer, &program, &identity, limit),
        Peer::OpensslServer | Peer::GnutlsServer => test_client(engine, peer, &program, &identity, limit),
    });
    match result {
        Ok(()) => Tally {
            passed: 1,
            ..Tally::default()
        },
        Err(error) => Tally::failure(format!("{error:#}")),
    }
}

/// The system's, else Debian's.
fn program(name: &str) -> Result<PathBuf> {
    which::which(name)
        .or_else(|_| debian::program(name))
        .with_context(|| format!("there is no {name}"))
}

/// On a CI machine nothing may be left out.
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// A private key and its self-signed certificate, in PEM files.
struct Identity {
    key: PathBuf,
    certificate: PathBuf,
}

impl Identity {
    fn make(engine: &Engine, limit: Instant) -> Result<Identity> {
        let folder = workspace::path("target/interop");
        std::fs::create_dir_all(&folder)?;
        let identity = Identity {
            key: folder.join("key.pem"),
            certificate: folder.join("certificate.pem"),
        };
        let arguments = [
            path("key", &identity.key),
            path("cert", &identity.certificate),
            format!("name={HOST}"),
        ];
        let script = Process::spawn(
            "make_certificate.gd",
            &mut engine.script("interop/make_certificate.gd", &arguments),
        )?;
        finish(script, limit)?;
        Ok(identity)
    }
}

/// Our server, the peer as the client.
fn test_server(engine: &Engine, peer: Peer, program: &Path, identity: &Identity, limit: Instant) -> Result<()> {
    let arguments = [
        "port=0".to_owned(),
        path("key", &identity.key),
        path("cert", &identity.certificate),
    ];
    let mut server = Process::spawn("server.gd", &mut engine.script("interop/server.gd", &arguments))?;
    let port = server.expect("LISTENING", limit, |line| line.strip_prefix("LISTENING ")?.parse().ok())?;
    let mut client = Process::spawn(peer.name(), &mut peer.command(program, identity, port))?;
    let echo = client
        .write_line(TEXT)
        .and_then(|()| server.expect("what the client sent", limit, is_received))
        .and_then(|()| client.expect("its own text, echoed", limit, is_text))
        .and_then(|()| client.write_line("quit"));
    explain(echo, &mut client)?;
    finish(server, limit)
}

/// Our client, the peer as the server.
fn test_client(engine: &Engine, peer: Peer, program: &Path, identity: &Identity, limit: Instant) -> Result<()> {
    let port = free_port()?;
    let mut server = Process::spawn(peer.name(), &mut peer.command(program, identity, port))?;
    let is_ready = |line: &str| (line.starts_with("ACCEPT") || line.contains("listening on IPv4")).then_some(());
    server.expect("that it is ready", limit, is_ready)?;
    let arguments = [
        "host=127.0.0.1".to_owned(),
        format!("port={port}"),
        path("ca", &identity.certificate),
        format!("name={HOST}"),
        format!("send={TEXT}"),
    ];
    let mut client = Process::spawn("client.gd", &mut engine.script("interop/client.gd", &arguments))?;
    let is_connected = |line: &str| line.strip_prefix("CONNECTED DTLSv1.2 ").map(drop);
    let echo = client
        .expect("CONNECTED DTLSv1.2", limit, is_connected)
        .and_then(|()| match peer {
            // It shows what it gets and sends what it reads; gnutls-serv echoes by itself.
            Peer::OpensslServer => server
                .expect("what the client sent", limit, is_text)
                .and_then(|()| server.write_line(TEXT)),
            _ => Ok(()),
        })
        .and_then(|()| client.expect("the echo", limit, is_received));
    explain(echo, &mut server)?;
    finish(client, limit)
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

fn path(key: &str, path: &Path) -> String {
    format!("{key}={}", path.display())
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
