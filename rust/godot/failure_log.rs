//! Where connections tell why they failed: a line in the log, and a number in a server's statistics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use log::{error, warn};
use parking_lot::Mutex;

use super::failure_reason::FailureReason;
use crate::core::{Failure, LogLimiter, PskAnswer};

/// The log of one client, or of a server and all connections that it takes.
#[derive(Clone)]
pub(super) enum FailureLog {
    /// A client fails when its own script has made it connect: each failure is a line.
    Client,
    /// A server's connections fail as often as anyone on the network likes. All of one server share a limit.
    Server(Arc<ServerLog>),
}

impl FailureLog {
    /// Writes that a connection failed, unless that is normal or the limit is reached.
    pub(super) fn write(&self, failure: &Failure, now: Instant) {
        if *failure == Failure::CookieExchange {
            return;
        }
        match self {
            FailureLog::Client => warn!("DTLS client: {}", text(failure)),
            FailureLog::Server(log) => log.write(failure, now),
        }
    }

    /// What a server's script has said to the identity of a pre-shared key. If it did not answer as it should, the log
    /// says so, and the client is refused.
    pub(super) fn resolve_psk(&self, answer: Result<PskAnswer, String>, now: Instant) -> PskAnswer {
        match self {
            FailureLog::Server(log) => log.resolve_psk(answer, now),
            FailureLog::Client => answer.unwrap_or(PskAnswer::Refuse),
        }
    }
}

/// The failures of one server.
#[derive(Default)]
pub(super) struct ServerLog {
    limiter: Mutex<LogLimiter>,
    refused: Mutex<BTreeMap<FailureReason, u64>>,
}

impl ServerLog {
    /// Writes that a connection failed, if the limit is not reached.
    pub(super) fn write(&self, failure: &Failure, now: Instant) {
        *self.refused.lock().entry(failure.into()).or_default() += 1;
        if let Some(more) = self.admit(now) {
            warn!("DTLS server: a connection failed: {}{more}", text(failure));
        }
    }

    /// See [`FailureLog::resolve_psk`].
    pub(super) fn resolve_psk(&self, answer: Result<PskAnswer, String>, now: Instant) -> PskAnswer {
        answer.unwrap_or_else(|mistake| {
            if let Some(more) = self.admit(now) {
                error!("TLSOptionsOpenSSL.server_psk(): {mistake}: the client is refused{more}");
            }
            PskAnswer::Refuse
        })
    }

    /// Some: a line may be written, and this belongs at its end.
    fn admit(&self, now: Instant) -> Option<String> {
        self.limiter.lock().admit(now).map(|kept_back| match kept_back {
            0 => String::new(),
            more => format!(" ({more} more since the last line)"),
        })
    }

    /// How many connections have failed, by reason. First contacts are none.
    pub(super) fn refused(&self) -> BTreeMap<FailureReason, u64> {
        self.refused.lock().clone()
    }
}

/// The sentence, and what a developer acts on if there is more.
fn text(failure: &Failure) -> String {
    let (sentence, detail) = (failure.to_string(), failure.detail());
    if sentence == detail {
        sentence
    } else {
        format!("{sentence} [{detail}]")
    }
}
