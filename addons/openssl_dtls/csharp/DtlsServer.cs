#nullable enable

using System;
using System.Diagnostics.CodeAnalysis;
using Godot;

namespace OpenSslDtls;

/// <summary>
/// Takes the DTLS connections of clients. The counterpart of the engine's <see cref="Godot.DtlsServer"/>, on OpenSSL.
/// </summary>
/// <remarks>
/// <para><see cref="Setup(TlsOptions)"/> gives the server its certificate, <see cref="Listen"/> opens its port. After
/// that <see cref="Poll"/> serves all clients, and <see cref="TakeConnection"/> gives a <see cref="PacketPeerDtls"/>
/// for each that is new.</para>
/// <para>Without <see cref="Listen"/> the server is used like the engine's: each <see cref="PacketPeerUdp"/> that a
/// <see cref="UdpServer"/> shows goes to <see cref="TakeConnection"/>, and the peer that comes back is polled by
/// itself. The first contact of every client then ends at once, with <see cref="PacketPeerDtls.Status.Error"/>: the
/// client was asked to prove its address, and comes back as a new connection. Such a peer can be forgotten.</para>
/// </remarks>
/// <example>
/// <code>
/// using System.Collections.Generic;
/// using Godot;
/// using DtlsServer = OpenSslDtls.DtlsServer;
/// using PacketPeerDtls = OpenSslDtls.PacketPeerDtls;
///
/// public partial class Server : Node
/// {
///     private readonly DtlsServer _server = new();
///     private readonly List&lt;PacketPeerDtls&gt; _peers = new();
///
///     public override void _Ready()
///     {
///         _server.Setup(TlsOptions.Server(
///             GD.Load&lt;CryptoKey&gt;("res://server.key"), GD.Load&lt;X509Certificate&gt;("res://server.crt")));
///         _server.Listen(4242);
///     }
///
///     public override void _Process(double delta)
///     {
///         _server.Poll();
///         while (_server.TakeConnection() is PacketPeerDtls peer)
///         {
///             _peers.Add(peer);
///         }
///         foreach (var peer in _peers)
///         {
///             while (peer.GetAvailablePacketCount() &gt; 0)
///             {
///                 peer.PutPacket(peer.GetPacket()); // An echo.
///             }
///         }
///         _peers.RemoveAll(peer =&gt; peer.GetStatus()
///             is not (PacketPeerDtls.Status.Handshaking or PacketPeerDtls.Status.Connected));
///     }
/// }
/// </code>
/// </example>
public sealed partial class DtlsServer : RefCounted
{
    private static readonly WrapperTable<RefCounted, DtlsServer> s_wrappers =
        new("DTLSServerOpenSSL", native => new DtlsServer(native));

    /// <summary>Makes a server that has not been set up.</summary>
    /// <exception cref="InvalidOperationException">The extension is not loaded.</exception>
    public DtlsServer()
        : this(s_wrappers.Instantiate())
    {
        s_wrappers.Add(Native, this);
    }

    private DtlsServer(RefCounted native)
    {
        Native = native;
    }

    /// <summary>
    /// How many clients may wait for <see cref="TakeConnection"/>, by default 1024. Further ones get no answer, and ask
    /// again after a second. 0: no new ones. Clients that have not proved their address do not count.
    /// </summary>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int MaxPendingConnections
    {
        get => Native.Invoke<int>(Names.GetMaxPendingConnections);
        set => Native.Invoke<Error>(Names.SetMaxPendingConnections, value).ThrowIfRefused();
    }

    /// <summary>
    /// How many bytes of datagrams the system is asked to keep from one <see cref="Poll"/> to the next, 1 to
    /// 1073741824, by default 4194304: what does not fit is lost. Takes effect with <see cref="Listen"/>. What was
    /// granted <see cref="GetStatistics"/> tells; on Linux it is at most <c>net.core.rmem_max</c>. A datagram takes
    /// some 800 bytes, or more if it is larger.
    /// </summary>
    /// <remarks>
    /// Where the system grants too little, turn on the project setting <c>openssl_dtls/receive_thread</c>: the server
    /// then receives between two polls, too, and keeps up to 8192 datagrams or 4 MiB by itself.
    /// </remarks>
    /// <exception cref="ArgumentException">It is set to what it cannot be.</exception>
    public int ReceiveBufferSize
    {
        get => Native.Invoke<int>(Names.GetReceiveBufferSize);
        set => Native.Invoke<Error>(Names.SetReceiveBufferSize, value).ThrowIfRefused();
    }

    /// <summary>
    /// If true, packets that peers of a listening server send wait for <see cref="Flush"/> or the next
    /// <see cref="Poll"/> and then go out together, by default false. On Linux several packets of one size to one peer
    /// then go out in one call, and each costs the system about a third: worth it if the server sends a peer several
    /// packets a frame. <see cref="PacketPeerDtls.PutPacket"/> cannot tell then whether the system takes a packet.
    /// Handshakes never wait.
    /// </summary>
    public bool SendBatching
    {
        get => Native.Invoke<bool>(Names.GetSendBatching);
        set => Native.Invoke(Names.SetSendBatching, value);
    }

