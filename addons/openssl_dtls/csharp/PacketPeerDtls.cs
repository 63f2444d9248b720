#nullable enable

using System;
using System.Diagnostics.CodeAnalysis;
using Godot;

namespace OpenSslDtls;

/// <summary>
/// One end of a DTLS connection. The counterpart of the engine's <see cref="Godot.PacketPeerDtls"/>, on OpenSSL.
/// </summary>
/// <remarks>
/// <para>A client makes one and calls <see cref="ConnectToHost(string, int, string, TlsOptions)"/>, or
/// <see cref="ConnectToPeer(PacketPeerUdp, string, TlsOptions)"/> to use a <see cref="PacketPeerUdp"/> of its own; a
/// server is given one by <see cref="DtlsServer.TakeConnection"/>. Either calls <see cref="Poll"/> in every frame.
/// Packets go through <see cref="PacketPeerDtls.PutPacket"/> and <see cref="PacketPeerDtls.GetPacket"/>: encrypted and
/// unforged, but, as with UDP, perhaps lost or in another order.</para>
/// <para><see cref="PacketPeerDtls.PutPacket"/> takes up to 16384 bytes; what is larger is refused with
/// <see cref="Godot.Error.InvalidParameter"/>. Up to <see cref="GetMaxPacketSize"/> bytes fit one datagram on nearly
/// every network. <see cref="Godot.Error.Busy"/>: the system has no room for the packet now.
/// <see cref="Godot.Error.ConnectionError"/>: the socket refuses it. <see cref="Godot.Error.Unconfigured"/>: the status
/// is not <see cref="Status.Connected"/>. In each case that packet is lost, and the connection lives.
/// <see cref="PacketPeerDtls.GetPacket"/> without a packet that waits gives an empty array, and
/// <see cref="PacketPeerDtls.GetPacketError"/> is <see cref="Godot.Error.Unavailable"/>, or
/// <see cref="Godot.Error.Unconfigured"/> if there is no connection.</para>
/// <para>The status, one of <see cref="Status"/>, changes in <see cref="Poll"/> (or in that of a server that listens),
/// in the methods that connect and in <see cref="DisconnectFromPeer"/> only, and an end shows only when the packets
/// that were received before it have been read.</para>
/// <para>Why a connection failed tell <see cref="GetFailureMessage"/>, to whoever plays,
/// <see cref="GetFailureDetail"/>, to whoever develops, and <see cref="GetFailureReason"/>, to the script, as one of
/// <see cref="FailureReason"/>.</para>
/// </remarks>
/// <example>
/// <code>
/// using Godot;
/// using PacketPeerDtls = OpenSslDtls.PacketPeerDtls;
///
/// public partial class Client : Node
/// {
///     private readonly PacketPeerDtls _dtls = new();
///
///     public override void _Ready()
///     {
///         _dtls.StatusChanged += OnStatusChanged;
///         _dtls.ConnectToHost("example.com", 4242, "", TlsOptions.Client(GD.Load&lt;X509Certificate&gt;("res://authority.crt")));
///     }
///
///     public override void _Process(double delta)
///     {
///         _dtls.Poll();
///         while (_dtls.GetAvailablePacketCount() &gt; 0)
///         {
///             GD.Print(_dtls.GetPacket().GetStringFromUtf8());
///         }
///     }
///
///     private void OnStatusChanged(PacketPeerDtls.Status status)
///     {
///         if (status == PacketPeerDtls.Status.Connected)
///         {
///             _dtls.PutPacket("Hello".ToUtf8Buffer());
///         }
///     }
/// }
/// </code>
/// </example>
public sealed partial class PacketPeerDtls : RefCounted
{
    private static readonly WrapperTable<PacketPeerExtension, PacketPeerDtls> s_wrappers =
        new("PacketPeerDTLSOpenSSL", native => new PacketPeerDtls(native));

    /// <summary>Makes a peer that is not connected.</summary>
    /// <exception cref="InvalidOperationException">The extension is not loaded.</exception>
    public PacketPeerDtls()
        : this(s_wrappers.Instantiate())
    {
        s_wrappers.Add(Native, this);
    }

    private PacketPeerDtls(PacketPeerExtension native)
    {
        Native = native;
        var relay = new StatusRelay(this);
        native.Connect(Names.StatusChanged, Callable.From<Status>(relay.Emit));
    }

