using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>Calls from the threads of .NET's pool.</summary>
public sealed class ThreadsSuite(SceneTree tree) : Suite(tree)
{
    private const double Seconds = 10.0;

    public async Task ServerHereAndClientInATask()
    {
        var link = new Pair(this);
        int port = link.Listener.GetLocalPort();
        Task<string> client = Task.Run(() => AskFrom(port));
        await Until(() =>
        {
            link.Accept();
            foreach (PacketPeerDtls peer in link.Accepted)
            {
                peer.Poll();
                if (peer.GetAvailablePacketCount() > 0)
                {
                    peer.PutPacket(peer.GetPacket());
                }
            }
            return client.IsCompleted;
        }, Seconds);
        ExpectEqual(await client, "from a task", "echo");
    }

    public async Task FourPairsInATaskEach()
    {
        TlsOptions server = Fixtures.Server();
        TlsOptions client = Fixtures.Client();
        Task<bool>[] pairs = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ConnectPair(server, client))).ToArray();
        await Until(() => pairs.All(pair => pair.IsCompleted), Seconds);
        ExpectEqual(pairs.Count(pair => pair.IsCompletedSuccessfully && pair.Result), 4, "connected pairs");
    }

    public async Task OnePeerInSeveralTasks()
    {
        var link = new Pair(this);
        await link.Establish();
        Task[] polling = Enumerable.Range(0, 4).Select(_ => Task.Run(() => PollOften(link.Client))).ToArray();
        await link.Until(() => polling.All(task => task.IsCompleted));
        await Task.WhenAll(polling);
        ExpectEqual(await link.Exchange(link.Accepted[0], link.Client, [1]), [1], "after that");
    }

    public async Task BadInputInATaskIsAnExceptionThere()
    {
        Task<TlsOptions> task = Task.Run(() => TlsOptions.ClientPinned("nonsense"));
        await Until(() => task.IsCompleted);
        Expect(task.Exception?.InnerException?.Message.Contains("fingerprints") ?? false, $"{task.Exception}");
    }

    private static string AskFrom(int port)
    {
        var udp = new PacketPeerUdp();
        var client = new PacketPeerDtls();
        udp.ConnectToHost("127.0.0.1", port);
        client.ConnectToPeer(udp, validateCerts: false);
        bool hasAsked = false;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < Seconds)
        {
            client.Poll();
            if (!hasAsked && client.GetStatus() == PacketPeerDtls.Status.Connected)
            {
                hasAsked = client.PutPacket("from a task".ToUtf8Buffer()) == Error.Ok;
            }
            if (client.GetAvailablePacketCount() > 0)
            {
                return client.GetPacket().GetStringFromUtf8();
            }
            OS.DelayUsec(200);
        }
        return $"no answer: {client.GetStatus()}";
    }

    private static bool ConnectPair(TlsOptions serverOptions, TlsOptions clientOptions)
    {
        var listener = new UdpServer();
        var server = new DtlsServer();
        var udp = new PacketPeerUdp();
        var client = new PacketPeerDtls();
        PacketPeerDtls? accepted = null;
        listener.Listen(0, "127.0.0.1");
        server.Setup(serverOptions);
        udp.ConnectToHost("127.0.0.1", listener.GetLocalPort());
        client.ConnectToPeer(udp, "server.test", clientOptions);
        var clock = Stopwatch.StartNew();
        while (client.GetStatus() == PacketPeerDtls.Status.Handshaking && clock.Elapsed.TotalSeconds < Seconds)
        {
            listener.Poll();
            if (listener.IsConnectionAvailable())
            {
                accepted = server.TakeConnection(listener.TakeConnection());
            }
            accepted?.Poll();
            client.Poll();
        }
        return client.GetStatus() == PacketPeerDtls.Status.Connected;
    }

    private static void PollOften(PacketPeerDtls peer)
    {
        for (int count = 0; count < 1000; count++)
        {
            peer.Poll();
        }
    }
}
