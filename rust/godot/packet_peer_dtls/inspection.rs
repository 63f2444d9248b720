//! What can be asked about a connection and about how the last one ended.

use std::net::SocketAddr;

use godot::classes::X509Certificate;
use godot::global::Error;
use godot::prelude::*;

use super::PacketPeerDTLS;
use crate::core::{Failure, Fingerprint, Session, subject_text};
use crate::godot::credentials::certificate_from_pem;
use crate::godot::failure_reason::FailureReason;
use crate::godot::guard::guard;
use crate::godot::refusal::Refusal;
use crate::godot::statistics::PeerStatistics;
use crate::godot::status::Status;

/// The most keying material that is given out, in bytes.
const MAX_KEYING_MATERIAL: i64 = 4096;

#[godot_api(secondary)]
impl PacketPeerDTLS {
    /// Why the connection failed. [constant FAILURE_NONE]: it did not.
    #[func]
    fn get_failure_reason(&self) -> FailureReason {
        let failure = self.failure.as_ref();
        failure.map_or(FailureReason::None, FailureReason::from)
    }

    /// Why the connection failed, in one sentence that a game can show. Empty if it did not fail.
    #[func]
    fn get_failure_message(&self) -> GString {
        self.describe_failure(ToString::to_string)
    }

    /// Why the connection failed, for whoever can mend it: the alert by name and number, or what is wrong with which
    /// certificate of the chain. Empty if it did not fail.
    #[func]
    fn get_failure_detail(&self) -> GString {
        self.describe_failure(Failure::detail)
    }

    /// The protocol version of the connection, such as [code]DTLSv1.2[/code]. Empty while not connected.
    #[func]
    fn get_protocol_version(&self) -> GString {
        self.ask(Session::protocol_version).unwrap_or_default().into()
    }

    /// The cipher suite of the connection, such as [code]TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256[/code]. Empty while not
    /// connected.
    #[func]
    fn get_cipher_name(&self) -> GString {
        self.ask(Session::cipher_name).unwrap_or_default().into()
    }

    /// The group in which the connection's keys were exchanged, such as [code]x25519[/code]. Empty while not connected.
    #[func]
    fn get_group_name(&self) -> GString {
        self.ask(Session::group_name).unwrap_or_default().into()
    }

    /// The application protocol that the two sides have agreed on: see
    /// [member TLSOptionsOpenSSL.alpn_protocols]. Empty: none.
    #[func]
    fn get_alpn_protocol(&self) -> GString {
        let name = self.ask(|session| String::from_utf8_lossy(session.alpn_protocol()).into_owned());
        name.map(|name| name.as_str().into()).unwrap_or_default()
    }

    /// True if the connection resumes an earlier one: see [member TLSOptionsOpenSSL.session_resumption].
    #[func]
    fn is_session_resumed(&self) -> bool {
        self.ask(Session::is_resumed).unwrap_or(false)
    }

    /// The certificate that the other side has proved to be its own. Null while not connected, or if it has shown none:
    /// see [member TLSOptionsOpenSSL.verify_client]. A client with unverified options gets whatever was shown.
    #[func]
    fn get_peer_certificate(&self) -> Option<Gd<X509Certificate>> {
        let pem = self
            .ask(|session| session.peer_certificate()?.to_pem().ok())
            .flatten()?;
        guard(|| certificate_from_pem(&String::from_utf8(pem).ok()?)).flatten()
    }

    /// Whom that certificate is about, as RFC 4514 writes it: [code]CN=player,O=guild[/code]. Empty: there is none.
    #[func]
    fn get_peer_subject(&self) -> GString {
        let subject = self.ask(|session| session.peer_certificate().map(|certificate| subject_text(&certificate)));
        subject.flatten().map(|text| text.as_str().into()).unwrap_or_default()
    }

    /// The SHA-256 of that certificate in 64 lower-case hexadecimal digits. Empty: there is none.
    #[func]
    fn get_peer_fingerprint_sha256(&self) -> GString {
        let fingerprint = self
            .ask(|session| Fingerprint::of(&*session.peer_certificate()?).ok())
            .flatten();
        fingerprint
            .map(|fingerprint| fingerprint.to_string().as_str().into())
            .unwrap_or_default()
    }