    /// <summary>
    /// The status has become <paramref name="status"/>, which <see cref="GetStatus"/> returns as well. Every method can
    /// be called from here. Other threads that use this peer meanwhile wait until the handlers have returned. So a
    /// handler must not wait for such a thread, and two threads whose handlers use each other's peers can wait for each
    /// other for ever.
    /// </summary>
    [Signal]
    public delegate void StatusChangedEventHandler(Status status);

    /// <summary>The state of a connection.</summary>
    public enum Status : long
    {
        /// <summary>Not connected yet, or closed by either side.</summary>
        Disconnected = 0,
        /// <summary>The handshake goes on: the other side is awaited, or proves who it is.</summary>
        Handshaking = 1,
        /// <summary>Packets can be sent and received.</summary>
        Connected = 2,
        /// <summary>The connection failed: see <see cref="GetFailureReason"/>.</summary>
        Error = 3,
        /// <summary>The connection failed: the certificate is sound, but that of another server.</summary>
        ErrorHostnameMismatch = 4,
    }

    /// <summary>Why a connection failed, in classes that a game can act on.</summary>
    public enum FailureReason : long
    {
        /// <summary>The connection has not failed.</summary>
        None = 0,
        /// <summary>
        /// First contact with a client, which was asked to prove its address and comes back as a new connection: see
        /// <see cref="DtlsServer"/>.
        /// </summary>
        CookieExchange = 1,
        /// <summary>
        /// The other side has not answered in time, or not to the end: see <see cref="TlsOptions.HandshakeTimeoutMs"/>.
        /// </summary>
        HandshakeTimeout = 2,
        /// <summary>
        /// Nobody who is trusted has issued the other side's certificate, or something else is wrong with its chain:
        /// <see cref="GetFailureDetail"/> tells, a key that is too short for <see cref="TlsOptions.SecurityLevel"/> or
        /// a missing <see cref="TlsOptions.CrlPem"/> for example.
        /// </summary>
        CertificateUntrusted = 3,
        /// <summary>A certificate of the other side is no longer valid.</summary>
        CertificateExpired = 4,
        /// <summary>A certificate of the other side is not valid yet. Often this computer's clock is wrong.</summary>
        CertificateNotYetValid = 5,
        /// <summary>A certificate of the other side was revoked: see <see cref="TlsOptions.CrlPem"/>.</summary>
        CertificateRevoked = 6,
        /// <summary>The certificate is for something else: a client's on a server, or the reverse.</summary>
        CertificatePurpose = 7,
        /// <summary>
        /// The certificate is sound, but that of another server. The status is
        /// <see cref="Status.ErrorHostnameMismatch"/>.
        /// </summary>
        HostnameMismatch = 8,
        /// <summary>
        /// Who has issued a certificate of the other side is not known here: it should send its full chain.
        /// </summary>
        ChainIncomplete = 9,
        /// <summary>
        /// The certificate has none of the expected fingerprints: see <see cref="TlsOptions.ClientPinned"/>.
        /// </summary>
        PinMismatch = 10,
        /// <summary>
        /// The client has no certificate, and the server wants one: see <see cref="TlsOptions.VerifyClient"/>.
        /// </summary>
        PeerCertificateRequired = 11,
        /// <summary>The two sides have no cipher suite, group or signature algorithm in common.</summary>
        NoSharedCipher = 12,
        /// <summary>The two sides have no version of DTLS, or no application protocol, in common.</summary>
        ProtocolVersion = 13,
        /// <summary>
        /// The two sides have different pre-shared keys, or the other side fell silent when it was to prove that it has
        /// the same.
        /// </summary>
        PskRejected = 14,
        /// <summary>The other side refused the connection: <see cref="GetFailureDetail"/> has its reason.</summary>
        PeerAlert = 15,
        /// <summary>
        /// The client has restarted and connects anew from the same port. The status is
        /// <see cref="Status.Disconnected"/>.
        /// </summary>
        PeerRestarted = 16,
        /// <summary>
        /// This side did not want to serve the client: the server has too many clients in the handshake, or the
        /// <see cref="Callable"/> that knows its pre-shared keys has given neither a key nor an empty array.
        /// </summary>
        Refused = 17,
        /// <summary>The socket reports errors: most often nobody listens at that address.</summary>
        Transport = 18,
        /// <summary>
        /// The other side has not sent anything for too long: see <see cref="TlsOptions.IdleTimeoutMs"/>.
        /// </summary>
        IdleTimeout = 19,
        /// <summary>
        /// The other side broke the protocol, or this library is at fault: <see cref="GetFailureDetail"/> tells.
        /// </summary>
        Internal = 20,
        /// <summary>
        /// The host name of the server has no IP address: it is misspelt, or there is no network. See
        /// <see cref="PacketPeerDtls.ConnectToHost(string, int, string, TlsOptions)"/>.
        /// </summary>
        CantResolve = 21,
    }

