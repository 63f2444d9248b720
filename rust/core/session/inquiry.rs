//! What can be asked of a session.

use std::net::SocketAddr;
use std::time::Duration;

use openssl::ssl::SslStream;
use openssl::x509::X509;

use super::{Phase, Role, Session};
use crate::core::failure::Failure;
use crate::core::statistics::Statistics;
use crate::core::transport::Transport;
use crate::core::{ffi, record};

/// Header, nonce and tag around the payload of a record with AES-GCM.
const RECORD_OVERHEAD: usize = record::HEADER + 24;

impl Session {
    /// Why the session failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.phase {
            Phase::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// The largest payload, in bytes, that fits one datagram of the MTU.
    pub fn max_packet_size(&self) -> usize {
        self.fitting
            .unwrap_or_else(|| self.settings.mtu.get() as usize - RECORD_OVERHEAD)
    }

    /// The negotiated version, such as `DTLSv1.2`. Empty before the handshake is complete.
    pub fn protocol_version(&self) -> &'static str {
        self.negotiated().map_or("", |stream| stream.ssl().version_str())
    }

    /// The negotiated cipher suite by its IANA name, such as `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`. Empty before
    /// the handshake is complete.
    pub fn cipher_name(&self) -> &'static str {
        let cipher = self.negotiated().and_then(|stream| stream.ssl().current_cipher());
        cipher.map_or("", |cipher| cipher.standard_name().unwrap_or(cipher.name()))
    }

    /// The group of the key exchange, such as `x25519`; of a resumed session, that of its first handshake. Empty before
    /// the handshake is complete.
    pub fn group_name(&self) -> &'static str {
        self.negotiated().map_or("", |stream| ffi::group_name(stream.ssl()))
    }

    /// The negotiated application protocol (ALPN). Empty: none.
    pub fn alpn_protocol(&self) -> &[u8] {
        let stream = self.negotiated();
        stream
            .and_then(|stream| stream.ssl().selected_alpn_protocol())
            .unwrap_or_default()
    }

    /// True if the handshake has gone on with the keys of an earlier session.
    pub fn is_resumed(&self) -> bool {
        self.negotiated().is_some_and(|stream| stream.ssl().session_reused())
    }

    /// The certificate that the peer has proved to own. None: it has shown none, or the handshake is not complete.
    pub fn peer_certificate(&self) -> Option<X509> {
        self.negotiated()?.ssl().peer_certificate()
    }

    /// `length` bytes that both sides can derive and nobody else (RFC 5705), from a `label` and a `context`. No context
    /// is something else than an empty one. None: the handshake is not complete, or OpenSSL refuses.
    pub fn export_keying_material(&self, label: &str, length: usize, context: Option<&[u8]>) -> Option<Vec<u8>> {
        let mut material = vec![0; length];
        let ssl = self.negotiated()?.ssl();
        ffi::clear_errors();
        ssl.export_keying_material(&mut material, label, context).ok()?;
        Some(material)
    }

    /// Where the peer's datagrams come from, if that was told.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// How long the handshake took: a client's from its first ClientHello, a server's from the one with the cookie.
    /// None: it is not complete.
    pub fn handshake_time(&self) -> Option<Duration> {
        Some(self.connected?.duration_since(self.start))
    }

    /// What the session has seen so far.
    pub fn statistics(&self) -> &Statistics {
        self.counters.own()
    }

    /// True for a server's session in the handshake if the server has others.
    pub fn is_one_of_many(&self) -> bool {
        match &self.role {
            Role::Server { listener, .. } => {
                matches!(self.phase, Phase::Handshaking) && listener.lock().half_open() > 1
            }
            Role::Client { .. } => false,
        }
    }

    /// The identity of the pre-shared key that the client has named, while the server waits for
    /// [`answer_psk`](Self::answer_psk).
    pub fn psk_request(&self) -> Option<&[u8]> {
        match (&self.phase, &self.role) {
            (
                Phase::Handshaking,
                Role::Server {
                    client: Some(client), ..
                },
            ) => client.withheld.as_ref().map(|withheld| withheld.identity.as_slice()),
            _ => None,
        }
    }

    pub(super) fn negotiated(&self) -> Option<&SslStream<Transport>> {
        self.stream.as_ref().filter(|_| self.connected.is_some())
    }
}
