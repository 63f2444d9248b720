using System;
using System.Linq;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>
/// The README's example, and that of the engine's class reference: as printed below three alias lines, and its
/// counterpart in GDScript. The latter uses port 4242. Nobody polls its <c>UDPServer</c>: the tests do.
/// </summary>
public sealed class DocumentationSuite(SceneTree tree) : Suite(tree)
{
    public Task CSharpServerAndCSharpClient() => Talk(() => new ServerNode(), () => new ClientNode(), "_connected");

    public Task CSharpServerAndGdscriptClient() => Talk(() => new ServerNode(), GdscriptClient, "connected");

    public Task GdscriptServerAndCSharpClient() => Talk(GdscriptServer, () => new ClientNode(), "_connected");

    /// <summary>The middle of this method stands in the README.</summary>
    public async Task ExampleOfTheReadme()
    {
        var host = TlsOptions.ServerSelfSigned("lobby");
        var link = new Pair(this, host);
        string fingerprint = host.GetFingerprintSha256();
        string address = "127.0.0.1";
        int port = link.Listener.GetLocalPort();

        var options = TlsOptions.ClientPinned(fingerprint);
        options.HandshakeTimeoutMs = 5000;
        var peer = new PacketPeerDtls();
        peer.StatusChanged += status => GD.Print(status, " ", peer.GetFailureMessage());
        peer.ConnectToHost(address, port, "lobby", options);

        bool isConnected = await link.Until(() =>
        {
            peer.Poll();
            return peer.GetStatus() == PacketPeerDtls.Status.Connected;
        });
        Expect(isConnected, "not connected");
        ExpectLinesOfTheReadme();
    }

    private void ExpectLinesOfTheReadme()
    {
        string readme = FileAccess.GetFileAsString(ProjectSettings.GlobalizePath("res://").PathJoin("../../README.md"));
        string here = FileAccess.GetFileAsString("res://suites/Documentation.cs");
        string[] blocks = readme.Split("```csharp\n")[1..].Select(block => block.Split("```")[0]).ToArray();
        ExpectEqual(blocks.Length, 2, "examples in C#");
        foreach (string line in blocks[1].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Expect(here.Contains($"\n        {line}\n"), $"only in the README: {line}");
        }
    }

    private async Task Talk(Func<Node> makeServer, Func<Node> makeClient, StringName connected)
    {
        Node server = await Listen(makeServer);
        Node client = makeClient();
        Tree.Root.AddChild(client);
        bool hasAnswer = await Until(() =>
        {
            UdpOf(server).Poll();
            return (bool)client.Get(connected);
        });
        Expect(hasAnswer, "the client has got no answer");
        client.Free();
        server.Free();
    }

    /// <summary>The port may be in use for a moment, by another run of this suite.</summary>
    private async Task<Node> Listen(Func<Node> makeServer)
    {
        Node server = new();
        bool listens = await Until(() =>
        {
            server.Free();
            server = makeServer();
            Tree.Root.AddChild(server);
            return UdpOf(server).IsListening();
        });
        Expect(listens, "port 4242 is in use");
        return server;
    }

    private static UdpServer UdpOf(Node server) => (UdpServer)server.Get(server is ServerNode ? "_server" : "server");

    private static Node GdscriptServer() => Compile("server_node");

    private static Node GdscriptClient() => Compile("client_node");

    private static Node Compile(string name)
    {
        string printed = FileAccess.GetFileAsString($"res://documentation/gdscript/{name}.txt");
        using var script = new GDScript();
        script.SourceCode = printed
            .Replace("DTLSServer", "DTLSServerOpenSSL")
            .Replace("PacketPeerDTLS", "PacketPeerDTLSOpenSSL")
            .Replace("TlsOptions", "TLSOptionsOpenSSL");
        script.Reload();
        return (Node)script.New();
    }
}