    /// <summary>True if the extension is loaded.</summary>
    public static bool IsAvailable => s_wrappers.IsAvailable;

    /// <summary>The <c>PacketPeerDTLSOpenSSL</c> that this object stands for: what GDScript works with.</summary>
    public PacketPeerExtension Native { get; }

    /// <summary>The largest packet that <see cref="PutVar"/> makes, in bytes.</summary>
    public int EncodeBufferMaxSize
    {
        get => Native.EncodeBufferMaxSize;
        set => Native.EncodeBufferMaxSize = value;
    }

    /// <summary>The peer as the engine knows it.</summary>
    [return: NotNullIfNotNull(nameof(peer))]
    public static implicit operator PacketPeer?(PacketPeerDtls? peer) => peer?.Native;

    /// <summary>The object in C# for <paramref name="native"/>, a <c>PacketPeerDTLSOpenSSL</c>. Null: null.</summary>
    /// <exception cref="InvalidCastException">It is an object of another class.</exception>
    public static PacketPeerDtls? From(GodotObject? native) => s_wrappers.From(native);

    /// <inheritdoc cref="From(GodotObject)"/>
    public static PacketPeerDtls? From(Variant native) => From(native.AsGodotObject());

    /// <summary>
    /// Receives what has arrived and sends again what was lost. Call it in every frame. For the peers of a server after
    /// <see cref="DtlsServer.Listen"/> it is not needed: <see cref="DtlsServer.Poll"/> does it for all of them.
    /// </summary>
    /// <remarks>
    /// Takes what was there when the call began, up to 256 packets or 64 KiB. The rest waits for the next call.
    /// </remarks>
    public void Poll() => Native.Invoke(Names.Poll);

    /// <summary>
    /// Polls, and returns all packets that wait: what <see cref="Poll"/> and <see cref="PacketPeerDtls.GetPacket"/> in
    /// a loop give, in one call.
    /// </summary>
    public byte[][] ReceiveAll() =>
        Native.InvokeForAll(Names.ReceiveAll, packet => packet.AsByteArray());

    /// <summary>
    /// Begins to connect to the DTLS server at the other end of <paramref name="packetPeer"/>, on which
    /// <see cref="PacketPeerUdp.ConnectToHost"/> has been called.
    /// </summary>
    /// <remarks>
    /// <para>The server's certificate has to be valid for <paramref name="hostname"/>, a name or an IP address.
    /// <paramref name="hostname"/> can also be a <c>bool</c>, as in Godot 3: <c>true</c> verifies the certificate and
    /// the IP address that the server answers from, <c>false</c> verifies nothing. It says so only where there are no
    /// <paramref name="clientOptions"/>, which then decide: <see cref="Godot.TlsOptions"/> or <see cref="TlsOptions"/>.
    /// Without them the certificates that the system trusts are trusted.</para>
    /// <para>Returns <see cref="Godot.Error.Ok"/> when the first packet is sent; <see cref="Poll"/> does the rest.
    /// <see cref="Godot.Error.InvalidParameter"/>: see the log. <see cref="Godot.Error.AlreadyInUse"/>: this peer is
    /// connecting or connected. <see cref="Godot.Error.Unconfigured"/>: no trusted certificates were found on this
    /// system. <see cref="Godot.Error.Failed"/>: the socket refuses to send.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// In place of <see cref="Godot.Error.AlreadyInUse"/> and <see cref="Godot.Error.Unconfigured"/>.
    /// </exception>
    public Error ConnectToPeer(PacketPeerUdp packetPeer, string hostname, TlsOptions? clientOptions = null) =>
        ConnectWith(packetPeer, hostname, clientOptions?.Native);

    /// <inheritdoc cref="ConnectToPeer(PacketPeerUdp, string, TlsOptions)"/>
    public Error ConnectToPeer(PacketPeerUdp packetPeer, string hostname, Godot.TlsOptions clientOptions) =>
        ConnectWith(packetPeer, hostname, clientOptions);

