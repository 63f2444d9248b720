//! The class `TLSOptionsOpenSSL`.

use godot::classes::{CryptoKey, X509Certificate};
use godot::prelude::*;

use super::argument::Argument;
use super::credentials::{Certificates, Key};
use super::guard::guard;
use super::options::Options;

/// How a [DTLSServerOpenSSL] shows who it is, or how a [PacketPeerDTLSOpenSSL] verifies whom it connects to.
///
/// The engine's own [TLSOptions] can be used everywhere in place of this class. This one can also be made from PEM
/// text, which keeps certificate chains whole: [method X509Certificate.save_to_string] gives out the first certificate
/// of a chain only.
///
/// Options are made by the static methods and do not change. They are read when `setup()` or `connect_to_peer()` is
/// called.
///
/// ```gdscript
/// var pem := FileAccess.get_file_as_string("res://server.pem") # The private key and the certificate chain.
/// var server_options := TLSOptionsOpenSSL.server_from_pem(pem, pem)
///
/// var authority := FileAccess.get_file_as_string("res://authority.crt")
/// var client_options := TLSOptionsOpenSSL.client_from_pem(authority)
/// ```
#[derive(GodotClass)]
#[class(no_init, tool, base = RefCounted, rename = TLSOptionsOpenSSL)]
pub(super) struct TLSOptions {
    options: Options,
}

impl TLSOptions {
    fn of(options: Options) -> Gd<Self> {
        Gd::from_object(TLSOptions { options })
    }

    /// What the options ask for.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }
}

#[godot_api]
impl TLSOptions {
    /// Options of a client that verifies the server's certificate and name.
    ///
    /// `trusted_chain` holds the certificates to trust in place of the system's. `common_name_override` is looked for
    /// in the server's certificate, and sent to the server, in place of the hostname given to
    /// [method PacketPeerDTLSOpenSSL.connect_to_peer].
    #[func]
    fn client(
        #[opt(default = &Argument::NULL)] trusted_chain: Argument<X509Certificate>,
        #[opt(default = "")] common_name_override: GString,
    ) -> Gd<Self> {
        let trusted = trusted_chain.cast().map(Certificates::Resource);
        Self::of(Options::Client {
            trusted,
            common_name: common_name_override,
        })
    }

    /// Options of a client that does not verify the server's name, nor, without `trusted_chain`, anything at all.
    ///
    /// Whoever is on the network between client and server can then read and change everything. For tests only.
    #[func]
    fn client_unsafe(#[opt(default = &Argument::NULL)] trusted_chain: Argument<X509Certificate>) -> Gd<Self> {
        Self::of(Options::ClientUnsafe {
            trusted: trusted_chain.cast().map(Certificates::Resource),
        })
    }

    /// Options of a server with this private key and certificate.
    ///
    /// Where `certificate` holds a chain it has to be a resource loaded from a file, or only its first certificate is
    /// sent: see [method server_from_pem].
    #[func]
    fn server(key: Argument<CryptoKey>, certificate: Argument<X509Certificate>) -> Gd<Self> {
        Self::of(Options::Server {
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
        Self::of(Options::Server {
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
        Self::of(Options::Client {
            trusted: Some(Certificates::Pem(ca_pem)),
            common_name: common_name_override,
        })
    }

    /// True if these are a server's options.
    #[func]
    fn is_server(&self) -> bool {
        matches!(self.options, Options::Server { .. })
    }

    /// True if these are options of [method client_unsafe].
    #[func]
    fn is_unsafe_client(&self) -> bool {
        matches!(self.options, Options::ClientUnsafe { .. })
    }

    /// The name that a client expects in place of the hostname. Empty: none.
    #[func]
    fn get_common_name_override(&self) -> GString {
        match &self.options {
            Options::Client { common_name, .. } => common_name.clone(),
            _ => GString::new(),
        }
    }

    /// The certificates that a client trusts. Null: those of the system.
    #[func]
    fn get_trusted_ca_chain(&self) -> Option<Gd<X509Certificate>> {
        match &self.options {
            Options::Client { trusted, .. } | Options::ClientUnsafe { trusted } => resource(trusted.as_ref()),
            Options::Server { .. } => None,
        }
    }

    /// A server's private key. Null if Godot cannot read the key.
    #[func]
    fn get_private_key(&self) -> Option<Gd<CryptoKey>> {
        match &self.options {
            Options::Server { key, .. } => guard(|| key.as_ref().and_then(Key::resource)).flatten(),
            _ => None,
        }
    }

    /// A server's certificate. Null if Godot cannot read the certificate.
    #[func]
    fn get_own_certificate(&self) -> Option<Gd<X509Certificate>> {
        match &self.options {
            Options::Server { certificate, .. } => resource(certificate.as_ref()),
            _ => None,
        }
    }
}

fn resource(certificates: Option<&Certificates>) -> Option<Gd<X509Certificate>> {
    guard(|| certificates.and_then(Certificates::resource)).flatten()
}
