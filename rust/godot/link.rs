//! What a peer object has of its connection, of whichever kind that is.

use std::net::SocketAddr;

use godot::global::Error;

use super::client_connection::ClientConnection;
use super::clock::Clock;
use super::connection::Connection;
use super::hosted_connection::HostedConnection;
use super::psk_keys::PskRequest;
use super::statistics::PeerStatistics;
use crate::core::{Event, PskAnswer, Session};

/// A connection.
pub(super) enum Link {
    /// On a `PacketPeerUDP` that the script has given.
    Given(Connection),
    /// At a server that owns its socket.
    Hosted(HostedConnection),
    /// A client's, on a socket of its own.
    Own(Box<ClientConnection>),
}

impl Link {
    /// Takes what has come, does what is due, sends what there is to send.
    pub(super) fn poll(&mut self, clock: &Clock) {
        match self {
            Link::Given(connection) => connection.poll(clock),
            // Its server does so for all at once.
            Link::Hosted(_) => {}
            Link::Own(connection) => connection.poll(clock),
        }
    }

    /// The next change of the session's state. A failure is written to the log here.
    pub(super) fn next_event(&mut self, clock: &Clock) -> Option<Event> {
        match self {
            Link::Given(connection) => connection.next_event(clock),
            Link::Hosted(connection) => connection.next_event(clock),
            Link::Own(connection) => connection.next_event(clock),
        }
    }

    /// What a script has to be asked before the handshake can go on. The answer goes to
    /// [`answer_psk`](Self::answer_psk); until then nothing more is asked.
    pub(super) fn next_psk_request(&mut self, clock: &Clock) -> Option<PskRequest> {
        match self {
            Link::Given(connection) => connection.next_psk_request(clock),
            Link::Hosted(connection) => connection.next_psk_request(clock),
            Link::Own(_) => None,
        }
    }

    /// Goes on with what the script said to `request`, if that is still waited for.
    pub(super) fn answer_psk(&mut self, request: &PskRequest, answer: Result<PskAnswer, String>, clock: &Clock) {
        match self {
            Link::Given(connection) => connection.answer_psk(request, answer, clock),
            Link::Hosted(connection) => connection.answer_psk(request, answer, clock),
            Link::Own(_) => {}
        }
    }

    /// Sends `payload` as one packet.
    pub(super) fn send(&mut self, payload: &[u8]) -> Error {
        match self {
            Link::Given(connection) => connection.send(payload),
            Link::Hosted(connection) => connection.send(payload),
            Link::Own(connection) => connection.send(payload),
        }
    }

    /// Swaps the oldest received packet into `packet`. False: none waits.
    pub(super) fn receive_packet(&mut self, packet: &mut Vec<u8>) -> bool {
        match self {
            Link::Given(connection) => connection.receive_packet(packet),
            Link::Hosted(connection) => connection.receive_packet(packet),
            Link::Own(connection) => connection.receive_packet(packet),
        }
    }

    /// Asks the session. None: a worker has it.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Session) -> T) -> Option<T> {
        match self {
            Link::Given(connection) => connection.session().map(question),
            Link::Hosted(connection) => connection.ask(question),
            Link::Own(connection) => Some(question(connection.session())),
        }
    }

    /// Where the other side is, also while a worker has the session. None: that is not known yet.
    pub(super) fn peer_address(&self) -> Option<SocketAddr> {
        match self {
            Link::Given(connection) => connection.peer_address(),
            Link::Hosted(connection) => Some(connection.peer_address()),
            Link::Own(connection) => connection.session().peer_address(),
        }
    }

    /// The largest payload, in bytes, that fits one datagram, also while a worker has the session.
    pub(super) fn max_packet_size(&self) -> usize {
        match self {
            Link::Given(connection) => connection.max_packet_size(),
            Link::Hosted(connection) => connection.max_packet_size(),
            Link::Own(connection) => connection.session().max_packet_size(),
        }
    }

    /// Closes the connection. Returns what was counted, which there is nothing more to add to.
    pub(super) fn close(&mut self) -> PeerStatistics {
        match self {
            Link::Given(connection) => connection.close(),
            Link::Hosted(connection) => connection.close(),
            Link::Own(connection) => connection.close(),
        }
    }
}
