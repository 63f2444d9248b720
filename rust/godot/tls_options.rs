//! The class `TLSOptionsOpenSSL`.
//!
//! Its static methods are here. What can be changed afterwards lies in [`settings`] and [`authentication`].

use godot::classes::{CryptoKey, X509Certificate};
use godot::global::Error;
use godot::prelude::*;

use super::argument::Argument;
use super::client_role::{ClientRole, Trusted, Verification};
use super::credentials::{Certificates, Credentials, Key};
use super::guard::guard;
use super::options::{Options, Role};
use super::psk_keys::PskKeys;
use super::refusal::{self, Refusal};
use super::server_role::{Proof, ServerRole};
use crate::core::{ClientPsk, ConfigError, Fingerprint, Identity, PskIdentity, PskKey};

mod authentication;
mod settings;

/// How a [DTLSServerOpenSSL] shows who it is, or how a [PacketPeerDTLSOpenSSL] verifies whom it connects to, and how
/// both of them speak.
///
/// The engine's own [TLSOptions] can be used everywhere in place of this class. This one can do more: it keeps
/// certificate chains whole ([method server_from_pem]), knows servers by their fingerprint ([method client_pinned]) or
/// by a shared key ([method client_psk]), makes certificates ([method server_self_signed]), and has the properties
/// below.
///
/// Options are made by the static methods. They are read when [method DTLSServerOpenSSL.setup],
/// [method PacketPeerDTLSOpenSSL.connect_to_host] or [method PacketPeerDTLSOpenSSL.connect_to_peer] is called: what is
/// changed after that counts from the next call on. A value that cannot be used is refused with a line in the log, and
/// the property keeps the one it had; the setter methods also return an [enum Error].
///
/// ```gdscript
/// var pem := FileAccess.get_file_as_string("res://server.pem") # The private key and the certificate chain.
/// var server_options := TLSOptionsOpenSSL.server_from_pem(pem, pem)
/// server_options.handshake_timeout_ms = 5000
///
/// var authority := FileAccess.get_file_as_string("res://authority.crt")
/// var client_options := TLSOptionsOpenSSL.client_from_pem(authority)
/// ```
///
/// ```csharp
/// using Godot;
/// using TlsOptions = OpenSslDtls.TlsOptions;
///
/// var pem = FileAccess.GetFileAsString("res://server.pem"); // The private key and the certificate chain.
/// var serverOptions = TlsOptions.ServerFromPem(pem, pem);
/// serverOptions.HandshakeTimeoutMs = 5000;
///
/// var authority = FileAccess.GetFileAsString("res://authority.crt");
/// var clientOptions = TlsOptions.ClientFromPem(authority);
/// ```
///
/// A player's own computer can be the server. Nobody has to sign its certificate: the fingerprint, which a lobby can
/// tell the other players, is enough for them to know it by.
///
/// ```gdscript
/// var host_options := TLSOptionsOpenSSL.server_self_signed("lobby")
/// var fingerprint := host_options.get_fingerprint_sha256()
///
/// var guest_options := TLSOptionsOpenSSL.client_pinned([fingerprint])
/// ```
///
/// ```csharp
/// var hostOptions = TlsOptions.ServerSelfSigned("lobby");
/// var fingerprint = hostOptions.GetFingerprintSha256();
///
/// var guestOptions = TlsOptions.ClientPinned(new[] { fingerprint });
/// ```
#[derive(GodotClass)]
#[class(no_init, tool, base = RefCounted, rename = TLSOptionsOpenSSL)]
pub(super) struct TLSOptions {
    options: Options,
    /// Where `options.settings.key_log` writes.
    key_log_path: GString,
}

impl TLSOptions {
    fn client_by(verification: Verification) -> Gd<Self> {
        Self::of(Role::Client(ClientRole::new(verification)))
    }

    fn server_with(own: Credentials) -> Gd<Self> {
        Self::of(Role::Server(ServerRole::with_certificate(own)))
    }

