//! The handshake: from flight to flight, and from timer to timer.

use std::time::Instant;

use openssl::ssl::ErrorCode;

use super::anew::USER_CANCELED;
use super::{Phase, Role, Session};
use crate::core::failure::Failure;
use crate::core::ffi::Retransmission;
use crate::core::half_open::HalfOpen;
use crate::core::psk::PskAnswer;
use crate::core::settings::Mtu;
use crate::core::verify::ServerName;
use crate::core::{clock, ffi};

/// Flights in a row that get lost before smaller datagrams are tried (RFC 6347, section 4.1.1.1).
const LOST_BEFORE_FALLBACK: u32 = 2;

impl Session {
    /// Does what is due at `now`: begins a handshake or retransmits its last flight, gives up one that takes too long or a
    /// peer that has fallen silent. Cheap when nothing is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        match self.phase {
            Phase::Handshaking => self.handle_handshake_timeout(),
            Phase::Connected if self.idle_deadline().is_some_and(|due| now >= due) => {
                if self.wants_datagrams() {
                    self.say_goodbye();
                    self.fail(Failure::IdleTimeout);
                } else {
                    // Whoever does not read cannot tell whether the peer is silent.
                    self.heard = now;
                }
            }
            _ => {}
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next. None: no time limit runs.
    pub fn next_timeout(&self) -> Option<Instant> {
        match self.phase {
            Phase::Handshaking if self.has_urgent_work() => Some(self.now),
            Phase::Handshaking => {
                let suspicion = self.suspicion.as_ref().map(|(_, due)| *due);
                [Some(self.deadline()), self.retransmission, suspicion]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Phase::Connected => self.idle_deadline(),
            Phase::Closed | Phase::Failed(_) => None,
        }
    }

    fn deadline(&self) -> Instant {
        self.start + self.settings.handshake_timeout
    }

    fn idle_deadline(&self) -> Option<Instant> {
        Some(self.heard + self.settings.idle_timeout?)
    }

    /// True if a server has a handshake to begin, or to give up because another client was given its place.
    fn has_urgent_work(&self) -> bool {
        let Role::Server {
            client: Some(client), ..
        } = &self.role
        else {
            return false;
        };
        client.hello.is_some() || self.is_evicted()
    }

    /// True if another client was given its place among the half-open sessions.
    pub(super) fn is_evicted(&self) -> bool {
        let Role::Server {
            client: Some(client), ..
        } = &self.role
        else {
            return false;
        };
        client.half_open.as_ref().is_some_and(HalfOpen::is_evicted)
    }

    /// Lets OpenSSL answer the ClientHello that the session was accepted with, if it has not yet.
    pub(super) fn begin(&mut self) {
        let Some(hello) = self.accepted_client().and_then(|client| client.hello.take()) else {
            return;
        };
        match hello.begin(self.now) {
            Ok(Some(beginning)) => {
                self.stream = Some(beginning.stream);
                self.refusal = beginning.refusal;
                if let Some(client) = self.accepted_client() {
                    client.attachment = Some(beginning.attachment);
                }
                self.advance(None);
            }
            Ok(None) => self.fail(Failure::Protocol("a ClientHello that OpenSSL does not take")),
            Err(_) => self.fail(Failure::Internal("no memory for a handshake")),
        }
    }

    fn handle_handshake_timeout(&mut self) {
        let now = self.now;
        if self.is_evicted() {
            self.dismiss(Failure::Refused, USER_CANCELED);
            return;
        }
        self.begin();
        if !matches!(self.phase, Phase::Handshaking) {
            return;
        }
        if now >= self.deadline() {
            self.give_up();
        } else if let Some((failure, _)) = self.suspicion.take_if(|(_, due)| now >= *due) {
            self.fail_handshake(failure);
        } else if self.retransmission.is_some_and(|due| now >= due) {
            if self.is_doubted && self.resolve_doubt() {
                return;
            }
            clock::at(now, || {
                self.retransmit();
                self.schedule_retransmission();
            });
        }
    }

    /// Ends a handshake whose peer does not answer.
    fn give_up(&mut self) {
        self.fail(if self.has_used_psk() {
            Failure::PskRejected
        } else {
            Failure::HandshakeTimeout
        });
    }

    /// True if this side has derived its keys from a pre-shared key. Had the peer the same, its Finished could be read.
    fn has_used_psk(&self) -> bool {
        let ssl = self.stream.as_ref().map(|stream| stream.ssl());
        ssl.is_some_and(|ssl| ssl.psk_identity().is_some() && !ssl.session_reused())
    }

    /// Sends the last flight again if OpenSSL's timer is due.
    fn retransmit(&mut self) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        if !ffi::retransmission_is_due(stream.ssl()) {
            return;
        }
        self.lost_flights += 1;
        if self.lost_flights >= LOST_BEFORE_FALLBACK && self.settings.mtu.get() > Mtu::FALLBACK.get() {
            ffi::set_mtu(stream.ssl(), Mtu::FALLBACK.get());
            stream.get_mut().set_mtu(Mtu::FALLBACK);
        }
        ffi::clear_errors();
        match ffi::retransmit(stream.ssl()) {
            Retransmission::Sent => self.counters.count(|counted| counted.retransmissions += 1),
            Retransmission::NotDue => {}
            Retransmission::GivenUp => self.give_up(),
        }
    }

