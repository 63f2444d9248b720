using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>A server and clients with sockets of their own.</summary>
public sealed class ListenSuite(SceneTree tree) : Suite(tree)
{
    private readonly List<PacketPeerDtls> _accepted = [];

    public async Task PacketsGoBothWays()
    {
        Pair link = await Established();
        ExpectEqual(await link.Exchange(link.Client, link.Accepted[0], [1, 2]), [1, 2], "to the server");
        ExpectEqual(await link.Exchange(link.Accepted[0], link.Client, [3]), [3], "to the client");
    }

    public async Task TheServersPollEmitsTheSignalsOfItsPeers()
    {
        Pair link = await Established();
        var seen = new List<PacketPeerDtls.Status>();
        link.Accepted[0].StatusChanged += seen.Add;
        link.Client.DisconnectFromPeer();
        Expect(await Until(() => link.Server.Poll() == Error.Ok && seen.Count > 0), "no signal");
        ExpectEqual(seen, [PacketPeerDtls.Status.Disconnected], "statuses");
    }

    public async Task PollAllGivesThePeersThatWereTaken()
    {
        Pair link = await Established();
        link.Client.PutPacket([1]);
        PacketPeerDtls[] told = [];
        await Until(() => (told = link.Server.PollAll()).Length > 0);
        Expect(told is [PacketPeerDtls only] && ReferenceEquals(only, link.Accepted[0]), $"{told.Length} peers");
        ExpectEqual(link.Accepted[0].ReceiveAll(), [[1]], "packets");
    }

    public async Task StopEndsTheConnections()
    {
        Pair link = await Established();
        int port = link.Server.GetLocalPort();
        link.Server.Stop();
        ExpectEqual(link.Accepted[0].GetStatus(), PacketPeerDtls.Status.Disconnected, "peer");
        Expect(!link.Server.IsListening() && link.Server.GetLocalPort() == 0, "it goes on to listen");
        bool isTold = await Until(() =>
        {
            link.Client.Poll();
            return link.Client.GetStatus() == PacketPeerDtls.Status.Disconnected;
        });
        Expect(isTold, "the client was not told");
        ExpectEqual(link.Server.Listen(port, "127.0.0.1"), Error.Ok, "again");
    }

    public async Task AddressAndPortOfTheOtherSide()
    {
        Pair link = await Established();
        PacketPeerDtls peer = link.Accepted[0];
        ExpectEqual(link.Client.GetPacketPort(), link.Server.GetLocalPort(), "the server's port");
        ExpectEqual(peer.GetPacketAddress(), "127.0.0.1", "the client's address");
        Expect(peer.GetPacketPort() > 0 && peer.GetPacketPort() == peer.GetRemotePort(), "the client's port");
    }

    public async Task NobodyIsTakenBeforeSomebodyComes()
    {
        Pair link = Listening();
        Expect(link.Server.TakeConnection() is null && !link.Server.IsConnectionAvailable(), "somebody");
        link.Connect();
        bool hasCome = await Until(() =>
        {
            link.Server.Poll();
            link.Client.Poll();
            return link.Server.IsConnectionAvailable();
        });
        Expect(hasCome, "nobody");
        Expect(link.Server.TakeConnection() is not null && link.Server.TakeConnection() is null, "not one");
    }

    public async Task ClientThatConnectsToANameThatIsNone()
    {
        var client = new PacketPeerDtls();
        // A label may have 63 bytes: no resolver asks the network about it.
        ExpectEqual(client.ConnectToHost(new string('n', 64), 4242, "", Fixtures.Client()), Error.Ok, "ConnectToHost");
        bool hasFailed = await Until(() =>
        {
            client.Poll();
            return client.GetStatus() == PacketPeerDtls.Status.Error;
        }, 15.0);
        Expect(hasFailed, $"{client.GetStatus()}");
        ExpectEqual(client.GetFailureReason(), PacketPeerDtls.FailureReason.CantResolve, "reason");
    }

    public void ListenBeforeSetup() =>
        ExpectThrows<InvalidOperationException>(() => new DtlsServer().Listen(0), "listen()", "setup()");

    public void ListenTwice()
    {
        DtlsServer server = Listening().Server;
        ExpectThrows<InvalidOperationException>(() => server.Listen(0), "listen()", "already");
    }

    public void ListenOnWhatIsNoAddress()
    {
        DtlsServer server = SetUp();
        ExpectThrows<ArgumentException>(() => server.Listen(0, "localhost"), "listen()", "bind_address");
        ExpectThrows<ArgumentException>(() => server.Listen(65536), "listen()", "port");
    }

    /// <summary>Who has the port is the system's affair.</summary>
    public void ListenOnAPortThatIsTaken()
    {
        DtlsServer server = Listening().Server;
        ExpectEqual(SetUp().Listen(server.GetLocalPort(), "127.0.0.1"), Error.Unavailable, "Listen");
    }

    public void PollWithoutListen() => ExpectThrows<InvalidOperationException>(() => SetUp().Poll(), "poll()", "listen()");

    public void ASocketOfTheScriptAtAServerThatListens()
    {
        DtlsServer server = Listening().Server;
        var udp = new PacketPeerUdp();
        udp.ConnectToHost("127.0.0.1", 9);
        ExpectThrows<InvalidOperationException>(() => server.TakeConnection(udp), "take_connection()", "udp_peer");
    }

    public void PropertiesThatAreNoNumbersForThem()
    {
        DtlsServer server = SetUp();
        ExpectThrows<ArgumentException>(() => server.MaxPendingConnections = -1, "max_pending_connections");
        ExpectThrows<ArgumentException>(() => server.ReceiveBufferSize = 0, "receive_buffer_size");
        server.MaxPendingConnections = 5;
        ExpectEqual(server.MaxPendingConnections, 5, "MaxPendingConnections");
    }

    /// <summary>The garbage collector lets go of the server and of its peers on a thread of its own.</summary>
    public async Task TheGarbageCollectorClosesTheSocket()
    {
        int port = await ConnectAndForget();
        bool isFree = await Until(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return SetUp().Listen(port, "127.0.0.1") == Error.Ok;
        });
        Expect(isFree, "the port is taken");
    }

    private async Task<int> ConnectAndForget() => (await Established()).Server.GetLocalPort();

    private static DtlsServer SetUp()
    {
        var server = new DtlsServer();
        server.Setup(Fixtures.Server());
        return server;
    }

    private Pair Listening() => new(this, haveSockets: true);

    private async Task<Pair> Established()
    {
        Pair link = Listening();
        await link.Establish();
        return link;
    }
}
