//! What the options of either class ask for.

use godot::classes::{Object, TlsOptions};
use godot::obj::Gd;

use super::client_role::{ClientRole, Trusted, Verification};
use super::credentials::{Certificates, Credentials, Key};
use super::default_mtu;
use super::refusal::Refusal;
use super::server_role::ServerRole;
use super::tls_options::TLSOptions;
use crate::core::Settings;

/// The content of the engine's `TLSOptions` or of our own.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) role: Role,
    pub(super) settings: Settings,
}

/// Which side the options are for, and what only that side has.
#[derive(Clone)]
pub(super) enum Role {
    Client(ClientRole),
    Server(ServerRole),
}

impl Options {
    /// The default settings for this role.
    pub(super) fn new(role: Role) -> Self {
        Options {
            role,
            settings: Settings {
                mtu: default_mtu::get(),
                ..Settings::default()
            },
        }
    }

    /// Reads an object of either class, given as `argument`.
    pub(super) fn read(object: Gd<Object>, argument: &str) -> Result<Self, Refusal> {
        let object = match object.try_cast::<TLSOptions>() {
            Ok(own) => return Ok(own.bind().options().clone()),
            Err(other) => other,
        };
        match object.try_cast::<TlsOptions>() {
            Ok(engine) => Ok(Self::new(read_engine(&engine))),
            Err(other) => Err(Refusal::argument(
                argument,
                format_args!("expected TLSOptions or TLSOptionsOpenSSL, got {}", other.get_class()),
            )),
        }
    }
}

fn read_engine(options: &Gd<TlsOptions>) -> Role {
    let trusted = || {
        let chain = options.get_trusted_ca_chain().map(Certificates::Resource);
        chain.map(Trusted::Unread)
    };
    if options.is_server() {
        Role::Server(ServerRole::with_certificate(Credentials::Given {
            key: options.get_private_key().map(Key::Resource),
            certificate: options.get_own_certificate().map(Certificates::Resource),
        }))
    } else if options.is_unsafe_client() {
        Role::Client(ClientRole::new(Verification::Unsafe { trusted: trusted() }))
    } else {
        Role::Client(ClientRole::new(Verification::Full {
            trusted: trusted(),
            common_name: options.get_common_name_override(),
        }))
    }
}
