//! The properties that choose how DTLS is spoken.

use std::fmt::Debug;
use std::time::Duration;

use godot::global::Error;
use godot::prelude::*;

use super::{TLSOptions, change};
use crate::core::Caps;
use crate::core::settings::{
    AlpnProtocols, CipherList, Groups, Mtu, SecurityLevel, SettingError, Settings, SharedSecret, handshake_timeout,
    idle_timeout, retransmit_timeout,
};
use crate::godot::class_enum::{EnumArgument, register_property};
use crate::godot::key_log;
use crate::godot::options::Role;
use crate::godot::refusal::Refusal;
use crate::godot::server_role::ServerRole;
use crate::godot::version::Version;

#[godot_api(secondary)]
impl TLSOptions {
    /// See [method set_session_resumption].
    #[func]
    fn get_session_resumption(&self) -> bool {
        self.options.settings.resumption
    }

    /// Whether a client that comes back resumes its session (by ticket, RFC 5077), which costs one round trip fewer and
    /// no signatures. Both sides have to have it on, as they have by default. Servers change the keys of their tickets
    /// every hour. [method PacketPeerDTLSOpenSSL.is_session_resumed] tells whether it was done. With pre-shared keys it
    /// never is, so that a key that was taken away does not live on.
    #[func]
    fn set_session_resumption(&mut self, enabled: bool) -> Error {
        self.set(&enabled, "session_resumption", |settings| {
            settings.resumption = enabled;
            Ok(())
        })
    }

    /// See [method set_mtu].
    #[func]
    fn get_mtu(&self) -> i64 {
        i64::from(self.options.settings.mtu.get())
    }

    /// The largest datagram that the handshake sends, in bytes of UDP payload: 256 to 4096, by default what the project
    /// setting [code]openssl_dtls/default_mtu[/code] says: 1200, which nearly every network carries. [method
    /// PacketPeerDTLSOpenSSL.get_max_packet_size] follows from it. When two flights in a row are lost, the handshake
    /// goes on with 512.
    #[func]
    fn set_mtu(&mut self, bytes: i64) -> Error {
        self.set(&bytes, "mtu", |settings| {
            settings.mtu = Mtu::new(bytes)?;
            Ok(())
        })
    }

    /// See [method set_strict_mtu].
    #[func]
    fn get_strict_mtu(&self) -> bool {
        self.options.settings.strict_mtu
    }

    /// Whether [method PacketPeer.put_packet] refuses packets larger than
    /// [method PacketPeerDTLSOpenSSL.get_max_packet_size] with [constant ERR_INVALID_PARAMETER]. By default they are
    /// sent, up to 16384 bytes: IP cuts them apart, and some networks lose the pieces.
    #[func]
    fn set_strict_mtu(&mut self, enabled: bool) -> Error {
        self.set(&enabled, "strict_mtu", |settings| {
            settings.strict_mtu = enabled;
            Ok(())
        })
    }

    /// See [method set_min_version].
    #[func]
    fn get_min_version(&self) -> Version {
        self.options.settings.min_version.into()
    }

    /// The oldest version of the protocol to speak. [constant VERSION_ANY], the default, is all that are safe: DTLS 1.2
    /// and newer.
    #[func]
    fn set_min_version(&mut self, version: EnumArgument<Version>) -> Error {
        change("min_version", || {
            self.options.settings.min_version = read_version(&version)?.limit();
            Ok(())
        })
    }

    /// See [method set_max_version].
    #[func]
    fn get_max_version(&self) -> Version {
        self.options.settings.max_version.into()
    }

    /// The newest version of the protocol to speak. [constant VERSION_ANY], the default, has no limit.
    #[func]
    fn set_max_version(&mut self, version: EnumArgument<Version>) -> Error {
        change("max_version", || {
            self.options.settings.max_version = read_version(&version)?.limit();
            Ok(())
        })
    }

    /// See [method set_cipher_list].
    #[func]
    fn get_cipher_list(&self) -> GString {
        let list = self.options.settings.cipher_list.as_ref();
        list.map(|list| list.as_str().into()).unwrap_or_default()
    }

