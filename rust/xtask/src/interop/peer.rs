//! The programs on the other side, and how each is told what to do.

use super::feature::{ALPN_OF_PEER, Feature, PSK_IDENTITY, PSK_KEY, SECOND_HOST, certificate, key};
use crate::{debian, workspace};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where peers keep files.
pub(super) const FOLDER: &str = "target/interop";
/// The suite of the addon.
const PSK_CIPHER: &str = "ECDHE-PSK-CHACHA20-POLY1305";
const PSK_PRIORITY: &str = "NORMAL:-VERS-ALL:+VERS-DTLS1.2:-KX-ALL:+ECDHE-PSK";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    OpensslClient,
    OpensslServer,
    GnutlsClient,
    GnutlsServer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
}

impl Peer {
    pub(super) const ALL: [Peer; 4] = [
        Peer::OpensslClient,
        Peer::OpensslServer,
        Peer::GnutlsClient,
        Peer::GnutlsServer,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Peer::OpensslClient => "openssl-s_client",
            Peer::OpensslServer => "openssl-s_server",
            Peer::GnutlsClient => "gnutls-cli",
            Peer::GnutlsServer => "gnutls-serv",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Peer::OpensslClient | Peer::GnutlsClient => Role::Client,
            Peer::OpensslServer | Peer::GnutlsServer => Role::Server,
        }
    }

    /// The system's, else Debian's.
    pub(super) fn program(self) -> Result<PathBuf> {
        let name = match self {
            Peer::OpensslClient | Peer::OpensslServer => "openssl",
            Peer::GnutlsClient => "gnutls-cli",
            Peer::GnutlsServer => "gnutls-serv",
        };
        which::which(name)
            .or_else(|_| debian::program(name))
            .with_context(|| format!("there is no {name}"))
    }

    /// Clients verify the server; servers ask for a cookie.
    pub(super) fn command(self, program: &Path, feature: Feature, port: u16) -> Command {
        let mut command = Command::new(program);
        command.args(match self {
            Peer::OpensslClient => openssl_client(feature, port),
            Peer::OpensslServer => openssl_server(feature, port),
            Peer::GnutlsClient => gnutls_client(feature, port),
            Peer::GnutlsServer => gnutls_server(feature, port),
        });
        command
    }
}

/// An `s_client` that closes its connection when its input ends, and keeps the session for [`Feature::Resumption`].
pub(super) fn openssl_session_keeper(program: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(openssl_client(Feature::Verification, port));
    command.args(["-no_ign_eof", "-sess_out", &session_file()]);
    command
}

/// An `s_client` on a port of its own.
pub(super) fn openssl_client_on(own_port: u16, program: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(openssl_client(Feature::Restart, port));
    command.args(["-bind", &format!("127.0.0.1:{own_port}")]);
    command
}

fn openssl_client(feature: Feature, port: u16) -> Vec<String> {
    let mut arguments = words(&["s_client", "-dtls", "-quiet", "-connect", &format!("127.0.0.1:{port}")]);
    if feature == Feature::PreSharedKey {
        arguments.extend(openssl_psk());
    } else {
        let host = feature.host();
        arguments.extend(words(&[
            "-verify_return_error",
            "-verify_hostname",
            host,
            "-servername",
            host,
        ]));
        arguments.extend(words(&["-CAfile", &certificate(authority_of_our_server(feature))]));
    }
    arguments.extend(match feature {
        Feature::ClientCertificate => words(&["-cert", &certificate("client"), "-key", &key("client")]),
        Feature::Alpn => words(&["-alpn", ALPN_OF_PEER]),
        Feature::Resumption => words(&["-sess_in", &session_file()]),
        _ => Vec::new(),
    });
    arguments
}