    fn of(role: Role) -> Gd<Self> {
        Gd::from_object(TLSOptions {
            options: Options::new(role),
            key_log_path: GString::new(),
        })
    }

    /// What the options ask for.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// The own private key and certificate that are read when they are needed, or were made here.
    fn credentials(&self) -> Option<Credentials> {
        match &self.options.role {
            Role::Client(role) => role.identity.clone().map(|identity| Credentials::Known(Ok(identity))),
            Role::Server(role) => match &role.proof {
                Proof::Certificates(proof) => Some(proof.own.clone()),
                Proof::PreSharedKeys(_) => None,
            },
        }
    }
}

/// What a static method was given: the value, or a line in the log and options that nobody takes.
fn parse<T>(method: &str, read: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    let defect = Err(Refusal::new(Error::FAILED, "a defect of this library"));
    guard(read).unwrap_or(defect).inspect_err(|refusal| {
        refusal.report(&format!("TLSOptionsOpenSSL.{method}()"));
    })
}

#[godot_api]
impl TLSOptions {
    /// Options of a client that verifies the server's certificate and name.
    ///
    /// `trusted_chain` holds the certificates to trust. Without it those of the project setting
    /// [code]network/tls/certificate_bundle_override[/code] are trusted, or else the system's. `common_name_override`
    /// is looked for in the server's certificate, and sent to the server, in place of the hostname given to [method
    /// PacketPeerDTLSOpenSSL.connect_to_host] or [method PacketPeerDTLSOpenSSL.connect_to_peer].
    #[func]
    fn client(
        #[opt(default = &Argument::NULL)] trusted_chain: Argument<X509Certificate>,
        #[opt(default = "")] common_name_override: GString,
    ) -> Gd<Self> {
        Self::client_by(Verification::Full {
            trusted: read_trusted(trusted_chain),
            common_name: common_name_override,
        })
    }

    /// Options of a client that does not verify the server's name, nor, without `trusted_chain`, anything at all.
    ///
    /// Whoever is on the network between client and server can then read and change everything. For tests only: to
    /// connect to a server without an authority's certificate, use [method client_pinned] or [method client_psk].
    #[func]
    fn client_unsafe(#[opt(default = &Argument::NULL)] trusted_chain: Argument<X509Certificate>) -> Gd<Self> {
        Self::client_by(Verification::Unsafe {
            trusted: read_trusted(trusted_chain),
        })
    }

    /// Options of a server with this private key and certificate.
    ///
    /// Where `certificate` holds a chain it has to be a resource loaded from a file, or only its first certificate is
    /// sent: see [method server_from_pem].
    ///
    /// To make a key and a certificate use [method server_self_signed]: OpenSSL cannot read one in 512 certificates of
    /// [method Crypto.generate_self_signed_certificate], whose serial number begins with a superfluous zero.
    #[func]
    fn server(key: Argument<CryptoKey>, certificate: Argument<X509Certificate>) -> Gd<Self> {
        Self::server_with(Credentials::Given {
            key: key.cast().map(Key::Resource),
            certificate: certificate.cast().map(Certificates::Resource),
        })
    }

    /// Options of a server with the private key and the certificates in these PEM texts.
    ///
    /// `chain_pem` holds the server's own certificate first, then the intermediate certificates. `passphrase` opens an
    /// encrypted key. Keys can be RSA of 2048 bits or more, or EC on P-256, P-384 or P-521.
    #[func]
    fn server_from_pem(key_pem: GString, chain_pem: GString, #[opt(default = "")] passphrase: GString) -> Gd<Self> {
        Self::server_with(Credentials::Given {
            key: Some(Key::Pem {
                text: key_pem,
                passphrase,
            }),
            certificate: Some(Certificates::Pem(chain_pem)),
        })
    }