    /// The cipher suites that may be used, in OpenSSL's syntax, such as [code]ECDHE+CHACHA20:ECDHE+AESGCM[/code]. Only
    /// those with ECDHE and AES-GCM or ChaCha20-Poly1305 can be. Empty, the default, allows all of these. With
    /// pre-shared keys only [code]ECDHE-PSK-CHACHA20-POLY1305[/code] is used, and has to be in the list.
    #[func]
    fn set_cipher_list(&mut self, list: GString) -> Error {
        self.set(&list, "cipher_list", |settings| {
            settings.cipher_list = match list.is_empty() {
                true => None,
                false => Some(CipherList::new(&list.to_string())?),
            };
            Ok(())
        })
    }

    /// See [method set_groups].
    #[func]
    fn get_groups(&self) -> GString {
        self.options.settings.groups.as_str().into()
    }

    /// The groups that keys may be exchanged in, the preferred one first. By default
    /// [code]X25519:P-256:P-384:P-521[/code]. The curve of an EC certificate has to be among them, on both sides.
    #[func]
    fn set_groups(&mut self, list: GString) -> Error {
        self.set(&list, "groups", |settings| {
            settings.groups = Groups::new(&list.to_string())?;
            Ok(())
        })
    }

    /// See [method set_security_level].
    #[func]
    fn get_security_level(&self) -> i64 {
        i64::from(self.options.settings.security_level.get())
    }

    /// OpenSSL's security level, 0 to 5, by default 2: keys and signatures with 112 bits of security, such as RSA of
    /// 2048 bits and SHA-256. 1 takes older certificates, 3 asks for RSA of 3072 bits.
    #[func]
    fn set_security_level(&mut self, level: i64) -> Error {
        self.set(&level, "security_level", |settings| {
            settings.security_level = SecurityLevel::new(level)?;
            Ok(())
        })
    }

    /// See [method set_handshake_timeout_ms].
    #[func]
    fn get_handshake_timeout_ms(&self) -> i64 {
        milliseconds(self.options.settings.handshake_timeout)
    }

    /// How many milliseconds a handshake may take, 100 to 600000, by default 20000. Then the connection fails with
    /// [constant PacketPeerDTLSOpenSSL.FAILURE_HANDSHAKE_TIMEOUT], or with [constant
    /// PacketPeerDTLSOpenSSL.FAILURE_PSK_REJECTED] if both sides share a key and it came as far as to use it.
    #[func]
    fn set_handshake_timeout_ms(&mut self, timeout: i64) -> Error {
        self.set(&timeout, "handshake_timeout_ms", |settings| {
            settings.handshake_timeout = handshake_timeout(timeout)?;
            Ok(())
        })
    }

    /// See [method set_retransmit_timeout_ms].
    #[func]
    fn get_retransmit_timeout_ms(&self) -> i64 {
        milliseconds(self.options.settings.retransmit_timeout)
    }

    /// After how many milliseconds without an answer the handshake sends again, 50 to 60000, by default 1000. The time
    /// doubles with each further loss, up to a fifth of [member handshake_timeout_ms] and 60 seconds at most. On a
    /// network that is known to be fast, 200 makes up for losses sooner.
    #[func]
    fn set_retransmit_timeout_ms(&mut self, timeout: i64) -> Error {
        self.set(&timeout, "retransmit_timeout_ms", |settings| {
            settings.retransmit_timeout = retransmit_timeout(timeout)?;
            Ok(())
        })
    }

    /// See [method set_idle_timeout_ms].
    #[func]
    fn get_idle_timeout_ms(&self) -> i64 {
        self.options.settings.idle_timeout.map(milliseconds).unwrap_or(0)
    }

    /// After how many milliseconds without a packet of the other side a connection fails with
    /// [constant PacketPeerDTLSOpenSSL.FAILURE_IDLE_TIMEOUT]: 1000 to 86400000, or 0, the default, for never. Where
    /// either side can have nothing to say for so long, let it send something from time to time.
    #[func]
    fn set_idle_timeout_ms(&mut self, timeout: i64) -> Error {
        self.set(&timeout, "idle_timeout_ms", |settings| {
            settings.idle_timeout = idle_timeout(timeout)?;
            Ok(())
        })
    }

