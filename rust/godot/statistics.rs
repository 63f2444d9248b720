//! Core's numbers as scripts get them.

use std::collections::BTreeMap;
use std::time::Duration;

use godot::builtin::{VarDictionary, vdict};

use super::class_enum::ClassEnum;
use super::failure_reason::FailureReason;
use crate::core::{ServerStatistics, Session, Statistics};

/// What a connection has counted. It outlives the connection.
#[derive(Clone, Copy, Default)]
pub(super) struct PeerStatistics {
    counted: Statistics,
    handshake_time: Option<Duration>,
}

impl PeerStatistics {
    /// So far.
    pub(super) fn of(session: &Session) -> Self {
        PeerStatistics {
            counted: *session.statistics(),
            handshake_time: session.handshake_time(),
        }
    }

    /// The result of `PacketPeerDTLSOpenSSL.get_statistics()`.
    pub(super) fn dictionary(&self) -> VarDictionary {
        let mut dictionary = counters(&self.counted);
        let time = self.handshake_time.unwrap_or_default();
        dictionary.set(
            "handshake_time_usec",
            i64::try_from(time.as_micros()).unwrap_or(i64::MAX),
        );
        dictionary
    }
}

/// The result of `DTLSServerOpenSSL.get_statistics()`.
pub(super) fn of_server(statistics: &ServerStatistics, refused: &BTreeMap<FailureReason, u64>) -> VarDictionary {
    let mut dictionary = counters(&statistics.sessions);
    dictionary.set("hello_verify_requests", number(statistics.hello_verify_requests));
    dictionary.set("cookie_failures", number(statistics.cookie_failures));
    dictionary.set("half_open", number(statistics.half_open));
    dictionary.set("accepted", number(statistics.accepted));
    dictionary.set("over_cap", number(statistics.over_cap));
    dictionary.set("dropped_unread", number(statistics.dropped_unread));
    let mut by_reason = VarDictionary::new();
    for (reason, count) in refused {
        by_reason.set(reason.name(), number(*count));
    }
    dictionary.set("refused", &by_reason);
    dictionary
}

fn counters(statistics: &Statistics) -> VarDictionary {
    vdict! {
        "bytes_in" => number(statistics.bytes_in),
        "bytes_out" => number(statistics.bytes_out),
        "datagrams_in" => number(statistics.datagrams_in),
        "datagrams_out" => number(statistics.datagrams_out),
        "dropped_malformed" => number(statistics.dropped_malformed),
        "dropped_unexpected" => number(statistics.dropped_unexpected),
        "dropped_invalid" => number(statistics.dropped_invalid),
        "oversize" => number(statistics.oversize),
        "socket_errors" => number(statistics.socket_errors),
        "retransmissions" => number(statistics.retransmissions),
    }
}

/// Godot's integers have a sign.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