    /// `length` (1 to 4096) bytes that both sides of this connection, and nobody else, can compute from the same
    /// `label` and `context` (RFC 5705): keys for something beside it. Choose a label of your own, such as
    /// [code]EXPERIMENTAL my-game voice[/code]. Empty, with a line in the log, if that is not possible.
    #[func]
    fn export_keying_material(
        &self,
        label: GString,
        length: i64,
        #[opt(default = &PackedByteArray::new())] context: PackedByteArray,
    ) -> PackedByteArray {
        guard(|| {
            self.try_export(&label, length, &context).unwrap_or_else(|refusal| {
                refusal.report("PacketPeerDTLSOpenSSL.export_keying_material()");
                PackedByteArray::new()
            })
        })
        .unwrap_or_default()
    }

    /// The IP address of the other side. Empty while it is not known: after [method connect_to_host] until the name is
    /// looked up, after [method connect_to_peer] until the first answer.
    #[func]
    fn get_remote_address(&self) -> GString {
        self.remote()
            .map(|address| address.ip().to_string().as_str().into())
            .unwrap_or_default()
    }

    /// The UDP port of the other side. 0 while it is not known.
    #[func]
    fn get_remote_port(&self) -> i64 {
        self.remote().map_or(0, |address| i64::from(address.port()))
    }

    /// The same as [method get_remote_address], under the name that goes with [method PacketPeerUDP.get_packet_port]:
    /// all packets come from there.
    #[func]
    fn get_packet_address(&self) -> GString {
        self.get_remote_address()
    }

    /// The same as [method get_remote_port].
    #[func]
    fn get_packet_port(&self) -> i64 {
        self.get_remote_port()
    }

    /// The size in bytes of the largest packet that fits one datagram, with the cipher of this connection: see [member
    /// TLSOptionsOpenSSL.mtu]. Larger ones are sent as well, unless [member TLSOptionsOpenSSL.strict_mtu] is on. 0
    /// while there is no connection.
    #[func(rename = get_max_packet_size)]
    fn max_packet_size(&self) -> i64 {
        self.largest_packet()
            .and_then(|size| i64::try_from(size).ok())
            .unwrap_or(0)
    }

    /// What the connection, or the last one if it has ended, has counted.
    ///
    /// The keys are [code]bytes_in[/code], [code]bytes_out[/code], [code]datagrams_in[/code],
    /// [code]datagrams_out[/code] (as UDP carries them, handshake included), [code]dropped_malformed[/code],
    /// [code]dropped_unexpected[/code], [code]dropped_invalid[/code] (what anyone but the other side may have sent: no
    /// DTLS at all, not now, not with this connection's keys), [code]oversize[/code] (packets sent that do not fit one
    /// datagram), [code]socket_errors[/code], [code]retransmissions[/code] (flights of the handshake that were sent
    /// again) and [code]handshake_time_usec[/code] (0 until it is complete).
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        let statistics = self.ask(PeerStatistics::of).unwrap_or(self.statistics);
        guard(|| statistics.dictionary()).unwrap_or_default()
    }
}

impl PacketPeerDTLS {
    fn remote(&self) -> Option<SocketAddr> {
        let connection = self.connection.as_ref()?;
        guard(|| connection.peer_address()).flatten()
    }

    fn describe_failure(&self, describe: impl FnOnce(&Failure) -> String) -> GString {
        let failure = self.failure.as_ref();
        guard(|| {
            failure
                .map(|failure| describe(failure).as_str().into())
                .unwrap_or_default()
        })
        .unwrap_or_default()
    }

    fn try_export(&self, label: &GString, length: i64, context: &PackedByteArray) -> Result<PackedByteArray, Refusal> {
        let size = usize::try_from(length)
            .ok()
            .filter(|_| (1..=MAX_KEYING_MATERIAL).contains(&length))
            .ok_or_else(|| {
                let allowed = format_args!("1 to {MAX_KEYING_MATERIAL} bytes are possible");
                Refusal::value(&length, allowed).within("length")
            })?;
        let context = Some(context.as_slice()).filter(|context| !context.is_empty());
        let connection = self.connection.as_ref().filter(|_| self.status == Status::Connected);
        let material = connection
            .and_then(|connection| {
                connection.ask(|session| session.export_keying_material(&label.to_string(), size, context))
            })
            .ok_or_else(|| Refusal::new(Error::ERR_UNCONFIGURED, "the peer is not connected"))?;
        let material = material.ok_or_else(|| Refusal::argument("label", "OpenSSL cannot derive keys from it"))?;
        Ok(material.as_slice().into())
    }
}