    /// See [method set_alpn_protocols].
    #[func]
    fn get_alpn_protocols(&self) -> PackedStringArray {
        let names = self.options.settings.alpn.names();
        names
            .map(|name| GString::from(&*String::from_utf8_lossy(name)))
            .collect()
    }

    /// The application protocols that this side speaks (ALPN, RFC 7301), the preferred one first, each of 1 to 255
    /// bytes, and some 1000 bytes together. A game can tell its versions apart by them: [method
    /// PacketPeerDTLSOpenSSL.get_alpn_protocol] is what the server has chosen, and without one in common the connection
    /// fails with [constant PacketPeerDTLSOpenSSL.FAILURE_PROTOCOL_VERSION]. Empty, the default, leaves it to the game.
    #[func]
    fn set_alpn_protocols(&mut self, protocols: PackedStringArray) -> Error {
        self.set(&format_args!("{protocols}"), "alpn_protocols", |settings| {
            let names: Vec<String> = protocols.as_slice().iter().map(GString::to_string).collect();
            settings.alpn = AlpnProtocols::new(names.iter().map(String::as_bytes))?;
            Ok(())
        })
    }

    /// See [method set_key_log_path].
    #[func]
    fn get_key_log_path(&self) -> GString {
        self.key_log_path.clone()
    }

    /// A file that the secrets of all connections are appended to, with which Wireshark can decrypt what it has
    /// recorded. Either in [code]user://[/code] or an absolute path. Empty, the default, keeps them secret, as players
    /// expect.
    #[func]
    fn set_key_log_path(&mut self, path: GString) -> Error {
        change("key_log_path", || {
            self.options.settings.key_log = match path.is_empty() {
                true => None,
                false => Some(key_log::open(&path).map_err(|error| Refusal::value(&path, error))?),
            };
            self.key_log_path = path;
            Ok(())
        })
    }

    /// See [method set_ticket_key].
    #[func]
    fn get_ticket_key(&self) -> PackedByteArray {
        let server = self.server_role();
        secret_bytes(server.and_then(|role| role.ticket_key.as_ref()))
    }

    /// Protects the tickets that clients resume their sessions with: 32 to 255 random bytes. A server's alone.
    ///
    /// Where several servers share an address, give all of them the same, and a client can resume with any of them. To
    /// change it, call [method DTLSServerOpenSSL.setup] with the new one on all servers: tickets made with the one
    /// before are taken until the next change. Whoever has the key can read recorded connections, so change it every
    /// day and do not store it. Empty, the default: each server makes its own, and a new one every hour.
    #[func]
    fn set_ticket_key(&mut self, key: PackedByteArray) -> Error {
        change("ticket_key", || {
            self.server_role_mut()?.ticket_key = read_secret(&key)?;
            Ok(())
        })
    }

    /// See [method set_cookie_secret].
    #[func]
    fn get_cookie_secret(&self) -> PackedByteArray {
        let server = self.server_role();
        secret_bytes(server.and_then(|role| role.cookie_secret.as_ref()))
    }

    /// Makes the cookies that clients prove their address with: 32 to 255 random bytes. A server's alone.
    ///
    /// Where several servers share an address, give all of them the same, and each can take a client whose first packet
    /// went to another. To change it, call [method DTLSServerOpenSSL.setup] with the new one on all servers: the one
    /// before is taken until the next change. A cookie is good for as long as its secret, also for whoever has the
    /// address next, so change it every hour or so. Empty, the default: each server makes its own, and a new one every
    /// minute.
    #[func]
    fn set_cookie_secret(&mut self, secret: PackedByteArray) -> Error {
        change("cookie_secret", || {
            self.server_role_mut()?.cookie_secret = read_secret(&secret)?;
            Ok(())
        })
    }

    /// See [method set_max_half_open].
    #[func]
    fn get_max_half_open(&self) -> i64 {
        cap(self.server_role(), |caps| caps.half_open)
    }

    /// How many clients may be in the handshake at a time: 1 to 65536, by default 1024. A server's alone.
    ///
    /// Whoever comes when there are as many is not answered. The connection that has waited the longest for its client
    /// is given up for the next one, with [constant PacketPeerDTLSOpenSSL.FAILURE_REFUSED].
    #[func]
    fn set_max_half_open(&mut self, clients: i64) -> Error {
        change("max_half_open", || {
            self.server_role_mut()?.caps.half_open = read_cap(clients)?;
            Ok(())
        })
    }

