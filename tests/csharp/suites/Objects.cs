using System.Collections.Generic;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>Where the objects in C# go: to the engine, to GDScript, and through Godot back to C#.</summary>
public sealed class ObjectsSuite(SceneTree tree) : Suite(tree)
{
    private const string ScriptThatTakesPeers = """
        extends RefCounted
        func status_of(peer: PacketPeerDTLSOpenSSL) -> int:
        	return peer.get_status()
        func count_of(peer: PacketPeer) -> int:
        	return peer.get_available_packet_count()
        func new_peer() -> PacketPeerDTLSOpenSSL:
        	return PacketPeerDTLSOpenSSL.new()
        func new_options() -> TLSOptionsOpenSSL:
        	return TLSOptionsOpenSSL.client_unsafe()
        func new_server() -> DTLSServerOpenSSL:
        	return DTLSServerOpenSSL.new()
        """;

    public async Task PeerIsAPacketPeer()
    {
        var link = new Pair(this);
        await link.Establish();
        PacketPeer client = link.Client;
        client.PutPacket([1, 2]);
        await link.Until(() => link.Accepted[0].GetAvailablePacketCount() > 0);
        ExpectEqual(Receive(link.Accepted[0]), [1, 2], "packet");
    }

    public void NoPeerIsNoPacketPeer()
    {
        PacketPeer? peer = (PacketPeerDtls?)null;
        ExpectEqual(peer, null, "converted");
    }

    public void GdscriptTakesPeers()
    {
        GodotObject script = CompileScript();
        var peer = new PacketPeerDtls();
        ExpectEqual((int)script.Call("status_of", peer.Native), 0, "status");
        ExpectEqual((int)script.Call("count_of", (PacketPeer)peer), 0, "count");
    }

    public void GdscriptGivesObjects()
    {
        GodotObject script = CompileScript();
        PacketPeerDtls peer = PacketPeerDtls.From(script.Call("new_peer"))!;
        ExpectEqual(peer.GetStatus(), PacketPeerDtls.Status.Disconnected, "status");
        Expect(TlsOptions.From(script.Call("new_options"))!.IsUnsafeClient(), "options");
        ExpectEqual(DtlsServer.From(script.Call("new_server"))!.PollAll(), [], "server");
    }

    public void NativeObjectHasOneObjectInCSharp()
    {
        var peer = new PacketPeerDtls();
        Expect(ReferenceEquals(PacketPeerDtls.From(peer.Native), peer), "another object for the native one");
        Expect(ReferenceEquals(PacketPeerDtls.From(peer), peer), "another object for itself");
        ExpectEqual(PacketPeerDtls.From((GodotObject?)null), null, "for null");
    }

    /// <summary>As objects of the engine do.</summary>
    public void CollectionsOfGodotTakePeers()
    {
        var peer = new PacketPeerDtls();
        Godot.Collections.Array<PacketPeerDtls> list = [peer];
        var named = new Godot.Collections.Dictionary<string, PacketPeerDtls> { ["player"] = peer };
        Expect(ReferenceEquals(list[0], peer) && list.Contains(peer), "Array");
        Expect(ReferenceEquals(named["player"], peer), "Dictionary");
    }

    public async Task SignalsAndDeferredCallsTakePeers()
    {
        var peer = new PacketPeerDtls();
        var seen = new List<PacketPeerDtls>();
        Callable.From<PacketPeerDtls>(seen.Add).CallDeferred(peer);
        await NextFrame();
        await NextFrame();
        Expect(seen.Count == 1 && ReferenceEquals(seen[0], peer), "not the same peer");
    }

    private static byte[] Receive(PacketPeer peer) => peer.GetPacket();

    private static GodotObject CompileScript()
    {
        using var script = new GDScript();
        script.SourceCode = ScriptThatTakesPeers;
        script.Reload();
        return (GodotObject)script.New();
    }
}
