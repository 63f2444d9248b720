//! The enum `PacketPeerDTLSOpenSSL.Status`.
//!
//! The `godot` crate has no enums of extension classes yet. This file is the only one that reaches behind its public
//! interface for them, which is why its version is pinned in `Cargo.toml`.

use std::borrow::Cow;

use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::{EnumeratorShape, GodotShape};
use godot::meta::{FromGodot, GodotConvert, ToGodot};
use godot::obj::GodotClass;
use godot::prelude::VariantType;
use godot::register::private::constant::{ConstantKind, ExportConstant, IntegerConstant};

use super::packet_peer_dtls::PacketPeerDTLS;
use crate::core::{Event, Failure};

/// The state of a [`PacketPeerDTLS`], with the values of the engine's `PacketPeerDTLS.Status`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Status {
    #[default]
    Disconnected = 0,
    Handshaking = 1,
    Connected = 2,
    Error = 3,
    HostnameMismatch = 4,
}

impl Status {
    const ALL: [(&'static str, Status); 5] = [
        ("STATUS_DISCONNECTED", Status::Disconnected),
        ("STATUS_HANDSHAKING", Status::Handshaking),
        ("STATUS_CONNECTED", Status::Connected),
        ("STATUS_ERROR", Status::Error),
        ("STATUS_ERROR_HOSTNAME_MISMATCH", Status::HostnameMismatch),
    ];

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

impl GodotConvert for Status {
    type Via = i64;

    fn godot_shape() -> GodotShape {
        GodotShape::Enum {
            variant_type: VariantType::INT,
            enumerators: Cow::Owned(
                Status::ALL
                    .iter()
                    .map(|&(name, value)| EnumeratorShape::new_int(name, value as i64))
                    .collect(),
            ),
            godot_name: Some(format!("{}.Status", PacketPeerDTLS::class_id()).into()),
            is_bitfield: false,
        }
    }
}

impl ToGodot for Status {
    type Pass = ByValue;

    fn to_godot(&self) -> i64 {
        *self as i64
    }
}

impl FromGodot for Status {
    fn try_from_godot(number: i64) -> Result<Self, ConvertError> {
        Status::ALL
            .iter()
            .map(|&(_, status)| status)
            .find(|&status| status as i64 == number)
            .ok_or_else(|| ConvertError::with_error_value("not a PacketPeerDTLSOpenSSL.Status", number))
    }
}

/// Gives the class its enum. Call it when the classes are registered.
pub(super) fn register() {
    ExportConstant::new(
        PacketPeerDTLS::class_id(),
        ConstantKind::Enum {
            name: "Status".into(),
            enumerators: Status::ALL
                .iter()
                .map(|&(name, value)| IntegerConstant::new(name, value as i64))
                .collect(),
        },
    )
    .register();
}
