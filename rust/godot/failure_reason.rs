//! The enum `PacketPeerDTLSOpenSSL.FailureReason`.

use super::class_enum::{self, ClassEnum};
use super::packet_peer_dtls::PacketPeerDTLS;
use crate::core::{CertificateProblem, Failure};

/// Why a connection failed, in classes that a game can act on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum FailureReason {
    None = 0,
    CookieExchange = 1,
    HandshakeTimeout = 2,
    CertificateUntrusted = 3,
    CertificateExpired = 4,
    CertificateNotYetValid = 5,
    CertificateRevoked = 6,
    CertificatePurpose = 7,
    HostnameMismatch = 8,
    ChainIncomplete = 9,
    PinMismatch = 10,
    PeerCertificateRequired = 11,
    NoSharedCipher = 12,
    ProtocolVersion = 13,
    PskRejected = 14,
    PeerAlert = 15,
    PeerRestarted = 16,
    Refused = 17,
    Transport = 18,
    IdleTimeout = 19,
    Internal = 20,
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
    ];

    fn number(self) -> i64 {
        self as i64
    }
}

class_enum::conversions!(FailureReason);
