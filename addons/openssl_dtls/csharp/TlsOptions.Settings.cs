#nullable enable

using System;
using Godot;

namespace OpenSslDtls;

// The properties: what can be changed once the options are made.
public sealed partial class TlsOptions
{
    /// <summary>
    /// Whether a client that comes back resumes its session (by ticket, RFC 5077), which costs one round trip fewer and
    /// no signatures. Both sides have to have it on, as they have by default. Servers change the keys of their tickets
    /// every hour. <see cref="PacketPeerDtls.IsSessionResumed"/> tells whether it was done. With pre-shared keys it
    /// never is, so that a key that was taken away does not live on.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public bool SessionResumption
    {
        get => Native.Invoke<bool>(Names.GetSessionResumption);
        set => Native.Invoke<Error>(Names.SetSessionResumption, value).ThrowIfRefused();
    }

    /// <summary>
    /// The largest datagram that the handshake sends, in bytes of UDP payload: 256 to 4096, by default what the project
    /// setting <c>openssl_dtls/default_mtu</c> says: 1200, which nearly every network carries.
    /// <see cref="PacketPeerDtls.GetMaxPacketSize"/> follows from it. When two flights in a row are lost, the handshake
    /// goes on with 512.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int Mtu
    {
        get => Native.Invoke<int>(Names.GetMtu);
        set => Native.Invoke<Error>(Names.SetMtu, value).ThrowIfRefused();
    }

    /// <summary>
    /// Whether <see cref="PacketPeerDtls.PutPacket"/> refuses packets larger than
    /// <see cref="PacketPeerDtls.GetMaxPacketSize"/> with <see cref="Godot.Error.InvalidParameter"/>. By default they
    /// are sent, up to 16384 bytes: IP cuts them apart, and some networks lose the pieces.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public bool StrictMtu
    {
        get => Native.Invoke<bool>(Names.GetStrictMtu);
        set => Native.Invoke<Error>(Names.SetStrictMtu, value).ThrowIfRefused();
    }

    /// <summary>
    /// The oldest version of the protocol to speak. <see cref="Version.Any"/>, the default, is all that are safe: DTLS
    /// 1.2 and newer.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public Version MinVersion
    {
        get => Native.Invoke<Version>(Names.GetMinVersion);
        set => Native.Invoke<Error>(Names.SetMinVersion, (long)value).ThrowIfRefused();
    }

    /// <summary>
    /// The newest version of the protocol to speak. <see cref="Version.Any"/>, the default, has no limit.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public Version MaxVersion
    {
        get => Native.Invoke<Version>(Names.GetMaxVersion);
        set => Native.Invoke<Error>(Names.SetMaxVersion, (long)value).ThrowIfRefused();
    }

    /// <summary>
    /// The cipher suites that may be used, in OpenSSL's syntax, such as <c>ECDHE+CHACHA20:ECDHE+AESGCM</c>. Only those
    /// with ECDHE and AES-GCM or ChaCha20-Poly1305 can be. Empty, the default, allows all of these. With pre-shared
    /// keys only <c>ECDHE-PSK-CHACHA20-POLY1305</c> is used, and has to be in the list.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public string CipherList
    {
        get => Native.Invoke<string>(Names.GetCipherList);
        set => Native.Invoke<Error>(Names.SetCipherList, value).ThrowIfRefused();
    }

    /// <summary>
    /// The groups that keys may be exchanged in, the preferred one first. By default <c>X25519:P-256:P-384:P-521</c>.
    /// The curve of an EC certificate has to be among them, on both sides.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public string Groups
    {
        get => Native.Invoke<string>(Names.GetGroups);
        set => Native.Invoke<Error>(Names.SetGroups, value).ThrowIfRefused();
    }

    /// <summary>
    /// OpenSSL's security level, 0 to 5, by default 2: keys and signatures with 112 bits of security, such as RSA of
    /// 2048 bits and SHA-256. 1 takes older certificates, 3 asks for RSA of 3072 bits.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int SecurityLevel
    {
        get => Native.Invoke<int>(Names.GetSecurityLevel);
        set => Native.Invoke<Error>(Names.SetSecurityLevel, value).ThrowIfRefused();
    }

    /// <summary>
    /// How many milliseconds a handshake may take, 100 to 600000, by default 20000. Then the connection fails with
    /// <see cref="PacketPeerDtls.FailureReason.HandshakeTimeout"/>, or with
    /// <see cref="PacketPeerDtls.FailureReason.PskRejected"/> if both sides share a key and it came as far as to use
    /// it.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int HandshakeTimeoutMs
    {
        get => Native.Invoke<int>(Names.GetHandshakeTimeoutMs);
        set => Native.Invoke<Error>(Names.SetHandshakeTimeoutMs, value).ThrowIfRefused();
    }

