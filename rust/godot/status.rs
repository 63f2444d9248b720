//! The enum `PacketPeerDTLSOpenSSL.Status`.

use godot::meta::FromGodot;
use godot::meta::error::ConvertError;

use super::class_enum::{self, ClassEnum};
use super::packet_peer_dtls::PacketPeerDTLS;
use crate::core::{Event, Failure};

/// The state of a [`PacketPeerDTLS`], with the values of the engine's `PacketPeerDTLS.Status`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Status {
    /// Not connected yet, or closed by either side.
    #[default]
    Disconnected = 0,
    /// The handshake goes on: the other side is awaited, or proves who it is.
    Handshaking = 1,
    /// Packets can be sent and received.
    Connected = 2,
    /// The connection failed: see [method get_failure_reason].
    Error = 3,
    /// The connection failed: the certificate is sound, but that of another server.
    HostnameMismatch = 4,
}

impl Status {
    /// The status that `event` leads to.
    pub(super) fn after(event: &Event) -> Self {
        match event {
            Event::Connected => Status::Connected,
            // A restarted client has left, whatever it does next.
            Event::Closed | Event::Failed(Failure::PeerRestarted) => Status::Disconnected,
            Event::Failed(failure) if failure.is_name_mismatch() => Status::HostnameMismatch,
            Event::Failed(_) => Status::Error,
        }
    }

    /// True while there is something to close: during the handshake and while connected.
    pub(super) fn is_active(self) -> bool {
        matches!(self, Status::Handshaking | Status::Connected)
    }
}

impl ClassEnum for Status {
    type Class = PacketPeerDTLS;
    const NAME: &'static str = "Status";
    const VALUES: &'static [(&'static str, Self)] = &[
        ("STATUS_DISCONNECTED", Status::Disconnected),
        ("STATUS_HANDSHAKING", Status::Handshaking),
        ("STATUS_CONNECTED", Status::Connected),
        ("STATUS_ERROR", Status::Error),
        ("STATUS_ERROR_HOSTNAME_MISMATCH", Status::HostnameMismatch),
    ];

    fn number(self) -> i64 {
        self as i64
    }
}

class_enum::conversions!(Status);

impl FromGodot for Status {
    fn try_from_godot(number: i64) -> Result<Self, ConvertError> {
        Status::from_number(number)
            .ok_or_else(|| ConvertError::with_error_value("not a PacketPeerDTLSOpenSSL.Status", number))
    }
}