    /// <summary>True if the extension is loaded.</summary>
    public static bool IsAvailable => s_wrappers.IsAvailable;

    /// <summary>The <c>DTLSServerOpenSSL</c> that this object stands for: what GDScript works with.</summary>
    public RefCounted Native { get; }

    /// <summary>The object in C# for <paramref name="native"/>, a <c>DTLSServerOpenSSL</c>. Null: null.</summary>
    /// <exception cref="InvalidCastException">It is an object of another class.</exception>
    public static DtlsServer? From(GodotObject? native) => s_wrappers.From(native);

    /// <inheritdoc cref="From(GodotObject)"/>
    public static DtlsServer? From(Variant native) => From(native.AsGodotObject());

    /// <summary>
    /// Gives the server its private key and certificate, or pre-shared keys: <see cref="Godot.TlsOptions.Server"/>, or
    /// one of the <c>server</c> methods of <see cref="TlsOptions"/>.
    /// </summary>
    /// <remarks>
    /// Can be called again, for a new certificate or other settings: clients that connect from then on get them, living
    /// connections go on, and sessions can still be resumed. Returns <see cref="Godot.Error.InvalidParameter"/> if the
    /// options are not a server's, or if the key and the certificate are no pair that DTLS can use; what was set up
    /// before then stays.
    /// </remarks>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    public Error Setup(TlsOptions serverOptions) => SetupWith(serverOptions?.Native);

    /// <inheritdoc cref="Setup(TlsOptions)"/>
    public Error Setup(Godot.TlsOptions serverOptions) => SetupWith(serverOptions);

    /// <summary>
    /// After <see cref="Listen"/>: takes the next connection of a client, and returns its peer. Null if there is none:
    /// see <see cref="IsConnectionAvailable"/>. The handshake may already be complete: the peer then has
    /// <see cref="PacketPeerDtls.Status.Connected"/> from the start, and emits no signal for it. Null, with a line in
    /// the log, also if a <paramref name="udpPeer"/> is given.
    /// </summary>
    /// <remarks>
    /// Without <see cref="Listen"/>: begins a connection with the client whose datagrams wait in
    /// <paramref name="udpPeer"/>, which comes from <see cref="UdpServer.TakeConnection"/>. Returns a peer with
    /// <see cref="PacketPeerDtls.Status.Handshaking"/>, to be polled; with <see cref="PacketPeerDtls.Status.Error"/> at
    /// a client's first contact, to be forgotten; with <see cref="PacketPeerDtls.Status.Disconnected"/> if
    /// <paramref name="udpPeer"/> is not connected. Null if <paramref name="udpPeer"/> is null or
    /// <see cref="Setup(TlsOptions)"/> has not succeeded yet.
    /// </remarks>
    /// <exception cref="ArgumentException">In place of null: <paramref name="udpPeer"/> is null or closed.</exception>
    /// <exception cref="InvalidOperationException">
    /// In place of null: there was no setup that has succeeded, or the server listens and <paramref name="udpPeer"/> is
    /// given.
    /// </exception>
    [return: NotNullIfNotNull(nameof(udpPeer))]
    public PacketPeerDtls? TakeConnection(PacketPeerUdp? udpPeer = null)
    {
        _ = Refusal.Take();
        var peer = Native.InvokeForObject<PacketPeerExtension>(Names.TakeConnection, udpPeer!);
        string refusal = Refusal.Take();
        if (refusal.Length > 0)
        {
            // What is wrong with an argument names it. A server that listens takes none, however sound it is.
            bool isArgumentWrong = refusal.Contains("udp_peer:") && udpPeer?.IsSocketConnected() is not true;
            throw isArgumentWrong ? new ArgumentException(refusal) : new InvalidOperationException(refusal);
        }
        return PacketPeerDtls.From(peer);
    }

    /// <summary>
    /// Opens a UDP socket on <paramref name="port"/> and listens for clients. 0: any port that is free, which
    /// <see cref="GetLocalPort"/> then tells. <paramref name="bindAddress"/> is an IP address of this machine, or
    /// <c>*</c> for all of them, IPv4 and IPv6.
    /// </summary>
    /// <remarks>
    /// <para>From then on <see cref="Poll"/> serves all clients, and <see cref="TakeConnection"/> gives those that are
    /// new.</para>
    /// <para><see cref="Godot.Error.Unconfigured"/>: <see cref="Setup(TlsOptions)"/> has not succeeded yet.
    /// <see cref="Godot.Error.AlreadyInUse"/>: the server listens already, or has connections that began with a
    /// <see cref="PacketPeerUdp"/>. <see cref="Godot.Error.InvalidParameter"/>: see the log.
    /// <see cref="Godot.Error.Unavailable"/>: the port is taken, or the address is not one of this machine.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// In place of <see cref="Godot.Error.AlreadyInUse"/> and <see cref="Godot.Error.Unconfigured"/>.
    /// </exception>
    public Error Listen(int port, string bindAddress = "*") =>
        Native.Invoke<Error>(Names.Listen, port, bindAddress).ThrowIfRefused();

