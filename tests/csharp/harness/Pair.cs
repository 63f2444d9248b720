using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>A server and a client on loopback. <see cref="Poll"/> is what a game does in <c>_Process</c>.</summary>
internal sealed class Pair
{
    private readonly Suite _suite;
    private readonly bool _haveSockets;

    /// <param name="suite">In whose frames it advances.</param>
    /// <param name="options">Those of the server, by default <see cref="Fixtures.Server"/>.</param>
    /// <param name="haveSockets">Whether both have a socket of their own, and <see cref="Listener"/> none.</param>
    internal Pair(Suite suite, TlsOptions? options = null, bool haveSockets = false)
    {
        _suite = suite;
        _haveSockets = haveSockets;
        Server.Setup(options ?? Fixtures.Server());
        if (haveSockets)
        {
            Server.Listen(0, "127.0.0.1");
        }
        else
        {
            Listener.Listen(0, "127.0.0.1");
        }
    }

    internal UdpServer Listener { get; } = new();

    internal DtlsServer Server { get; } = new();

    /// <summary>The server's peers, without those that only proved their address.</summary>
    internal List<PacketPeerDtls> Accepted { get; } = [];

    internal PacketPeerDtls Client { get; private set; } = new();

    internal PacketPeerUdp ClientUdp { get; private set; } = new();

    internal Error Connect(TlsOptions? options = null, string hostname = "server.test")
    {
        if (_haveSockets)
        {
            return Client.ConnectToHost("127.0.0.1", Server.GetLocalPort(), hostname, options ?? Fixtures.Client());
        }
        ClientUdp.ConnectToHost("127.0.0.1", Listener.GetLocalPort());
        return Client.ConnectToPeer(ClientUdp, hostname, options ?? Fixtures.Client());
    }

    /// <summary>Puts a new client in the place of the one before.</summary>
    internal void ReplaceClient()
    {
        Client = new PacketPeerDtls();
        ClientUdp = new PacketPeerUdp();
    }

    /// <summary>One frame of a game, server first.</summary>
    internal void Poll()
    {
        Accept();
        foreach (PacketPeerDtls peer in Accepted)
        {
            peer.Poll();
        }
        Client.Poll();
    }

    /// <summary>Takes everything that is new at the server.</summary>
    internal void Accept()
    {
        if (_haveSockets)
        {
            Server.Poll();
            while (Server.TakeConnection() is PacketPeerDtls taken)
            {
                Accepted.Add(taken);
            }
            return;
        }
        Listener.Poll();
        while (Listener.IsConnectionAvailable())
        {
            PacketPeerDtls peer = Server.TakeConnection(Listener.TakeConnection());
            if (peer.GetStatus() == PacketPeerDtls.Status.Handshaking)
            {
                Accepted.Add(peer);
            }
        }
    }

    /// <summary>Polls in every frame until <paramref name="condition"/> is true.</summary>
    internal Task<bool> Until(Func<bool> condition) => _suite.Until(() =>
    {
        Poll();
        return condition();
    });

    /// <summary>Connects and waits until both sides are connected.</summary>
    internal async Task Establish(TlsOptions? options = null)
    {
        int known = Accepted.Count;
        Connect(options);
        if (!await Until(() => Accepted.Count > known && IsConnected(Accepted[^1]) && IsConnected(Client)))
        {
            throw new InvalidOperationException($"not connected: {Client.GetStatus()} {Client.GetFailureDetail()}");
        }
    }

    /// <summary>Sends from <paramref name="sender"/> and waits for what the other one receives.</summary>
    internal async Task<byte[]> Exchange(PacketPeerDtls sender, PacketPeerDtls receiver, byte[] payload)
    {
        sender.PutPacket(payload);
        await Until(() => receiver.GetAvailablePacketCount() > 0);
        return receiver.GetPacket();
    }

    private static bool IsConnected(PacketPeerDtls peer) => peer.GetStatus() == PacketPeerDtls.Status.Connected;
}
