//! The enum `PacketPeerDTLSOpenSSL.FailureReason`.

use super::class_enum::{self, ClassEnum};
use super::packet_peer_dtls::PacketPeerDTLS;
use crate::core::{CertificateProblem, Failure};

/// Why a connection failed, in classes that a game can act on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum FailureReason {
    /// The connection has not failed.
    None = 0,
    /// First contact with a client, which was asked to prove its address and comes back as a new connection: see
    /// [DTLSServerOpenSSL].
    CookieExchange = 1,
    /// The other side has not answered in time, or not to the end: see [member TLSOptionsOpenSSL.handshake_timeout_ms].
    HandshakeTimeout = 2,
    /// Nobody who is trusted has issued the other side's certificate, or something else is wrong with its chain:
    /// [method get_failure_detail] tells, a key that is too short for [member TLSOptionsOpenSSL.security_level] or a
    /// missing [member TLSOptionsOpenSSL.crl_pem] for example.
    CertificateUntrusted = 3,
    /// A certificate of the other side is no longer valid.
    CertificateExpired = 4,
    /// A certificate of the other side is not valid yet. Often this computer's clock is wrong.
    CertificateNotYetValid = 5,
    /// A certificate of the other side was revoked: see [member TLSOptionsOpenSSL.crl_pem].
    CertificateRevoked = 6,
    /// The certificate is for something else: a client's on a server, or the reverse.
    CertificatePurpose = 7,
    /// The certificate is sound, but that of another server. The status is [constant STATUS_ERROR_HOSTNAME_MISMATCH].
    HostnameMismatch = 8,
    /// Who has issued a certificate of the other side is not known here: it should send its full chain.
    ChainIncomplete = 9,
    /// The certificate has none of the expected fingerprints: see [method TLSOptionsOpenSSL.client_pinned].
    PinMismatch = 10,
    /// The client has no certificate, and the server wants one: see [member TLSOptionsOpenSSL.verify_client].
    PeerCertificateRequired = 11,
    /// The two sides have no cipher suite, group or signature algorithm in common.
    NoSharedCipher = 12,
    /// The two sides have no version of DTLS, or no application protocol, in common.
    ProtocolVersion = 13,
    /// The two sides have different pre-shared keys, or the other side fell silent when it was to prove that it has the
    /// same.
    PskRejected = 14,
    /// The other side refused the connection: [method get_failure_detail] has its reason.
    PeerAlert = 15,
    /// The client has restarted and connects anew from the same port. The status is [constant STATUS_DISCONNECTED].
    PeerRestarted = 16,
    /// This side did not want to serve the client: the server has too many clients in the handshake, or the [Callable]
    /// that knows its pre-shared keys has given neither a key nor an empty array.
    Refused = 17,
    /// The socket reports errors: most often nobody listens at that address.
    Transport = 18,
    /// The other side has not sent anything for too long: see [member TLSOptionsOpenSSL.idle_timeout_ms].
    IdleTimeout = 19,
    /// The other side broke the protocol, or this library is at fault: [method get_failure_detail] tells.
    Internal = 20,
    /// The host name of the server has no IP address: it is misspelt, or there is no network. See
    /// [method PacketPeerDTLSOpenSSL.connect_to_host].
    CantResolve = 21,
}

impl From<&Failure> for FailureReason {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::CookieExchange => FailureReason::CookieExchange,
            Failure::HandshakeTimeout => FailureReason::HandshakeTimeout,
            Failure::Certificate(certificate) => certificate.problem().into(),
            Failure::PeerCertificateRequired => FailureReason::PeerCertificateRequired,
            Failure::NoSharedCipher => FailureReason::NoSharedCipher,
            Failure::ProtocolVersion | Failure::NoApplicationProtocol => FailureReason::ProtocolVersion,
            Failure::PskRejected => FailureReason::PskRejected,
            Failure::PeerAlert(_) => FailureReason::PeerAlert,
            Failure::PeerRestarted => FailureReason::PeerRestarted,
            Failure::Refused => FailureReason::Refused,
            Failure::Transport => FailureReason::Transport,
            Failure::Unresolved => FailureReason::CantResolve,
            Failure::IdleTimeout => FailureReason::IdleTimeout,
            Failure::Protocol(_) | Failure::Internal(_) => FailureReason::Internal,
        }
    }
}

impl From<CertificateProblem> for FailureReason {
    fn from(problem: CertificateProblem) -> Self {
        match problem {
            CertificateProblem::Untrusted => FailureReason::CertificateUntrusted,
            CertificateProblem::Expired => FailureReason::CertificateExpired,
            CertificateProblem::NotYetValid => FailureReason::CertificateNotYetValid,
            CertificateProblem::Revoked => FailureReason::CertificateRevoked,
            CertificateProblem::Purpose => FailureReason::CertificatePurpose,
            CertificateProblem::HostnameMismatch => FailureReason::HostnameMismatch,
            CertificateProblem::ChainIncomplete => FailureReason::ChainIncomplete,
            CertificateProblem::PinMismatch => FailureReason::PinMismatch,
        }
    }
}

impl ClassEnum for FailureReason {
    type Class = PacketPeerDTLS;
    const NAME: &'static str = "FailureReason";
    const VALUES: &'static [(&'static str, Self)] = &[
        ("FAILURE_NONE", FailureReason::None),
        ("FAILURE_COOKIE_EXCHANGE", FailureReason::CookieExchange),
        ("FAILURE_HANDSHAKE_TIMEOUT", FailureReason::HandshakeTimeout),
        ("FAILURE_CERTIFICATE_UNTRUSTED", FailureReason::CertificateUntrusted),
        ("FAILURE_CERTIFICATE_EXPIRED", FailureReason::CertificateExpired),
        (
            "FAILURE_CERTIFICATE_NOT_YET_VALID",
            FailureReason::CertificateNotYetValid,
        ),
        ("FAILURE_CERTIFICATE_REVOKED", FailureReason::CertificateRevoked),
        ("FAILURE_CERTIFICATE_PURPOSE", FailureReason::CertificatePurpose),
        ("FAILURE_HOSTNAME_MISMATCH", FailureReason::HostnameMismatch),
        ("FAILURE_CHAIN_INCOMPLETE", FailureReason::ChainIncomplete),
        ("FAILURE_PIN_MISMATCH", FailureReason::PinMismatch),
        (
            "FAILURE_PEER_CERTIFICATE_REQUIRED",
            FailureReason::PeerCertificateRequired,
        ),
        ("FAILURE_NO_SHARED_CIPHER", FailureReason::NoSharedCipher),
        ("FAILURE_PROTOCOL_VERSION", FailureReason::ProtocolVersion),
        ("FAILURE_PSK_REJECTED", FailureReason::PskRejected),
        ("FAILURE_PEER_ALERT", FailureReason::PeerAlert),
        ("FAILURE_PEER_RESTARTED", FailureReason::PeerRestarted),
        ("FAILURE_REFUSED", FailureReason::Refused),
        ("FAILURE_TRANSPORT", FailureReason::Transport),
        ("FAILURE_IDLE_TIMEOUT", FailureReason::IdleTimeout),
        ("FAILURE_INTERNAL", FailureReason::Internal),
        ("FAILURE_CANT_RESOLVE", FailureReason::CantResolve),
    ];

    fn number(self) -> i64 {
        self as i64
    }
}

class_enum::conversions!(FailureReason);
