using System.Collections.Generic;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary><c>StatusChanged</c>, as an event and awaited.</summary>
public sealed class SignalsSuite(SceneTree tree) : Suite(tree)
{
    public async Task Event()
    {
        var link = new Pair(this);
        var seen = new List<PacketPeerDtls.Status>();
        link.Client.StatusChanged += seen.Add;
        await link.Establish();
        ExpectEqual(seen, [PacketPeerDtls.Status.Handshaking, PacketPeerDtls.Status.Connected], "statuses");
    }

    public async Task EventIsGivenUp()
    {
        var link = new Pair(this);
        var seen = new List<PacketPeerDtls.Status>();
        link.Client.StatusChanged += seen.Add;
        link.Client.StatusChanged -= seen.Add;
        await link.Establish();
        ExpectEqual(seen, [], "statuses");
    }

    public async Task Awaited()
    {
        var link = new Pair(this);
        link.Connect();
        Task<bool> connected = link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Connected);
        Variant[] arguments = await Tree.ToSignal(link.Client, PacketPeerDtls.SignalName.StatusChanged);
        ExpectEqual(arguments[0].As<PacketPeerDtls.Status>(), PacketPeerDtls.Status.Connected, "argument");
        Expect(await connected, "not connected");
    }

    public async Task AwaitedOnTheNativeObject()
    {
        var link = new Pair(this);
        link.Connect();
        Task<bool> connected = link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Connected);
        await Tree.ToSignal(link.Client.Native, "status_changed");
        Expect(await connected, "not connected");
    }

    public async Task ConnectedAsACallable()
    {
        var link = new Pair(this);
        var seen = new List<PacketPeerDtls.Status>();
        link.Client.Connect(PacketPeerDtls.SignalName.StatusChanged, Callable.From<PacketPeerDtls.Status>(seen.Add));
        await link.Establish();
        ExpectEqual(seen.Count, 2, "changes");
    }

    public async Task HandlerMayDisposeThePeer()
    {
        var link = new Pair(this);
        await link.Establish();
        PacketPeerDtls client = link.Client;
        client.StatusChanged += _ => client.Dispose();
        link.ReplaceClient();
        client.DisconnectFromPeer();
        Expect(!GodotObject.IsInstanceValid(client), "still there");
        bool wasTold = await link.Until(() => link.Accepted[0].GetStatus() == PacketPeerDtls.Status.Disconnected);
        Expect(wasTold, "the server was not told");
    }
}
