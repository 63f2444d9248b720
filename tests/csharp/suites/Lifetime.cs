using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>Objects that nobody disposes: the garbage collector lets go of them on a thread of its own.</summary>
public sealed class LifetimeSuite(SceneTree tree) : Suite(tree)
{
    private const int Many = 1000;

    public async Task ManyPeersAreCollected()
    {
        List<ulong> made = Make(Many, () => new PacketPeerDtls().Native);
        Expect(await AreCollected(made), "some are left");
    }

    public async Task ManyOptionsAndServersAreCollected()
    {
        List<ulong> options = Make(Many, () => Fixtures.Client().Native);
        List<ulong> servers = Make(Many, () => new DtlsServer().Native);
        Expect(await AreCollected(options), "some options are left");
        Expect(await AreCollected(servers), "some servers are left");
    }

    public async Task PeersWithHandlersAreCollected()
    {
        List<ulong> made = Make(Many, () =>
        {
            var peer = new PacketPeerDtls();
            peer.StatusChanged += _ => peer.Poll();
            return peer.Native;
        });
        Expect(await AreCollected(made), "some are left");
    }

    /// <summary>The engine's <c>UDPServer</c> knows its sockets by plain pointers, and is busy while they go.</summary>
    public async Task ConnectedPeersAreCollectedWhileTheServerIsPolled()
    {
        var link = new Pair(this);
        PacketPeerUdp[] strangers = Strangers(link);
        var forgotten = new List<ulong>();
        for (int round = 0; round < 5; round++)
        {
            for (int number = 0; number < 5; number++)
            {
                link.ReplaceClient();
                await link.Establish();
            }
            forgotten.AddRange(Forget(link));
            for (int frame = 0; frame < 5; frame++)
            {
                GC.Collect();
                Array.ForEach(strangers, stranger => stranger.PutPacket([0]));
                link.Accept();
                await NextFrame();
            }
        }
        Expect(await AreCollected(forgotten), "some are left");
        await link.Establish();
        ExpectEqual(await link.Exchange(link.Client, link.Accepted[^1], [1]), [1], "after that");
    }

