//! What a session tells of itself.

use super::failure::Failure;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The handshake runs, or a server waits for its beginning.
    Handshaking,
    /// Data can be sent and received.
    Connected,
    /// One side has closed the session.
    Closed,
    /// The session ended with a [`Failure`].
    Failed,
}

/// A change of [`State`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The handshake is complete.
    Connected,
    /// One side has closed the session.
    Closed,
    /// The session failed.
    Failed(Failure),
}

impl Event {
    /// The reason, if this is the end of a session that failed.
    pub fn into_failure(self) -> Option<Failure> {
        match self {
            Event::Failed(failure) => Some(failure),
            Event::Connected | Event::Closed => None,
        }
    }
}

/// Why a payload was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The handshake is not complete.
    #[error("the session is not connected")]
    NotConnected,
    /// The session has ended, though received packets may still wait.
    #[error("the session has ended")]
    Ended,
    /// The payload is larger than [`MAX_PAYLOAD`](super::MAX_PAYLOAD), or than what fits one datagram of the MTU where the
    /// settings are strict. The session goes on.
    #[error("{size} bytes do not fit: at most {limit}")]
    TooLarge {
        /// In bytes.
        size: usize,
        /// The most that can be sent, in bytes.
        limit: usize,
    },
}