    pub(super) fn schedule_retransmission(&mut self) {
        let handshaking = matches!(self.phase, Phase::Handshaking);
        let timeout = self
            .stream
            .as_ref()
            .filter(|_| handshaking)
            .and_then(|stream| ffi::retransmission_timeout(stream.ssl()));
        self.retransmission = timeout.map(|timeout| self.now + timeout);
    }

    /// Lets OpenSSL go as far as what it was fed carries it, or begin if it was fed nothing.
    pub(super) fn handshake(&mut self, is_fed: bool) {
        // OpenSSL would do it first thing too, unseen.
        self.retransmit();
        if self.has_ended() {
            return;
        }
        let Some(stream) = &mut self.stream else {
            return;
        };
        let state = ffi::handshake_state(stream.ssl());
        let waiting = stream.get_mut().outgoing().bytes();
        ffi::clear_errors();
        let result = stream.do_handshake();
        // An answer is a sign of progress too: a HelloVerifyRequest leaves the state as it is.
        let has_answered = stream.get_mut().outgoing().bytes() > waiting;
        if has_answered || ffi::handshake_state(stream.ssl()) != state {
            // Something valid came: what looked like an alert was forged, or was not meant.
            self.suspicion = None;
            self.lost_flights = 0;
            self.is_answered |= is_fed;
        }
        match result {
            Ok(()) => self.complete(),
            Err(error) if error.code() == ErrorCode::WANT_READ => {}
            Err(error) => {
                let failure = Failure::of(&error, stream.ssl(), self.refusal.get());
                self.fail_handshake(failure);
            }
        }
    }

    fn complete(&mut self) {
        self.phase = Phase::Connected;
        self.connected = Some(self.now);
        self.heard = self.now;
        let Some(stream) = &self.stream else {
            return;
        };
        ffi::set_mtu(stream.ssl(), self.settings.mtu.get());
        self.fitting = Some(ffi::data_mtu(stream.ssl()));
        match &mut self.role {
            // Under that name any server could be meant.
            Role::Client {
                name: ServerName::PeerAddress,
                ..
            } => {}
            Role::Client { config, name, .. } => {
                if let (Some(sessions), Some(session)) = (config.sessions(), stream.ssl().session()) {
                    sessions.put(name, session.to_owned());
                }
            }
            Role::Server { client, .. } => {
                if let Some(client) = client {
                    client.half_open = None;
                    client.key_exchange = None;
                }
                self.counters.accept();
            }
        }
    }

    /// Answers [`psk_request`](Self::psk_request), and goes on with what the client has sent. Does nothing if there is
    /// none.
    pub fn answer_psk(&mut self, answer: PskAnswer, now: Instant) {
        self.now = now;
        let Some(client) = self.accepted_client() else {
            return;
        };
        let (Some(withheld), Some(attachment)) = (client.withheld.take(), &client.attachment) else {
            return;
        };
        attachment.psk().set(withheld.identity, answer);
        self.take(&withheld.datagram);
    }
}