fn openssl_server(feature: Feature, port: u16) -> Vec<String> {
    let mut arguments = words(&["s_server", "-dtls", "-accept", &format!("127.0.0.1:{port}")]);
    if feature == Feature::PreSharedKey {
        arguments.extend(openssl_psk());
        arguments.extend(words(&["-nocert"]));
    } else {
        arguments.extend(words(&["-key", &key("rsa"), "-cert", &certificate("rsa")]));
    }
    if feature != Feature::Resumption {
        // With it the program takes one client only.
        arguments.extend(words(&["-listen"]));
    }
    arguments.extend(match feature {
        Feature::ClientCertificate => openssl_verify("client_ca"),
        Feature::Mtu => openssl_verify("rsa4096_ca"),
        Feature::Alpn => words(&["-alpn", ALPN_OF_PEER]),
        Feature::ServerName => {
            let (key, certificate) = (key("second"), certificate("second"));
            words(&["-servername", SECOND_HOST, "-key2", &key, "-cert2", &certificate])
        }
        _ => Vec::new(),
    });
    arguments
}

fn openssl_psk() -> Vec<String> {
    words(&["-psk", PSK_KEY, "-psk_identity", PSK_IDENTITY, "-cipher", PSK_CIPHER])
}

fn openssl_verify(authority: &str) -> Vec<String> {
    words(&[
        "-Verify",
        "10",
        "-verify_return_error",
        "-CAfile",
        &certificate(authority),
    ])
}

fn gnutls_client(feature: Feature, port: u16) -> Vec<String> {
    let mut arguments = words(&["--udp", "--port", &port.to_string()]);
    if feature == Feature::PreSharedKey {
        arguments.extend(words(&["--pskusername", PSK_IDENTITY, "--pskkey", PSK_KEY]));
        arguments.extend(words(&["--priority", PSK_PRIORITY]));
    } else {
        let host = feature.host();
        arguments.extend(words(&["--verify-hostname", host, "--sni-hostname", host]));
        arguments.extend(words(&["--x509cafile", &certificate(authority_of_our_server(feature))]));
    }
    arguments.extend(match feature {
        Feature::ClientCertificate => words(&[
            "--x509certfile",
            &certificate("client"),
            "--x509keyfile",
            &key("client"),
        ]),
        Feature::Alpn => gnutls_alpn(),
        Feature::Resumption => words(&["--resume"]),
        _ => Vec::new(),
    });
    arguments.push("127.0.0.1".to_owned());
    arguments
}

fn gnutls_server(feature: Feature, port: u16) -> Vec<String> {
    let mut arguments = words(&["--udp", "--echo", "--port", &port.to_string()]);
    if feature == Feature::PreSharedKey {
        let keys = workspace::path("tests/godot/fixtures/psk.txt").display().to_string();
        arguments.extend(words(&["--pskpasswd", &keys, "--priority", PSK_PRIORITY]));
    } else {
        arguments.extend(words(&[
            "--x509keyfile",
            &key("rsa"),
            "--x509certfile",
            &certificate("rsa"),
        ]));
    }
    arguments.extend(match feature {
        Feature::ClientCertificate => gnutls_verify("client_ca"),
        Feature::Mtu => gnutls_verify("rsa4096_ca"),
        _ => words(&["--disable-client-cert"]),
    });
    arguments.extend(match feature {
        Feature::Alpn => gnutls_alpn(),
        Feature::ServerName => words(&[
            "--x509keyfile",
            &key("second"),
            "--x509certfile",
            &certificate("second"),
        ]),
        _ => Vec::new(),
    });
    arguments
}

fn gnutls_alpn() -> Vec<String> {
    ALPN_OF_PEER
        .split(',')
        .flat_map(|name| words(&["--alpn", name]))
        .collect()
}

fn gnutls_verify(authority: &str) -> Vec<String> {
    let authority = certificate(authority);
    words(&[
        "--require-client-cert",
        "--verify-client-cert",
        "--x509cafile",
        &authority,
    ])
}

fn authority_of_our_server(feature: Feature) -> &'static str {
    match feature {
        Feature::Mtu => "rsa4096_ca",
        _ => "ca",
    }
}

/// Where `s_client` keeps a session.
fn session_file() -> String {
    workspace::path(FOLDER).join("session.pem").display().to_string()
}

fn words(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|&argument| argument.to_owned()).collect()
}
