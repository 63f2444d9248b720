//! The log lines about connections that failed.

use std::sync::Arc;
use std::time::Instant;

use log::warn;
use parking_lot::Mutex;

use crate::core::{Failure, LogLimiter};

/// Where a connection reports why it failed.
#[derive(Clone)]
pub(super) enum FailureLog {
    /// A client fails when its own script has made it connect: each failure is a line.
    Client,
    /// A server's connections fail as often as anyone on the network likes. All of one server share a limit.
    Server(Arc<Mutex<LogLimiter>>),
}

impl FailureLog {
    /// The log of a server and of all connections that it takes.
    pub(super) fn server() -> Self {
        FailureLog::Server(Arc::new(Mutex::new(LogLimiter::new())))
    }

    /// Writes that a connection failed, unless that is normal or the limit is reached.
    pub(super) fn write(&self, failure: &Failure, now: Instant) {
        if *failure == Failure::CookieExchange {
            return;
        }
        match self {
            FailureLog::Client => warn!("DTLS client: {failure}"),
            FailureLog::Server(limiter) => match limiter.lock().admit(now) {
                Some(0) => warn!("DTLS server: a connection failed: {failure}"),
                Some(more) => warn!("DTLS server: a connection failed: {failure} ({more} more since the last line)"),
                None => {}
            },
        }
    }
}