    /// Options of a client that verifies the server's certificate and name, and trusts the certificates in this PEM
    /// text only.
    ///
    /// `common_name_override` is as in [method client].
    #[func]
    fn client_from_pem(ca_pem: GString, #[opt(default = "")] common_name_override: GString) -> Gd<Self> {
        Self::client_by(Verification::Full {
            trusted: guard(|| Trusted::read(Certificates::Pem(ca_pem))),
            common_name: common_name_override,
        })
    }

    /// Options of a client that knows the server by its certificate: the connection succeeds if the SHA-256 of that is
    /// one of `fingerprints`, each of 64 hexadecimal digits, with or without colons.
    ///
    /// No authority is needed, and neither the certificate's names nor its dates matter. The server gets its
    /// fingerprint from [method get_fingerprint_sha256]; everyone else has to be told it over a way that can be
    /// trusted, such as the server of a lobby. During a change of certificates, give both fingerprints.
    #[func]
    fn client_pinned(fingerprints: PackedStringArray) -> Gd<Self> {
        let pins = parse("client_pinned", || read_fingerprints(&fingerprints));
        Self::client_by(Verification::Pinned(pins))
    }

    /// Options of a client that shares a key with the server, in place of certificates.
    ///
    /// `identity`, 1 to 128 bytes of UTF-8, tells the server which key it is, and is sent in plain text. `key` has 16
    /// to 256 bytes, from [method Crypto.generate_random_bytes] for example; a password will not do, because whoever
    /// has seen one handshake can try passwords as fast as their computer allows.
    #[func]
    fn client_psk(identity: GString, key: PackedByteArray) -> Gd<Self> {
        let psk = parse("client_psk", || {
            Ok(ClientPsk {
                identity: PskIdentity::new(&identity.to_string())
                    .map_err(|error| Refusal::argument("identity", error))?,
                key: PskKey::new(key.as_slice()).map_err(|error| Refusal::argument("key", error))?,
            })
        });
        Self::client_by(Verification::PreSharedKey(psk))
    }

    /// Options of a server that shares a key with each client, in place of certificates.
    ///
    /// `keys` is either a [Dictionary] of identities ([String]) and keys ([PackedByteArray] of 16 to 256 bytes), which
    /// is read at once, or a [Callable] that takes an identity and returns its key, or an empty array if nobody has
    /// that identity. It is called within [method PacketPeerDTLSOpenSSL.poll], with [method DTLSServerOpenSSL.listen]
    /// within [method DTLSServerOpenSSL.poll] and also for clients that nobody has taken yet; once for each connection.
    /// It may do anything with server and peers. If it returns something else, as a function does that fails, that
    /// client alone is refused; but where its return type is declared to be [PackedByteArray], the engine lets it
    /// return an empty one when it fails.
    ///
    /// A client with an unknown identity is treated like one with a wrong key: it cannot find out which identities
    /// exist.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.server_psk(func(identity: String) -> PackedByteArray:
    ///     return session_keys.get(identity, PackedByteArray()))
    /// ```
    #[func]
    fn server_psk(keys: Variant) -> Gd<Self> {
        let keys = parse("server_psk", || PskKeys::read(&keys));
        Self::of(Role::Server(ServerRole::new(Proof::PreSharedKeys(keys))))
    }

    /// Options of a server with a new private key, on P-256, and a certificate signed with that same key, which is
    /// valid for `days` (1 to 36500) from now.
    ///
    /// `common_name` (1 to 64 bytes) is whom the certificate is about. `alt_names` are the host names and IP addresses
    /// of the server; without any, `common_name` is one. Clients connect with [method client_pinned] and [method
    /// get_fingerprint_sha256], or trust [method get_certificate_pem]. To have the same fingerprint the next time, keep
    /// [method get_key_pem] and [method get_certificate_pem], and give them to [method server_from_pem].
    #[func]
    fn server_self_signed(
        common_name: GString,
        #[opt(default = &PackedStringArray::new())] alt_names: PackedStringArray,
        #[opt(default = 30)] days: i64,
    ) -> Gd<Self> {
        let identity = parse("server_self_signed", || {
            let names: Vec<String> = alt_names.as_slice().iter().map(GString::to_string).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Identity::self_signed(&common_name.to_string(), &names, days).map_err(|error| match error {
                ConfigError::DaysOutOfRange(_) => Refusal::argument("days", error),
                _ => Refusal::argument("common_name, alt_names", error),
            })
        });
        Self::server_with(Credentials::Known(identity))
    }