    /// <summary>
    /// After how many milliseconds without an answer the handshake sends again, 50 to 60000, by default 1000. The time
    /// doubles with each further loss, up to a fifth of <see cref="HandshakeTimeoutMs"/> and 60 seconds at most. On a
    /// network that is known to be fast, 200 makes up for losses sooner.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int RetransmitTimeoutMs
    {
        get => Native.Invoke<int>(Names.GetRetransmitTimeoutMs);
        set => Native.Invoke<Error>(Names.SetRetransmitTimeoutMs, value).ThrowIfRefused();
    }

    /// <summary>
    /// After how many milliseconds without a packet of the other side a connection fails with
    /// <see cref="PacketPeerDtls.FailureReason.IdleTimeout"/>: 1000 to 86400000, or 0, the default, for never. Where
    /// either side can have nothing to say for so long, let it send something from time to time.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int IdleTimeoutMs
    {
        get => Native.Invoke<int>(Names.GetIdleTimeoutMs);
        set => Native.Invoke<Error>(Names.SetIdleTimeoutMs, value).ThrowIfRefused();
    }

    /// <summary>
    /// The application protocols that this side speaks (ALPN, RFC 7301), the preferred one first, each of 1 to 255
    /// bytes, and some 1000 bytes together. A game can tell its versions apart by them:
    /// <see cref="PacketPeerDtls.GetAlpnProtocol"/> is what the server has chosen, and without one in common the
    /// connection fails with <see cref="PacketPeerDtls.FailureReason.ProtocolVersion"/>. Empty, the default, leaves it
    /// to the game.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public string[] AlpnProtocols
    {
        get => Native.Invoke<string[]>(Names.GetAlpnProtocols);
        set => Native.Invoke<Error>(Names.SetAlpnProtocols, value).ThrowIfRefused();
    }

    /// <summary>
    /// A file that the secrets of all connections are appended to, with which Wireshark can decrypt what it has
    /// recorded. Either in <c>user://</c> or an absolute path. Empty, the default, keeps them secret, as players
    /// expect.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public string KeyLogPath
    {
        get => Native.Invoke<string>(Names.GetKeyLogPath);
        set => Native.Invoke<Error>(Names.SetKeyLogPath, value).ThrowIfRefused();
    }

    /// <summary>
    /// Protects the tickets that clients resume their sessions with: 32 to 255 random bytes. A server's alone.
    /// </summary>
    /// <remarks>
    /// Where several servers share an address, give all of them the same, and a client can resume with any of them. To
    /// change it, call <see cref="DtlsServer.Setup(TlsOptions)"/> with the new one on all servers: tickets made with
    /// the one before are taken until the next change. Whoever has the key can read recorded connections, so change it
    /// every day and do not store it. Empty, the default: each server makes its own, and a new one every hour.
    /// </remarks>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public byte[] TicketKey
    {
        get => Native.Invoke<byte[]>(Names.GetTicketKey);
        set => Native.Invoke<Error>(Names.SetTicketKey, value).ThrowIfRefused();
    }

    /// <summary>
    /// Makes the cookies that clients prove their address with: 32 to 255 random bytes. A server's alone.
    /// </summary>
    /// <remarks>
    /// Where several servers share an address, give all of them the same, and each can take a client whose first packet
    /// went to another. To change it, call <see cref="DtlsServer.Setup(TlsOptions)"/> with the new one on all servers:
    /// the one before is taken until the next change. A cookie is good for as long as its secret, also for whoever has
    /// the address next, so change it every hour or so. Empty, the default: each server makes its own, and a new one
    /// every minute.
    /// </remarks>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public byte[] CookieSecret
    {
        get => Native.Invoke<byte[]>(Names.GetCookieSecret);
        set => Native.Invoke<Error>(Names.SetCookieSecret, value).ThrowIfRefused();
    }

    /// <summary>
    /// How many clients may be in the handshake at a time: 1 to 65536, by default 1024. A server's alone.
    /// </summary>
    /// <remarks>
    /// Whoever comes when there are as many is not answered. The connection that has waited the longest for its client
    /// is given up for the next one, with <see cref="PacketPeerDtls.FailureReason.Refused"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int MaxHalfOpen
    {
        get => Native.Invoke<int>(Names.GetMaxHalfOpen);
        set => Native.Invoke<Error>(Names.SetMaxHalfOpen, value).ThrowIfRefused();
    }

    /// <summary>
    /// How many clients of one IP address may be in the handshake at a time: 1 to 65536, by default 256. Counts only
    /// while the server has half of <see cref="MaxHalfOpen"/>: behind one address there can be many players. A server's
    /// alone.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int MaxHalfOpenPerAddress
    {
        get => Native.Invoke<int>(Names.GetMaxHalfOpenPerAddress);
        set => Native.Invoke<Error>(Names.SetMaxHalfOpenPerAddress, value).ThrowIfRefused();
    }

