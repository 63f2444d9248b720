use openssl::error::ErrorStack;
use openssl::ssl::{Error as SslError, SslRef};
use openssl::x509::X509VerifyResult;

use super::certificate_failure::{CertificateFailure, CertificateProblem};
use super::pem;

/// Why a session ended without having been closed: which side is to blame, and with what.
///
/// As text it is one sentence that can be shown to whoever plays; [`detail`](Self::detail) is for whoever develops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// First contact: the client was sent a cookie, and its next ClientHello begins a new session. Part of every
    /// connection, and no fault of anyone's.
    #[error("the client was asked to prove its address; its next ClientHello makes a new connection")]
    CookieExchange,
    /// The handshake was not complete in time: the peer is not there, or the network loses too much.
    #[error("the handshake was not complete in time")]
    HandshakeTimeout,
    /// The peer's certificate does not hold what the configuration asks for.
    #[error("{}", certificate_text(.0))]
    Certificate(CertificateFailure),
    /// A certificate is asked of the client, and it has sent none.
    #[error("the client has sent no certificate")]
    PeerCertificateRequired,
    /// The two sides do not have the same pre-shared key, or not for the same identity. Neither can tell it from a peer
    /// that has fallen silent at this point.
    #[error("the other side does not know the same pre-shared key")]
    PskRejected,
    /// The peer refused, with this alert (RFC 5246, section 7.2).
    #[error("the peer ended the connection with alert {0} ({name})", name = alert_name(*.0))]
    PeerAlert(u8),
    /// The client began a new handshake from the same address and port: this session is its past.
    #[error("the client has restarted on the same address and port")]
    PeerRestarted,
    /// This side does not want to serve the peer.
    #[error("the client was refused")]
    Refused,
    /// The socket refused several datagrams in a row during the handshake: nobody listens there.
    #[error("the socket reported errors during the handshake: is anyone listening there?")]
    Transport,
    /// The name of the server has no address.
    #[error("the server's name could not be resolved")]
    Unresolved,
    /// Nothing valid has come from the peer for longer than the settings allow.
    #[error("nothing was heard of the other side for too long")]
    IdleTimeout,
    /// The two sides have no cipher suite, group or signature algorithm in common.
    #[error("the two sides have no cipher suite in common")]
    NoSharedCipher,
    /// The two sides have no protocol version in common.
    #[error("the two sides have no DTLS version in common: 1.2 is the oldest that is allowed")]
    ProtocolVersion,
    /// The two sides have no application protocol (ALPN) in common.
    #[error("the two sides have no application protocol in common")]
    NoApplicationProtocol,
    /// The peer broke the protocol. With OpenSSL's reason.
    #[error("the peer broke the protocol: {0}")]
    Protocol(&'static str),
    /// A defect or a lack of memory on this side. With OpenSSL's reason.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

/// In place of OpenSSL's "illegal padding".
const PADDED_NUMBER: &str = "its certificate breaks the rules of DER, with a superfluous zero in front of a number: it needs \
                             another one";

fn certificate_text(failure: &CertificateFailure) -> &'static str {
    match failure.problem() {
        CertificateProblem::Untrusted => "the other side's certificate is not trusted",
        CertificateProblem::Expired => "the other side's certificate has expired",
        CertificateProblem::NotYetValid => {
            "the other side's certificate is not valid yet: is the clock of this computer right?"
        }
        CertificateProblem::Revoked => "the other side's certificate has been revoked",
        CertificateProblem::Purpose => "the other side's certificate is not meant for this purpose",
        CertificateProblem::HostnameMismatch => "the server's certificate is that of another server",
        CertificateProblem::ChainIncomplete => {
            "the other side's certificate leads to no authority that is trusted here: it should send its full chain"
        }
        CertificateProblem::PinMismatch => "the server is not the one that was expected: its fingerprint is another",
    }
}

/// `ERR_LIB_SSL`, and numbers of `sslerr.h`.
mod reason {
    pub(super) const LIBRARY: i32 = 20;
    pub(super) const PEER_ALERT: i32 = 1000;
    pub(super) const INTERNAL_ERROR: i32 = 0x8_0103;
    pub(super) const MALLOC_FAILURE: i32 = 0x8_0100;
    pub(super) const NO_SHARED_CIPHER: [i32; 7] = [193, 410, 376, 295, 101, 118, 297];
    pub(super) const NO_APPLICATION_PROTOCOL: i32 = 235;
    pub(super) const PEER_CERTIFICATE_REQUIRED: i32 = 199;
    pub(super) const PSK_IDENTITY_NOT_FOUND: i32 = 223;
    pub(super) const PROTOCOL_VERSION: [i32; 5] = [258, 396, 266, 267, 191];
    pub(super) const CERTIFICATE_VERIFY_FAILED: i32 = 134;
}