    /// <summary>From the same port: the socket of the peer before must be gone.</summary>
    public async Task ClientOfACollectedPeerComesBack()
    {
        var link = new Pair(this);
        await link.Establish();
        Expect(await AreCollected(ForgetAccepted(link)), "the server's peer is left");
        link.Client.DisconnectFromPeer();
        link.Client.ConnectToPeer(link.ClientUdp, "server.test", Fixtures.Client());
        Expect(await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Connected), "not connected again");
    }

    /// <summary>The conversion must not leave something behind that goes when the converted object goes.</summary>
    public async Task PacketPeerOutlivesThePeerThatItWasConvertedFrom()
    {
        var link = new Pair(this);
        await link.Establish();
        PacketPeer converted = TakeClient(link);
        Collect();
        await NextFrame();
        ExpectEqual(converted.PutPacket([5]), Error.Ok, "PutPacket");
        await Until(() =>
        {
            link.Listener.Poll();
            link.Accepted[0].Poll();
            return link.Accepted[0].GetAvailablePacketCount() > 0;
        });
        ExpectEqual(link.Accepted[0].GetPacket(), [5], "packet");
    }

    /// <summary>What only an Array of Godot refers to.</summary>
    public async Task PeerInACollectionOfGodotStays()
    {
        var link = new Pair(this);
        await link.Establish();
        Godot.Collections.Array<PacketPeerDtls> peers = Move(link);
        Collect();
        await NextFrame();
        link.Client.PutPacket([6]);
        await Until(() =>
        {
            link.Listener.Poll();
            peers[0].Poll();
            return peers[0].GetAvailablePacketCount() > 0;
        });
        ExpectEqual(peers[0].GetPacket(), [6], "packet");
    }

    public void DisposedPeerIsGoneAtOnce()
    {
        var peer = new PacketPeerDtls();
        ulong id = peer.Native.GetInstanceId();
        peer.Dispose();
        Expect(!GodotObject.IsInstanceIdValid(id), "still there");
        ExpectThrows<ObjectDisposedException>(peer.Poll);
    }

    public async Task PeerThatPollAllHasGivenIsGoneAtOnceWhenItIsDisposed()
    {
        var link = new Pair(this, haveSockets: true);
        await link.Establish();
        link.Client.PutPacket([1]);
        PacketPeerDtls[] told = [];
        await Until(() => (told = link.Server.PollAll()).Length > 0);
        ulong id = told[0].Native.GetInstanceId();
        told[0].Dispose();
        Expect(!GodotObject.IsInstanceIdValid(id), "still there");
        link.Accepted.Clear();
        bool wasTold = await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Disconnected);
        Expect(wasTold, "the client was not told");
    }

    /// <summary>What was given to a method: nothing in C# refers to it any more when that has returned.</summary>
    public void DisposedArgumentsAreGoneAtOnce()
    {
        var udp = new PacketPeerUdp();
        udp.ConnectToHost("127.0.0.1", 9);
        X509Certificate authority = LoadedCertificate("ca");
        TlsOptions options = TlsOptions.Client(authority);
        var peer = new PacketPeerDtls();
        peer.ConnectToPeer(udp, "server.test", options);
        GodotObject[] disposed = [peer.Native, udp, options.Native, authority];
        ulong[] ids = disposed.Select(one => one.GetInstanceId()).ToArray();
        peer.Dispose();
        udp.Dispose();
        options.Dispose();
        authority.Dispose();
        IEnumerable<bool> remain = ids.Select(GodotObject.IsInstanceIdValid);
        ExpectEqual(remain, [false, false, false, false], "peer, socket, options and certificate remain");
    }

    public async Task DisposedServerPeerLetsItsClientComeBack()
    {
        var link = new Pair(this);
        await link.Establish();
        link.Accepted[0].Dispose();
        link.Accepted.Clear();
        bool wasTold = await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Disconnected);
        Expect(wasTold, "the client was not told");
        link.Client.ConnectToPeer(link.ClientUdp, "server.test", Fixtures.Client());
        Expect(await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Connected), "not connected again");
    }

    /// <summary>A certificate that the engine has not cached.</summary>
    private static X509Certificate LoadedCertificate(string name)
    {
        var certificate = new X509Certificate();
        certificate.LoadFromString(Fixtures.CertificatePem(name));
        return certificate;
    }

    /// <summary>Sockets that send the server what it has no use for.</summary>
    private static PacketPeerUdp[] Strangers(Pair link) => Enumerable.Range(0, 10).Select(_ =>
    {
        var stranger = new PacketPeerUdp();
        stranger.ConnectToHost("127.0.0.1", link.Listener.GetLocalPort());
        return stranger;
    }).ToArray();

    /// <summary>Makes what nothing refers to any more when this returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<ulong> Make(int count, Func<GodotObject> make) =>
        Enumerable.Range(0, count).Select(_ => make().GetInstanceId()).ToList();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<ulong> Forget(Pair link)
    {
        List<ulong> ids = ForgetAccepted(link);
        link.ReplaceClient();
        return ids;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<ulong> ForgetAccepted(Pair link)
    {
        List<ulong> ids = link.Accepted.Select(peer => peer.Native.GetInstanceId()).ToList();
        link.Accepted.Clear();
        return ids;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PacketPeer TakeClient(Pair link)
    {
        PacketPeer converted = link.Client;
        link.ReplaceClient();
        return converted;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Godot.Collections.Array<PacketPeerDtls> Move(Pair link)
    {
        Godot.Collections.Array<PacketPeerDtls> peers = [link.Accepted[0]];
        link.Accepted.Clear();
        return peers;
    }

    /// <summary>Collects garbage until none of the objects is left.</summary>
    private Task<bool> AreCollected(List<ulong> ids) => Until(() =>
    {
        Collect();
        return !ids.Any(GodotObject.IsInstanceIdValid);
    });

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