    /// Why the last call of this thread that was refused was refused: the line that it has written to the log. Empty if
    /// none was since this was asked before.
    ///
    /// It counts for every method and property of this class, [DTLSServerOpenSSL] and [PacketPeerDTLSOpenSSL]. The
    /// static methods here return options even if they cannot use what they are given, a fingerprint that a player has
    /// typed in for example, and this is how to tell.
    #[func]
    fn take_refusal() -> GString {
        refusal::take_last().as_str().into()
    }

    /// True if these are a server's options.
    #[func]
    fn is_server(&self) -> bool {
        matches!(self.options.role, Role::Server(_))
    }

    /// True if these are options of [method client_unsafe].
    #[func]
    fn is_unsafe_client(&self) -> bool {
        matches!(&self.options.role, Role::Client(role) if matches!(role.verification, Verification::Unsafe { .. }))
    }

    /// The name that a client expects in place of the hostname. Empty: none.
    #[func]
    fn get_common_name_override(&self) -> GString {
        match &self.options.role {
            Role::Client(role) => role.common_name().cloned().unwrap_or_default(),
            Role::Server(_) => GString::new(),
        }
    }

    /// The certificates that a client trusts. Null: those of the system, or the server is not verified by a chain.
    #[func]
    fn get_trusted_ca_chain(&self) -> Option<Gd<X509Certificate>> {
        let Role::Client(role) = &self.options.role else {
            return None;
        };
        match &role.verification {
            Verification::Full { trusted, .. } | Verification::Unsafe { trusted } => {
                guard(|| trusted.as_ref()?.source().resource()).flatten()
            }
            Verification::Pinned(_) | Verification::PreSharedKey(_) => None,
        }
    }

    /// The own private key. Null if there is none or Godot cannot read it.
    #[func]
    fn get_private_key(&self) -> Option<Gd<CryptoKey>> {
        guard(|| self.credentials()?.key_resource()).flatten()
    }

    /// The own certificate. Null if there is none or Godot cannot read it.
    #[func]
    fn get_own_certificate(&self) -> Option<Gd<X509Certificate>> {
        guard(|| self.credentials()?.certificate_resource()).flatten()
    }
}

fn read_trusted(chain: Argument<X509Certificate>) -> Option<Trusted> {
    guard(|| Some(Trusted::read(Certificates::Resource(chain.cast()?)))).flatten()
}

fn read_fingerprints(texts: &PackedStringArray) -> Result<Vec<Fingerprint>, Refusal> {
    if texts.is_empty() {
        return Err(Refusal::argument(
            "fingerprints",
            "the array is empty: no server could be the right one",
        ));
    }
    let read = |text: &GString| {
        let refuse = |error| Refusal::value(text, error).within("fingerprints");
        text.to_string().parse().map_err(refuse)
    };
    texts.as_slice().iter().map(read).collect()
}

/// Gives the class its properties. Call it when the classes and their enums are registered.
pub(super) fn register_properties() {
    settings::register_properties();
    authentication::register_properties();
}

/// Runs what changes the options. What it refuses is told in one line, as coming from `member`.
fn change(member: &str, action: impl FnOnce() -> Result<(), Refusal>) -> Error {
    match guard(action) {
        Some(Ok(())) => Error::OK,
        Some(Err(refusal)) => refusal.report(&format!("TLSOptionsOpenSSL.{member}")),
        None => Error::FAILED,
    }
}