    /// <inheritdoc cref="ConnectToPeer(PacketPeerUdp, string, TlsOptions)"/>
    /// <param name="packetPeer">A connected socket.</param>
    /// <param name="validateCerts">
    /// True: verify the certificate and the IP address that the server answers from. False: nothing.
    /// </param>
    public Error ConnectToPeer(PacketPeerUdp packetPeer, bool validateCerts) =>
        ConnectWith(packetPeer, validateCerts, null);

    /// <summary>
    /// Begins to connect to the DTLS server at <paramref name="port"/> of <paramref name="host"/>, a name or an IP
    /// address, on a socket of its own.
    /// </summary>
    /// <remarks>
    /// <para>The name is looked up while the game goes on. If it has several addresses, those are tried in turn until
    /// one answers. The server's certificate has to be valid for <paramref name="hostname"/>, or for
    /// <paramref name="host"/> if that is empty. Without <paramref name="clientOptions"/>
    /// (<see cref="Godot.TlsOptions"/> or <see cref="TlsOptions"/>) the certificates that the system trusts are
    /// trusted.</para>
    /// <para>Returns <see cref="Godot.Error.Ok"/> when it has begun; <see cref="Poll"/> does the rest, and tells with
    /// <see cref="FailureReason.CantResolve"/> that there is no such name. <see cref="Godot.Error.InvalidParameter"/>:
    /// see the log. <see cref="Godot.Error.AlreadyInUse"/>: this peer is connecting or connected.
    /// <see cref="Godot.Error.Unconfigured"/>: no trusted certificates were found on this system.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// In place of <see cref="Godot.Error.AlreadyInUse"/> and <see cref="Godot.Error.Unconfigured"/>.
    /// </exception>
    public Error ConnectToHost(string host, int port, string hostname = "", TlsOptions? clientOptions = null) =>
        ConnectToHostWith(host, port, hostname, clientOptions?.Native);

    /// <inheritdoc cref="ConnectToHost(string, int, string, TlsOptions)"/>
    public Error ConnectToHost(string host, int port, string hostname, Godot.TlsOptions clientOptions) =>
        ConnectToHostWith(host, port, hostname, clientOptions);

    /// <summary>The status of the connection.</summary>
    public Status GetStatus() => Native.Invoke<Status>(Names.GetStatus);

    /// <summary>
    /// Closes the connection and tells the other side. Packets that were not read are gone. A
    /// <see cref="PacketPeerUdp"/> from <see cref="UdpServer"/> is closed as well; one that you connected stays open.
    /// </summary>
    /// <remarks>
    /// Does nothing if there is no connection: <see cref="GetStatus"/> goes on to tell how the last one ended.
    /// </remarks>
    public void DisconnectFromPeer() => Native.Invoke(Names.DisconnectFromPeer);

    /// <summary>How many packets wait.</summary>
    public int GetAvailablePacketCount() => Native.GetAvailablePacketCount();

    /// <summary>The packet that has waited longest. Empty if none waits: see <see cref="GetPacketError"/>.</summary>
    public byte[] GetPacket() => Native.GetPacket();

    /// <summary>
    /// What the last <see cref="GetPacket"/> or <see cref="GetVar"/> ended with.
    /// <see cref="Godot.Error.Unavailable"/>: no packet waited. <see cref="Godot.Error.Unconfigured"/>: not connected.
    /// </summary>
    public Error GetPacketError() => Native.GetPacketError();

    /// <summary>Sends a packet of up to 16384 bytes.</summary>
    /// <returns>
    /// <see cref="Godot.Error.Unconfigured"/>: not connected. <see cref="Godot.Error.InvalidParameter"/>: too large.
    /// Other errors are the socket's. The connection lives on.
    /// </returns>
    public Error PutPacket(byte[] buffer) => Native.PutPacket(buffer);

    /// <summary>The packet that has waited longest, as the value that <see cref="PutVar"/> was given.</summary>
    /// <param name="allowObjects">Objects can be among the values. They can run code.</param>
    public Variant GetVar(bool allowObjects = false) => Native.GetVar(allowObjects);

    /// <summary>Sends a value as a packet.</summary>
    /// <param name="var">The value.</param>
    /// <param name="fullObjects">Objects go along with all that is in them.</param>
    /// <returns>As <see cref="PutPacket"/>.</returns>
    public Error PutVar(Variant var, bool fullObjects = false) => Native.PutVar(var, fullObjects);