impl Failure {
    /// True if the certificate is sound but is another server's.
    pub fn is_name_mismatch(&self) -> bool {
        matches!(self, Failure::Certificate(failure) if failure.problem() == CertificateProblem::HostnameMismatch)
    }

    /// True if plaintext can bring it about, in which anyone can be the sender: a message that does not belong here, or
    /// the alert of a peer that has got one. What a certificate is refused for is told at once nevertheless.
    pub(crate) fn may_be_forged(&self) -> bool {
        /// unexpected_message, illegal_parameter, decode_error, decrypt_error: what peers that understand each other never
        /// say. user_canceled: the place among the half-open sessions is gone.
        const OF_DAMAGE: [u8; 5] = [10, 47, 50, 51, 90];
        match self {
            Failure::Protocol(_)
            | Failure::ProtocolVersion
            | Failure::NoSharedCipher
            | Failure::NoApplicationProtocol => true,
            Failure::PeerAlert(number) => OF_DAMAGE.contains(number),
            _ => false,
        }
    }

    /// What a developer acts on: the alert by name and number, what is wrong with which certificate, and where to look.
    pub fn detail(&self) -> String {
        match self {
            Failure::Certificate(failure) => {
                let CertificateFailure { result, depth, subject, .. } = failure;
                let (number, text) = (result.as_raw(), result.error_string());
                format!("X.509 error {number} ({text}) at depth {depth}, subject \"{subject}\"")
            }
            Failure::PeerAlert(number) => format!("alert {} ({number})", alert_name(*number)),
            Failure::HandshakeTimeout => {
                "no answer within the handshake timeout: look for firewalls, a wrong port, or a peer that is not polled"
                    .to_owned()
            }
            Failure::PskRejected => {
                "nothing that came after the key exchange could be decrypted: compare identities and keys".to_owned()
            }
            Failure::PeerCertificateRequired => {
                "the server verifies clients: give the client's options a certificate and its key".to_owned()
            }
            Failure::NoSharedCipher => {
                "no cipher suite, group or signature algorithm in common: compare those of both sides, and the kinds of \
                 their keys"
                    .to_owned()
            }
            Failure::NoApplicationProtocol => "compare the ALPN protocols of both sides".to_owned(),
            other => other.to_string(),
        }
    }

    /// What made OpenSSL give up on `ssl`. `refused`: what the verification of the peer's certificate found.
    pub(crate) fn of(error: &SslError, ssl: &SslRef, refused: Option<&CertificateFailure>) -> Self {
        match error.ssl_error() {
            Some(errors) => Self::of_stack(errors, ssl, refused),
            // So it refuses messages that claim to be too long or end behind themselves; what is not protected is
            // dropped before.
            None => Failure::Protocol("a message that OpenSSL refuses without a reason"),
        }
    }

    fn of_stack(errors: &ErrorStack, ssl: &SslRef, refused: Option<&CertificateFailure>) -> Self {
        let reasons = || {
            errors
                .errors()
                .iter()
                .filter(|e| e.library_code() == reason::LIBRARY)
                .map(|e| e.reason_code())
        };
        let any = |wanted: &[i32]| reasons().any(|code| wanted.contains(&code));
        if let Some(alert) = reasons().find_map(|code| u8::try_from(code - reason::PEER_ALERT).ok()) {
            return Failure::PeerAlert(alert);
        }
        if any(&[reason::CERTIFICATE_VERIFY_FAILED]) && ssl.verify_result() != X509VerifyResult::OK {
            let unknown = || CertificateFailure::of_result(ssl.verify_result());
            return Failure::Certificate(refused.cloned().unwrap_or_else(unknown));
        }
        if any(&[reason::PEER_CERTIFICATE_REQUIRED]) {
            return Failure::PeerCertificateRequired;
        }
        if any(&[reason::PSK_IDENTITY_NOT_FOUND]) {
            return Failure::Refused;
        }
        if any(&[reason::NO_APPLICATION_PROTOCOL]) {
            return Failure::NoApplicationProtocol;
        }
        if any(&reason::NO_SHARED_CIPHER) {
            return Failure::NoSharedCipher;
        }
        if any(&reason::PROTOCOL_VERSION) {
            return Failure::ProtocolVersion;
        }
        if pem::is_padded_number(errors) {
            return Failure::Protocol(PADDED_NUMBER);
        }
        let text = errors
            .errors()
            .first()
            .and_then(|error| error.reason())
            .unwrap_or("unknown reason");
        if any(&[reason::INTERNAL_ERROR, reason::MALLOC_FAILURE]) {
            Failure::Internal(text)
        } else {
            Failure::Protocol(text)
        }
    }
}

/// The name of an alert that ends a connection (RFC 5246, section 7.2, and the extensions' own).
fn alert_name(number: u8) -> &'static str {
    match number {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => "unknown",
    }
}
