using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>Connected peers: packets, and what can be asked.</summary>
public sealed class PeersSuite(SceneTree tree) : Suite(tree)
{
    public async Task PacketsGoBothWays()
    {
        var link = new Pair(this);
        await link.Establish();
        ExpectEqual(await link.Exchange(link.Client, link.Accepted[0], [1, 2, 3]), [1, 2, 3], "at the server");
        ExpectEqual(await link.Exchange(link.Accepted[0], link.Client, [4]), [4], "at the client");
        ExpectEqual(link.Client.GetPacketError(), Error.Ok, "GetPacketError");
    }

    public async Task VariablesGoAsPackets()
    {
        var link = new Pair(this);
        await link.Establish();
        link.Client.EncodeBufferMaxSize = 4096;
        ExpectEqual(link.Client.EncodeBufferMaxSize, 4096, "EncodeBufferMaxSize");
        link.Client.PutVar(new Vector2(1, 2));
        await link.Until(() => link.Accepted[0].GetAvailablePacketCount() > 0);
        ExpectEqual(link.Accepted[0].GetVar().AsVector2(), new Vector2(1, 2), "GetVar");
    }

    public async Task ReceiveAllPollsAndGivesEveryPacket()
    {
        var link = new Pair(this);
        await link.Establish();
        for (byte number = 0; number < 10; number++)
        {
            link.Client.PutPacket([number]);
        }
        var received = new List<byte[]>();
        await Until(() =>
        {
            link.Listener.Poll();
            received.AddRange(link.Accepted[0].ReceiveAll());
            return received.Count == 10;
        });
        ExpectEqual(received.Select(packet => (int)packet[0]), Enumerable.Range(0, 10), "packets");
    }

    /// <summary>They are the objects that the server gave out before, for <c>==</c> and as keys.</summary>
    public async Task PollAllGivesPeersWithNews()
    {
        var link = new Pair(this);
        await link.Establish();
        link.Client.PutPacket([1]);
        PacketPeerDtls[] busy = [];
        await Until(() =>
        {
            link.Listener.Poll();
            busy = link.Server.PollAll();
            return busy.Length > 0;
        });
        ExpectEqual(busy.Length, 1, "peers with news");
        Expect(ReferenceEquals(busy[0], link.Accepted[0]), "another object");
        ExpectEqual(busy[0].GetPacket(), [1], "packet");
    }

    public async Task KeyingMaterialIsTheSameOnBothSides()
    {
        var link = new Pair(this);
        await link.Establish();
        byte[] material = link.Client.ExportKeyingMaterial("EXPERIMENTAL tests", 32, [1]);
        ExpectEqual(link.Accepted[0].ExportKeyingMaterial("EXPERIMENTAL tests", 32, [1]), material, "of the server");
        Expect(!link.Client.ExportKeyingMaterial("EXPERIMENTAL tests", 32).SequenceEqual(material), "without context");
    }

    public async Task FailureHasAReason()
    {
        var link = new Pair(this);
        link.Connect(hostname: "elsewhere.test");
        await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.ErrorHostnameMismatch);
        ExpectEqual(link.Client.GetFailureReason(), PacketPeerDtls.FailureReason.HostnameMismatch, "reason");
        Expect(link.Client.GetFailureMessage().Length > 0, "no message");
        Expect(link.Client.GetFailureDetail().Contains("hostname mismatch"), link.Client.GetFailureDetail());
    }

    public async Task DisconnectIsToldToTheOtherSide()
    {
        var link = new Pair(this);
        await link.Establish();
        link.Client.DisconnectFromPeer();
        ExpectEqual(link.Client.GetStatus(), PacketPeerDtls.Status.Disconnected, "client");
        Expect(await link.Until(() => link.Accepted[0].GetStatus() == PacketPeerDtls.Status.Disconnected), "server");
    }

    public async Task WhatIsAskedIsWhatTheExtensionAnswers()
    {
        var link = new Pair(this);
        await link.Establish();
        foreach (GodotObject wrapper in new GodotObject[] { link.Server, link.Client, link.Accepted[0] })
        {
            var native = (GodotObject)wrapper.GetType().GetProperty("Native")!.GetValue(wrapper)!;
            foreach (MethodInfo question in Questions(wrapper.GetType()))
            {
                string answer = Text(question.Invoke(wrapper, []));
                string expected = Text(native.Call(Snake(question.Name)).Obj);
                ExpectEqual(answer, expected, question.Name);
            }
        }
    }

    private static IEnumerable<MethodInfo> Questions(Type type) => type
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.GetParameters().Length == 0 && !method.IsSpecialName)
        .Where(method => method.Name.StartsWith("Get") || method.Name.StartsWith("Is"));

    private static string Text(object? value) => value switch
    {
        X509Certificate certificate => certificate.SaveToString(),
        Enum number => Convert.ToInt64(number).ToString(),
        byte[] bytes => Convert.ToHexString(bytes),
        _ => value?.ToString() ?? "",
    };
}