    /// See [method set_max_half_open_per_address].
    #[func]
    fn get_max_half_open_per_address(&self) -> i64 {
        cap(self.server_role(), |caps| caps.half_open_per_address)
    }

    /// How many clients of one IP address may be in the handshake at a time: 1 to 65536, by default 256. Counts only
    /// while the server has half of [member max_half_open]: behind one address there can be many players. A server's
    /// alone.
    #[func]
    fn set_max_half_open_per_address(&mut self, clients: i64) -> Error {
        change("max_half_open_per_address", || {
            self.server_role_mut()?.caps.half_open_per_address = read_cap(clients)?;
            Ok(())
        })
    }
}

impl TLSOptions {
    /// Runs a setter. A `value` that cannot be is told in one line, and the old one stays.
    fn set(
        &mut self,
        value: &dyn Debug,
        property: &str,
        apply: impl FnOnce(&mut Settings) -> Result<(), SettingError>,
    ) -> Error {
        let settings = &mut self.options.settings;
        change(property, || {
            apply(settings).map_err(|error| Refusal::value(value, error))
        })
    }

    fn server_role(&self) -> Option<&ServerRole> {
        match &self.options.role {
            Role::Server(role) => Some(role),
            Role::Client(_) => None,
        }
    }

    pub(super) fn server_role_mut(&mut self) -> Result<&mut ServerRole, Refusal> {
        match &mut self.options.role {
            Role::Server(role) => Ok(role),
            Role::Client(_) => Err(Refusal::parameter(
                "this is a server's, and these are a client's options",
            )),
        }
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn read_version(version: &EnumArgument<Version>) -> Result<Version, Refusal> {
    version
        .value()
        .map_err(|number| Refusal::value(&number, "VERSION_ANY and VERSION_DTLS_1_2 are possible"))
}

/// Empty: none. The line about a wrong one does not give it away.
fn read_secret(bytes: &PackedByteArray) -> Result<Option<SharedSecret>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let refuse = |error| Refusal::value(&format_args!("{} bytes", bytes.len()), error);
    SharedSecret::new(bytes.as_slice()).map(Some).map_err(refuse)
}

fn read_cap(clients: i64) -> Result<usize, Refusal> {
    Caps::limit(clients).map_err(|error| Refusal::value(&clients, error))
}

/// A client's options have no caps: they read as the default.
fn cap(server: Option<&ServerRole>, which: impl Fn(&Caps) -> usize) -> i64 {
    let caps = server.map_or_else(Caps::default, |role| role.caps);
    i64::try_from(which(&caps)).unwrap_or(i64::MAX)
}

fn secret_bytes(secret: Option<&SharedSecret>) -> PackedByteArray {
    secret.map(|secret| secret.bytes().into()).unwrap_or_default()
}

pub(super) fn register_properties() {
    register_property::<TLSOptions, bool>("session_resumption");
    register_property::<TLSOptions, i64>("mtu");
    register_property::<TLSOptions, bool>("strict_mtu");
    register_property::<TLSOptions, EnumArgument<Version>>("min_version");
    register_property::<TLSOptions, EnumArgument<Version>>("max_version");
    register_property::<TLSOptions, GString>("cipher_list");
    register_property::<TLSOptions, GString>("groups");
    register_property::<TLSOptions, i64>("security_level");
    register_property::<TLSOptions, i64>("handshake_timeout_ms");
    register_property::<TLSOptions, i64>("retransmit_timeout_ms");
    register_property::<TLSOptions, i64>("idle_timeout_ms");
    register_property::<TLSOptions, PackedStringArray>("alpn_protocols");
    register_property::<TLSOptions, GString>("key_log_path");
    register_property::<TLSOptions, PackedByteArray>("ticket_key");
    register_property::<TLSOptions, PackedByteArray>("cookie_secret");
    register_property::<TLSOptions, i64>("max_half_open");
    register_property::<TLSOptions, i64>("max_half_open_per_address");
}
