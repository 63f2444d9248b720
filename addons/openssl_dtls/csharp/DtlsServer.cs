#nullable enable

using System;
using System.Linq;
using Godot;

namespace OpenSslDtls;

/// <summary>
/// Takes the DTLS connections of clients. The counterpart of the engine's <see cref="Godot.DtlsServer"/>, on OpenSSL.
/// </summary>
/// <remarks>
/// <para><see cref="Setup(TlsOptions)"/> gives the server its certificate. After that, each <see cref="PacketPeerUdp"/>
/// that a <see cref="UdpServer"/> shows goes to <see cref="TakeConnection"/>, and the <see cref="PacketPeerDtls"/> that
/// comes back is polled until it is connected.</para>
/// <para>The first contact of every client ends at once, with <see cref="PacketPeerDtls.Status.Error"/>: the client was
/// asked to prove its address, and comes back as a new connection. Such a peer can be forgotten.</para>
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
///     private readonly UdpServer _udp = new();
///     private readonly DtlsServer _dtls = new();
///     private readonly List&lt;PacketPeerDtls&gt; _peers = new();
///
///     public override void _Ready()
///     {
///         _udp.Listen(4242);
///         _dtls.Setup(TlsOptions.Server(
///             GD.Load&lt;CryptoKey&gt;("res://server.key"), GD.Load&lt;X509Certificate&gt;("res://server.crt")));
///     }
///
///     public override void _Process(double delta)
///     {
///         _udp.Poll();
///         while (_udp.IsConnectionAvailable())
///         {
///             var peer = _dtls.TakeConnection(_udp.TakeConnection());
///             if (peer?.GetStatus() == PacketPeerDtls.Status.Handshaking)
///             {
///                 _peers.Add(peer);
///             }
///         }
///         foreach (var peer in _peers)
///         {
///             peer.Poll();
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
    /// Begins a connection with the client whose datagrams wait in <paramref name="udpPeer"/>, which comes from
    /// <see cref="UdpServer.TakeConnection"/>.
    /// </summary>
    /// <remarks>
    /// Returns a peer with <see cref="PacketPeerDtls.Status.Handshaking"/>, to be polled, or with
    /// <see cref="PacketPeerDtls.Status.Error"/> at a client's first contact, to be forgotten. Returns null if
    /// <paramref name="udpPeer"/> is null or <see cref="Setup(TlsOptions)"/> has not succeeded yet.
    /// </remarks>
    /// <exception cref="ArgumentException">In place of null: <paramref name="udpPeer"/> is null or closed.</exception>
    /// <exception cref="InvalidOperationException">In place of null: there was no setup that has succeeded.</exception>
    public PacketPeerDtls TakeConnection(PacketPeerUdp udpPeer)
    {
        _ = Refusal.Take();
        var peer = Native.InvokeForObject<PacketPeerExtension>(Names.TakeConnection, udpPeer);
        string refusal = Refusal.Take();
        if (refusal.Length > 0)
        {
            bool isConnected = udpPeer is not null && udpPeer.IsSocketConnected();
            throw isConnected ? new InvalidOperationException(refusal) : new ArgumentException(refusal);
        }
        return PacketPeerDtls.From(peer)!;
    }

    /// <summary>
    /// Polls all peers that this server has handed out and that are still alive, in one call. Returns those with
    /// packets to read and those whose status has changed.
    /// </summary>
    /// <remarks>
    /// Use it in place of <see cref="PacketPeerDtls.Poll"/>: idle peers then cost next to nothing. It does not keep
    /// peers alive; hold those of your players.
    /// </remarks>
    public PacketPeerDtls[] PollAll() =>
        Native.Invoke<Godot.Collections.Array>(Names.PollAll).Select(peer => PacketPeerDtls.From(peer)!).ToArray();

    /// <summary>What the server and all connections that it has taken have counted so far.</summary>
    /// <remarks>
    /// The keys are those of <see cref="PacketPeerDtls.GetStatistics"/> without <c>handshake_time_usec</c>, and
    /// <c>hello_verify_requests</c> (clients that were asked to prove their address), <c>cookie_failures</c> (proofs
    /// that were wrong or too old), <c>half_open</c> (connections in the handshake now), <c>accepted</c> (handshakes
    /// that were completed), <c>over_cap</c> (clients that were not answered because of
    /// <see cref="TlsOptions.MaxHalfOpen"/>) and <c>refused</c>: a <c>Godot.Collections.Dictionary</c> from the name of
    /// a reason, such as <c>FAILURE_CERTIFICATE_EXPIRED</c>, to the number of connections that failed for it.
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
        internal static readonly StringName PollAll = "poll_all";
        internal static readonly StringName GetStatistics = "get_statistics";
    }
}