    /// <summary>
    /// The size in bytes of the largest packet that fits one datagram, with the cipher of this connection: see
    /// <see cref="TlsOptions.Mtu"/>. Larger ones are sent as well, unless <see cref="TlsOptions.StrictMtu"/> is on. 0
    /// while there is no connection.
    /// </summary>
    public int GetMaxPacketSize() => Native.Invoke<int>(Names.GetMaxPacketSize);

    /// <summary>Why the connection failed. <see cref="FailureReason.None"/>: it did not.</summary>
    public FailureReason GetFailureReason() => Native.Invoke<FailureReason>(Names.GetFailureReason);

    /// <summary>Why the connection failed, in one sentence that a game can show. Empty if it did not fail.</summary>
    public string GetFailureMessage() => Native.Invoke<string>(Names.GetFailureMessage);

    /// <summary>
    /// Why the connection failed, for whoever can mend it: the alert by name and number, or what is wrong with which
    /// certificate of the chain. Empty if it did not fail.
    /// </summary>
    public string GetFailureDetail() => Native.Invoke<string>(Names.GetFailureDetail);

    /// <summary>The protocol version of the connection, such as <c>DTLSv1.2</c>. Empty while not connected.</summary>
    public string GetProtocolVersion() => Native.Invoke<string>(Names.GetProtocolVersion);

    /// <summary>
    /// The cipher suite of the connection, such as <c>TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256</c>. Empty while not
    /// connected.
    /// </summary>
    public string GetCipherName() => Native.Invoke<string>(Names.GetCipherName);

    /// <summary>
    /// The group in which the connection's keys were exchanged, such as <c>x25519</c>. Empty while not connected.
    /// </summary>
    public string GetGroupName() => Native.Invoke<string>(Names.GetGroupName);

    /// <summary>
    /// The application protocol that the two sides have agreed on: see <see cref="TlsOptions.AlpnProtocols"/>. Empty:
    /// none.
    /// </summary>
    public string GetAlpnProtocol() => Native.Invoke<string>(Names.GetAlpnProtocol);

    /// <summary>
    /// True if the connection resumes an earlier one: see <see cref="TlsOptions.SessionResumption"/>.
    /// </summary>
    public bool IsSessionResumed() => Native.Invoke<bool>(Names.IsSessionResumed);

    /// <summary>
    /// The certificate that the other side has proved to be its own. Null while not connected, or if it has shown none:
    /// see <see cref="TlsOptions.VerifyClient"/>. A client with unverified options gets whatever was shown.
    /// </summary>
    public X509Certificate? GetPeerCertificate() =>
        Native.InvokeForObject<X509Certificate>(Names.GetPeerCertificate);

    /// <summary>
    /// Whom that certificate is about, as RFC 4514 writes it: <c>CN=player,O=guild</c>. Empty: there is none.
    /// </summary>
    public string GetPeerSubject() => Native.Invoke<string>(Names.GetPeerSubject);

    /// <summary>The SHA-256 of that certificate in 64 lower-case hexadecimal digits. Empty: there is none.</summary>
    public string GetPeerFingerprintSha256() => Native.Invoke<string>(Names.GetPeerFingerprintSha256);

    /// <summary>
    /// <paramref name="length"/> (1 to 4096) bytes that both sides of this connection, and nobody else, can compute
    /// from the same <paramref name="label"/> and <paramref name="context"/> (RFC 5705): keys for something beside it.
    /// Choose a label of your own, such as <c>EXPERIMENTAL my-game voice</c>. Empty, with a line in the log, if that is
    /// not possible.
    /// </summary>
    /// <exception cref="ArgumentException">An argument cannot be used.</exception>
    /// <exception cref="InvalidOperationException">The peer is not connected.</exception>
    public byte[] ExportKeyingMaterial(string label, int length, byte[]? context = null)
    {
        byte[] material = Native.Invoke<byte[]>(Names.ExportKeyingMaterial, label, length, context ?? []);
        return material.Length > 0 ? material
            : GetStatus() == Status.Connected ? throw new ArgumentException(Refusal.Take())
            : throw new InvalidOperationException(Refusal.Take());
    }

    /// <summary>
    /// The IP address of the other side. Empty while it is not known: after
    /// <see cref="ConnectToHost(string, int, string, TlsOptions)"/> until the name is looked up, after
    /// <see cref="ConnectToPeer(PacketPeerUdp, string, TlsOptions)"/> until the first answer.
    /// </summary>
    public string GetRemoteAddress() => Native.Invoke<string>(Names.GetRemoteAddress);