    /// <summary>True from <see cref="Listen"/> to <see cref="Stop"/>.</summary>
    public bool IsListening() => Native.Invoke<bool>(Names.IsListening);

    /// <summary>The port that the server listens on. 0 if it does not.</summary>
    public int GetLocalPort() => Native.Invoke<int>(Names.GetLocalPort);

    /// <summary>
    /// Receives what has arrived from all clients, answers those that are new, and sends again what was lost. Call it
    /// in every frame. The peers of the server need no <see cref="PacketPeerDtls.Poll"/> then: their packets wait in
    /// them and their signals are emitted in this call.
    /// </summary>
    /// <remarks>Returns <see cref="Godot.Error.Unconfigured"/> if the server does not listen.</remarks>
    /// <exception cref="InvalidOperationException">In place of <see cref="Godot.Error.Unconfigured"/>.</exception>
    public Error Poll() => Native.Invoke<Error>(Names.Poll).ThrowIfRefused();

    /// <summary>
    /// True if <see cref="TakeConnection"/> has a client to give. It has proved its address; the handshake goes on or
    /// is complete.
    /// </summary>
    public bool IsConnectionAvailable() => Native.Invoke<bool>(Names.IsConnectionAvailable);

    /// <summary>
    /// Sends what the peers have sent since the last <see cref="Poll"/>, if <see cref="SendBatching"/> is on. Call it
    /// at the end of a frame in which packets were sent, so that they do not wait for the next one.
    /// </summary>
    public void Flush() => Native.Invoke(Names.Flush);

    /// <summary>
    /// Closes all connections of the server, tells the clients, and closes the socket. The peers then have
    /// <see cref="PacketPeerDtls.Status.Disconnected"/>. So does a server that is freed.
    /// </summary>
    public void Stop() => Native.Invoke(Names.Stop);

    /// <summary>
    /// Polls all peers that this server has handed out and that are still alive, in one call. Returns those with
    /// packets to read and those whose status has changed in this call.
    /// </summary>
    /// <remarks>
    /// Use it in place of <see cref="PacketPeerDtls.Poll"/>, and of <see cref="Poll"/> after <see cref="Listen"/>: idle
    /// peers then cost next to nothing. It does not keep peers alive; hold those of your players.
    /// </remarks>
    public PacketPeerDtls[] PollAll() =>
        Native.InvokeForAll(Names.PollAll, peer => PacketPeerDtls.From(peer)!);

    /// <summary>What the server and all connections that it has taken have counted so far.</summary>
    /// <remarks>
    /// The keys are those of <see cref="PacketPeerDtls.GetStatistics"/> without <c>handshake_time_usec</c>, and
    /// <c>hello_verify_requests</c> (clients that were asked to prove their address), <c>cookie_failures</c> (proofs
    /// that were wrong or too old), <c>half_open</c> (connections in the handshake now), <c>accepted</c> (handshakes
    /// that were completed), <c>over_cap</c> (clients that were not answered because of
    /// <see cref="TlsOptions.MaxHalfOpen"/> or <see cref="MaxPendingConnections"/>), <c>dropped_unread</c> (datagrams
    /// of peers with so many packets that nobody has read), <c>receive_buffer_size</c> (what the system has granted of
    /// <see cref="ReceiveBufferSize"/>; 0 while the server does not listen), <c>dropped_by_system</c> (datagrams that
    /// did not fit it; -1 where the system does not tell) and <c>refused</c>: a <c>Godot.Collections.Dictionary</c>
    /// from the name of a reason, such as <c>FAILURE_CERTIFICATE_EXPIRED</c>, to the number of connections that failed
    /// for it.
    /// </remarks>
    public Godot.Collections.Dictionary GetStatistics() =>
        Native.Invoke<Godot.Collections.Dictionary>(Names.GetStatistics);

    /// <summary>Frees the server, without waiting for the garbage collector.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Native?.Dispose();
        }
        base.Dispose(disposing);
    }

    private Error SetupWith(RefCounted? serverOptions) =>
        Native.Invoke<Error>(Names.Setup, serverOptions!).ThrowIfRefused();

    private static class Names
    {
        internal static readonly StringName Setup = "setup";
        internal static readonly StringName TakeConnection = "take_connection";
        internal static readonly StringName Listen = "listen";
        internal static readonly StringName IsListening = "is_listening";
        internal static readonly StringName GetLocalPort = "get_local_port";
        internal static readonly StringName Poll = "poll";
        internal static readonly StringName IsConnectionAvailable = "is_connection_available";
        internal static readonly StringName Flush = "flush";
        internal static readonly StringName Stop = "stop";
        internal static readonly StringName GetMaxPendingConnections = "get_max_pending_connections";
        internal static readonly StringName SetMaxPendingConnections = "set_max_pending_connections";
        internal static readonly StringName GetReceiveBufferSize = "get_receive_buffer_size";
        internal static readonly StringName SetReceiveBufferSize = "set_receive_buffer_size";
        internal static readonly StringName GetSendBatching = "get_send_batching";
        internal static readonly StringName SetSendBatching = "set_send_batching";
        internal static readonly StringName PollAll = "poll_all";
        internal static readonly StringName GetStatistics = "get_statistics";
    }
}
