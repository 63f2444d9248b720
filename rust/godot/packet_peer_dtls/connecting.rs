//! Connections of clients that need no `PacketPeerUDP`.

use std::time::Instant;

use godot::global::Error;
use godot::prelude::*;

use super::PacketPeerDTLS;
use crate::godot::argument::Argument;
use crate::godot::client_connection::ClientConnection;
use crate::godot::client_role::{ClientSetup, Hostname};
use crate::godot::link::Link;
use crate::godot::options::Options;
use crate::godot::refusal::Refusal;

#[godot_api(secondary)]
impl PacketPeerDTLS {
    /// Begins to connect to the DTLS server at `port` of `host`, a name or an IP address, on a socket of its own.
    ///
    /// The name is looked up while the game goes on. If it has several addresses, those are tried in turn until one
    /// answers. The server's certificate has to be valid for `hostname`, or for `host` if that is empty. Without
    /// `client_options` ([TLSOptions] or [TLSOptionsOpenSSL]) the certificates that the system trusts are trusted.
    ///
    /// Returns [constant OK] when it has begun; [method poll] does the rest, and tells with
    /// [constant FAILURE_CANT_RESOLVE] that there is no such name. [constant ERR_INVALID_PARAMETER]: see the log.
    /// [constant ERR_ALREADY_IN_USE]: this peer is connecting or connected. [constant ERR_UNCONFIGURED]: no trusted
    /// certificates were found on this system.
    #[func(gd_self)]
    fn connect_to_host(
        this: Gd<Self>,
        host: GString,
        port: i64,
        #[opt(default = "")] hostname: GString,
        #[opt(default = &Argument::NULL)] client_options: Argument<RefCounted>,
    ) -> Error {
        let outcome = Self::change(this, |peer| {
            match peer.try_connect_to_host(&host, port, &hostname, client_options.object()) {
                Ok(()) => Error::OK,
                Err(refusal) => refusal.report("PacketPeerDTLSOpenSSL.connect_to_host()"),
            }
        });
        outcome.unwrap_or(Error::FAILED)
    }
}

impl PacketPeerDTLS {
    fn try_connect_to_host(
        &mut self,
        host: &GString,
        port: i64,
        hostname: &GString,
        client_options: Option<Gd<Object>>,
    ) -> Result<(), Refusal> {
        self.check_unused()?;
        if host.is_empty() {
            return Err(Refusal::argument("host", "empty: give a name or an IP address"));
        }
        let port = u16::try_from(port)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| Refusal::value(&port, "1 to 65535 are possible").within("port"))?;
        let options = client_options
            .map(|options| Options::read(options, "client_options"))
            .transpose()?;
        let host = host.to_string();
        let name = if hostname.is_empty() {
            host.clone()
        } else {
            hostname.to_string()
        };
        let setup = ClientSetup::new(Hostname::Name(name), options)?;
        let connection = ClientConnection::new(&host, port, setup, Instant::now())
            .map_err(|error| Refusal::argument("hostname", error))?;
        self.begin(Link::Own(Box::new(connection)));
        Ok(())
    }
}