    /// <summary>The UDP port of the other side. 0 while it is not known.</summary>
    public int GetRemotePort() => Native.Invoke<int>(Names.GetRemotePort);

    /// <summary>
    /// The same as <see cref="GetRemoteAddress"/>, under the name that goes with
    /// <see cref="PacketPeerUdp.GetPacketPort"/>: all packets come from there.
    /// </summary>
    public string GetPacketAddress() => Native.Invoke<string>(Names.GetPacketAddress);

    /// <summary>The same as <see cref="GetRemotePort"/>.</summary>
    public int GetPacketPort() => Native.Invoke<int>(Names.GetPacketPort);

    /// <summary>What the connection, or the last one if it has ended, has counted.</summary>
    /// <remarks>
    /// The keys are <c>bytes_in</c>, <c>bytes_out</c>, <c>datagrams_in</c>, <c>datagrams_out</c> (as UDP carries them,
    /// handshake included), <c>dropped_malformed</c>, <c>dropped_unexpected</c>, <c>dropped_invalid</c> (what anyone
    /// but the other side may have sent: no DTLS at all, not now, not with this connection's keys), <c>oversize</c>
    /// (packets sent that do not fit one datagram), <c>socket_errors</c>, <c>retransmissions</c> (flights of the
    /// handshake that were sent again) and <c>handshake_time_usec</c> (0 until it is complete).
    /// </remarks>
    public Godot.Collections.Dictionary GetStatistics() =>
        Native.Invoke<Godot.Collections.Dictionary>(Names.GetStatistics);

    /// <summary>Frees the peer, without waiting for the garbage collector.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Native?.Dispose();
        }
        base.Dispose(disposing);
    }

    private Error ConnectToHostWith(string host, int port, string hostname, RefCounted? clientOptions) =>
        Native.Invoke<Error>(Names.ConnectToHost, host, port, hostname, clientOptions!).ThrowIfRefused();

    private Error ConnectWith(PacketPeerUdp packetPeer, Variant hostname, RefCounted? clientOptions) =>
        Native.Invoke<Error>(Names.ConnectToPeer, packetPeer, hostname, clientOptions!).ThrowIfRefused();

    /// <summary>Emits the signal again, in C#. Does not keep the peer alive.</summary>
    private sealed class StatusRelay(PacketPeerDtls peer)
    {
        private readonly WeakReference<PacketPeerDtls> _peer = new(peer);

        internal void Emit(Status status)
        {
            if (_peer.TryGetTarget(out PacketPeerDtls? peer) && IsInstanceValid(peer))
            {
                peer.EmitSignal(SignalName.StatusChanged, (long)status);
            }
        }
    }

    private static class Names
    {
        internal static readonly StringName StatusChanged = "status_changed";
        internal static readonly StringName Poll = "poll";
        internal static readonly StringName ReceiveAll = "receive_all";
        internal static readonly StringName ConnectToPeer = "connect_to_peer";
        internal static readonly StringName ConnectToHost = "connect_to_host";
        internal static readonly StringName GetPacketAddress = "get_packet_address";
        internal static readonly StringName GetPacketPort = "get_packet_port";
        internal static readonly StringName GetStatus = "get_status";
        internal static readonly StringName DisconnectFromPeer = "disconnect_from_peer";
        internal static readonly StringName GetMaxPacketSize = "get_max_packet_size";
        internal static readonly StringName GetFailureReason = "get_failure_reason";
        internal static readonly StringName GetFailureMessage = "get_failure_message";
        internal static readonly StringName GetFailureDetail = "get_failure_detail";
        internal static readonly StringName GetProtocolVersion = "get_protocol_version";
        internal static readonly StringName GetCipherName = "get_cipher_name";
        internal static readonly StringName GetGroupName = "get_group_name";
        internal static readonly StringName GetAlpnProtocol = "get_alpn_protocol";
        internal static readonly StringName IsSessionResumed = "is_session_resumed";
        internal static readonly StringName GetPeerCertificate = "get_peer_certificate";
        internal static readonly StringName GetPeerSubject = "get_peer_subject";
        internal static readonly StringName GetPeerFingerprintSha256 = "get_peer_fingerprint_sha256";
        internal static readonly StringName ExportKeyingMaterial = "export_keying_material";
        internal static readonly StringName GetRemoteAddress = "get_remote_address";
        internal static readonly StringName GetRemotePort = "get_remote_port";
        internal static readonly StringName GetStatistics = "get_statistics";
    }
}
