//! What the two sides do together beyond shaking hands.

use super::peer::Role;
use crate::workspace;

/// Hosts for which the fixtures have certificates.
pub(super) const HOST: &str = "server.test";
pub(super) const SECOND_HOST: &str = "second.test";
pub(super) const PSK_IDENTITY: &str = "player";
pub(super) const PSK_KEY: &str = "000102030405060708090a0b0c0d0e0f";
/// The peer's second choice is ours.
pub(super) const ALPN_OF_PEER: &str = "go/1,chess/1";
/// The default of the options, in bytes.
pub(super) const MTU: usize = 1200;
/// So many bytes has the flight with the chain of 7 KB at least.
pub(super) const LARGE_FLIGHT: usize = 7000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    /// The client verifies the server's certificate and name.
    Verification,
    /// And the server the client's.
    ClientCertificate,
    PreSharedKey,
    Alpn,
    /// The client asks for another host than the server's own (SNI).
    ServerName,
    Resumption,
    /// Our side shows a chain of 7 KB with keys of 4096 bits, in datagrams that fit the MTU.
    Mtu,
    /// Our side has a socket of its own: `listen()`, `connect_to_host()`.
    OwnSocket,
    /// The client is killed, and started again on the same port.
    Restart,
}

impl Feature {
    pub(super) const ALL: [Feature; 9] = [
        Feature::Verification,
        Feature::ClientCertificate,
        Feature::PreSharedKey,
        Feature::Alpn,
        Feature::ServerName,
        Feature::Resumption,
        Feature::Mtu,
        Feature::OwnSocket,
        Feature::Restart,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Feature::Verification => "verification",
            Feature::ClientCertificate => "client_certificate",
            Feature::PreSharedKey => "psk",
            Feature::Alpn => "alpn",
            Feature::ServerName => "server_name",
            Feature::Resumption => "resumption",
            Feature::Mtu => "mtu",
            Feature::OwnSocket => "own_socket",
            Feature::Restart => "restart",
        }
    }

    /// The host that the client wants.
    pub(super) fn host(self) -> &'static str {
        match self {
            Feature::ServerName => SECOND_HOST,
            _ => HOST,
        }
    }

    /// How many connections our client makes.
    pub(super) fn connections(self) -> usize {
        match self {
            Feature::Resumption => 2,
            _ => 1,
        }
    }

    /// See `options.gd`.
    pub(super) fn arguments_of_our_server(self) -> Vec<String> {
        let mut arguments = match self {
            Feature::PreSharedKey => vec![format!("psk={PSK_IDENTITY}:{PSK_KEY}")],
            Feature::Mtu => own("rsa4096", "rsa4096_chain"),
            _ => own("rsa", "rsa"),
        };
        match self {
            Feature::ClientCertificate => arguments.push(format!("ca={}", certificate("client_ca"))),
            Feature::Alpn => arguments.push("alpn=chess/2,chess/1".to_owned()),
            Feature::ServerName => arguments.extend([
                format!("host={SECOND_HOST}"),
                format!("host_key={}", key("second")),
                format!("host_cert={}", certificate("second")),
            ]),
            Feature::OwnSocket => arguments.push("listen".to_owned()),
            _ => {}
        }
        arguments
    }

    /// See `options.gd`.
    pub(super) fn arguments_of_our_client(self) -> Vec<String> {
        let mut arguments = vec![format!("name={}", self.host()), format!("times={}", self.connections())];
        match self {
            Feature::PreSharedKey => arguments.push(format!("psk={PSK_IDENTITY}:{PSK_KEY}")),
            _ => arguments.push(format!("ca={}", certificate("ca"))),
        }
        match self {
            Feature::ClientCertificate => arguments.extend(own("client", "client")),
            Feature::Mtu => arguments.extend(own("rsa4096", "rsa4096_chain")),
            Feature::Alpn => arguments.push("alpn=chess/2,chess/1".to_owned()),
            Feature::OwnSocket => arguments.push("own_socket=yes".to_owned()),
            _ => {}
        }
        arguments
    }

    /// What our side has to tell about the connection; the peer has the role `peer`.
    pub(super) fn facts(self, peer: Role) -> Vec<&'static str> {
        let mut facts = vec!["DTLSv1.2"];
        match (self, peer) {
            (Feature::ClientCertificate, Role::Client) => facts.push("peer=CN=player"),
            (Feature::PreSharedKey, _) => facts.push("TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
            (Feature::Alpn, _) => facts.push("alpn=chess/1"),
            (Feature::ServerName, Role::Server) => facts.push("peer=CN=second.test"),
            (Feature::Resumption, _) => facts.push("resumed=true"),
            _ => facts.push("resumed=false"),
        }
        facts
    }
}

fn own(key_name: &str, certificate_name: &str) -> Vec<String> {
    vec![
        format!("key={}", key(key_name)),
        format!("cert={}", certificate(certificate_name)),
    ]
}

/// The path of a private key of the fixtures.
pub(super) fn key(name: &str) -> String {
    fixture(name, "key")
}

/// The path of a certificate or chain of the fixtures.
pub(super) fn certificate(name: &str) -> String {
    fixture(name, "crt")
}

fn fixture(name: &str, extension: &str) -> String {
    let file = workspace::path(&format!("tests/godot/fixtures/{name}.{extension}"));
    file.display().to_string()
}