    /// <summary>
    /// Whether a server asks its clients for certificates: <see cref="VerifyClientEnum.None"/> (the default),
    /// <see cref="VerifyClientEnum.Optional"/> or <see cref="VerifyClientEnum.Required"/>. The latter two need
    /// <see cref="ClientCa"/> or <see cref="ClientCaPem"/>. Who a client is then tell
    /// <see cref="PacketPeerDtls.GetPeerSubject"/> and <see cref="PacketPeerDtls.GetPeerCertificate"/>.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public VerifyClientEnum VerifyClient
    {
        get => Native.Invoke<VerifyClientEnum>(Names.GetVerifyClient);
        set => Native.Invoke<Error>(Names.SetVerifyClient, (long)value).ThrowIfRefused();
    }

    /// <summary>
    /// The certificates of the authorities whose clients a server takes: see <see cref="VerifyClient"/>. Null: none.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public X509Certificate? ClientCa
    {
        get => Native.InvokeForObject<X509Certificate>(Names.GetClientCa);
        set => Native.Invoke<Error>(Names.SetClientCa, value!).ThrowIfRefused();
    }

    /// <summary><see cref="ClientCa"/> as a PEM text.</summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public string ClientCaPem
    {
        get => Native.Invoke<string>(Names.GetClientCaPem);
        set => Native.Invoke<Error>(Names.SetClientCaPem, value).ThrowIfRefused();
    }

    /// <summary>
    /// Revocation lists (CRLs) in PEM form: certificates of the other side that they name are refused with
    /// <see cref="PacketPeerDtls.FailureReason.CertificateRevoked"/>.
    /// </summary>
    /// <remarks>
    /// There has to be a list of the authority that has issued the other side's certificate, and it must not have
    /// expired: without one, nobody is trusted. Empty, the default: revocation is not checked. A server's options use
    /// them for clients, with <see cref="VerifyClient"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public string CrlPem
    {
        get => Native.Invoke<string>(Names.GetCrlPem);
        set => Native.Invoke<Error>(Names.SetCrlPem, value).ThrowIfRefused();
    }

    private static partial class Names
    {
        internal static readonly StringName GetSessionResumption = "get_session_resumption";
        internal static readonly StringName SetSessionResumption = "set_session_resumption";
        internal static readonly StringName GetMtu = "get_mtu";
        internal static readonly StringName SetMtu = "set_mtu";
        internal static readonly StringName GetStrictMtu = "get_strict_mtu";
        internal static readonly StringName SetStrictMtu = "set_strict_mtu";
        internal static readonly StringName GetMinVersion = "get_min_version";
        internal static readonly StringName SetMinVersion = "set_min_version";
        internal static readonly StringName GetMaxVersion = "get_max_version";
        internal static readonly StringName SetMaxVersion = "set_max_version";
        internal static readonly StringName GetCipherList = "get_cipher_list";
        internal static readonly StringName SetCipherList = "set_cipher_list";
        internal static readonly StringName GetGroups = "get_groups";
        internal static readonly StringName SetGroups = "set_groups";
        internal static readonly StringName GetSecurityLevel = "get_security_level";
        internal static readonly StringName SetSecurityLevel = "set_security_level";
        internal static readonly StringName GetHandshakeTimeoutMs = "get_handshake_timeout_ms";
        internal static readonly StringName SetHandshakeTimeoutMs = "set_handshake_timeout_ms";
        internal static readonly StringName GetRetransmitTimeoutMs = "get_retransmit_timeout_ms";
        internal static readonly StringName SetRetransmitTimeoutMs = "set_retransmit_timeout_ms";
        internal static readonly StringName GetIdleTimeoutMs = "get_idle_timeout_ms";
        internal static readonly StringName SetIdleTimeoutMs = "set_idle_timeout_ms";
        internal static readonly StringName GetAlpnProtocols = "get_alpn_protocols";
        internal static readonly StringName SetAlpnProtocols = "set_alpn_protocols";
        internal static readonly StringName GetKeyLogPath = "get_key_log_path";
        internal static readonly StringName SetKeyLogPath = "set_key_log_path";
        internal static readonly StringName GetTicketKey = "get_ticket_key";
        internal static readonly StringName SetTicketKey = "set_ticket_key";
        internal static readonly StringName GetCookieSecret = "get_cookie_secret";
        internal static readonly StringName SetCookieSecret = "set_cookie_secret";
        internal static readonly StringName GetMaxHalfOpen = "get_max_half_open";
        internal static readonly StringName SetMaxHalfOpen = "set_max_half_open";
        internal static readonly StringName GetMaxHalfOpenPerAddress = "get_max_half_open_per_address";
        internal static readonly StringName SetMaxHalfOpenPerAddress = "set_max_half_open_per_address";
        internal static readonly StringName GetVerifyClient = "get_verify_client";
        internal static readonly StringName SetVerifyClient = "set_verify_client";
        internal static readonly StringName GetClientCa = "get_client_ca";
        internal static readonly StringName SetClientCa = "set_client_ca";
        internal static readonly StringName GetClientCaPem = "get_client_ca_pem";
        internal static readonly StringName SetClientCaPem = "set_client_ca_pem";
        internal static readonly StringName GetCrlPem = "get_crl_pem";
        internal static readonly StringName SetCrlPem = "set_crl_pem";
    }
}
