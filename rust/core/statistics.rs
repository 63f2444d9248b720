/// What a [`Session`](super::Session) has seen, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Datagrams that arrived, dropped ones included.
    pub datagrams_in: u64,
    /// Their bytes of UDP payload.
    pub bytes_in: u64,
    /// Datagrams handed to the socket.
    pub datagrams_out: u64,
    /// Their bytes of UDP payload.
    pub bytes_out: u64,
    /// Records that are no DTLS: runts, wrong types or versions, lengths past the end.
    pub dropped_malformed: u64,
    /// Well-formed records that have no place in the session's state: another epoch, spoofed plaintext.
    pub dropped_unexpected: u64,
    /// Payloads sent that do not fit one datagram of the MTU.
    pub oversize: u64,
    /// Datagrams that the socket refused and errors that it reported.
    pub socket_errors: u64,
    /// Flights sent again because the answer did not come in time.
    pub retransmissions: u64,
}
