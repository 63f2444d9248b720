using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>What a script can get wrong is an exception that names the method, the argument and the cause.</summary>
public sealed class BadInputSuite(SceneTree tree) : Suite(tree)
{
    private static readonly byte[] s_shortKey = new byte[15];

    public void SetupWithNull() =>
        ExpectThrows<ArgumentException>(() => new DtlsServer().Setup((TlsOptions)null!), "setup()", "server_options", "null");

    public void SetupWithOptionsOfAClient() =>
        ExpectThrows<ArgumentException>(() => new DtlsServer().Setup(TlsOptions.ClientUnsafe()), "setup()", "server_options");

    public void SetupWithOptionsOfTheEnginesClient() =>
        ExpectThrows<ArgumentException>(() => new DtlsServer().Setup(Godot.TlsOptions.ClientUnsafe()), "setup()", "server_options");

    public void SetupWithoutKey() => ExpectSetupThrows(TlsOptions.Server(null!, Fixtures.Certificate("server")), "key");

    public void SetupWithKeyOfAnotherCertificate() =>
        ExpectSetupThrows(TlsOptions.Server(Fixtures.Key("other"), Fixtures.Certificate("server")), "key");

    public void SetupWithWrongPassphrase()
    {
        string key = Fixtures.KeyPem("encrypted");
        ExpectSetupThrows(TlsOptions.ServerFromPem(key, Fixtures.CertificatePem("server"), "open barley"), "passphrase");
    }

    public void SetupWithEmptyPem() => ExpectSetupThrows(TlsOptions.ServerFromPem("", ""), "key");

    public async Task RefusedSetupKeepsTheLastOne()
    {
        var link = new Pair(this);
        ExpectThrows<ArgumentException>(() => link.Server.Setup(TlsOptions.ServerFromPem("", "")), "setup()");
        await link.Establish();
    }

    public void TakeConnectionBeforeSetup()
    {
        var server = new DtlsServer();
        ExpectThrows<InvalidOperationException>(() => server.TakeConnection(UdpToNobody()), "take_connection()", "setup()");
        ExpectThrows<InvalidOperationException>(() => server.TakeConnection(), "take_connection()", "setup()");
    }

    public void TakeConnectionOfNull()
    {
        var link = new Pair(this);
        ExpectThrows<ArgumentException>(() => link.Server.TakeConnection(null!), "take_connection()", "udp_peer", "null");
    }

    public void TakeConnectionOfUnconnectedPeer()
    {
        var link = new Pair(this);
        ExpectThrows<ArgumentException>(() => link.Server.TakeConnection(new PacketPeerUdp()), "udp_peer", "not connected");
    }

    public void ConnectWithoutUdpPeer() => ExpectConnectThrows(null!, "server.test", "packet_peer");

    public void ConnectOnUnconnectedPeer() => ExpectConnectThrows(new PacketPeerUdp(), "server.test", "connect_to_host()");

    public void ConnectWithHostnameThatIsTooLong() => ExpectConnectThrows(UdpToNobody(), new string('a', 256), "hostname");

    public void ConnectWithOptionsOfAServer()
    {
        var peer = new PacketPeerDtls();
        ExpectThrows<ArgumentException>(() => peer.ConnectToPeer(UdpToNobody(), "server.test", Fixtures.Server()), "client_options");
    }

    public void ConnectWithGarbageAsAuthority()
    {
        TlsOptions options = TlsOptions.ClientFromPem("no certificate");
        var peer = new PacketPeerDtls();
        ExpectThrows<ArgumentException>(() => peer.ConnectToPeer(UdpToNobody(), "server.test", options), "certificate");
    }

    public async Task ConnectTwiceKeepsTheSession()
    {
        var link = new Pair(this);
        await link.Establish();
        ExpectThrows<InvalidOperationException>(() => link.Connect(), "connect_to_peer()", "already");
        ExpectEqual(await link.Exchange(link.Client, link.Accepted[0], [1, 2]), [1, 2], "received");
    }

    /// <summary>The network's doing, which no script can prevent, is a code as with the engine's classes.</summary>
    public void PacketsBeforeConnect()
    {
        var peer = new PacketPeerDtls();
        ExpectEqual(peer.PutPacket([1]), Error.Unconfigured, "PutPacket");
        ExpectEqual(peer.PutVar(1), Error.Unconfigured, "PutVar");
        ExpectEqual(peer.GetPacket(), [], "GetPacket");
        ExpectEqual(peer.GetPacketError(), Error.Unconfigured, "GetPacketError");
        peer.Poll();
        peer.DisconnectFromPeer();
    }

    public async Task PacketThatIsTooLarge()
    {
        var link = new Pair(this);
        await link.Establish();
        ExpectEqual(link.Client.PutPacket(new byte[16385]), Error.InvalidParameter, "PutPacket");
    }

    public void KeyingMaterialBeforeConnect()
    {
        var peer = new PacketPeerDtls();
        ExpectThrows<InvalidOperationException>(() => peer.ExportKeyingMaterial("EXPERIMENTAL", 16), "not connected");
    }

    public async Task KeyingMaterialOfNoLength()
    {
        var link = new Pair(this);
        await link.Establish();
        ExpectThrows<ArgumentException>(() => link.Client.ExportKeyingMaterial("EXPERIMENTAL", 0), "length");
    }

    public void NoFingerprints() => ExpectThrows<ArgumentException>(() => TlsOptions.ClientPinned(), "client_pinned()", "empty");

    public void FingerprintThatIsNone() =>
        ExpectThrows<ArgumentException>(() => TlsOptions.ClientPinned("not hexadecimal"), "client_pinned()", "fingerprints");

    public void PskOfNobody() =>
        ExpectThrows<ArgumentException>(() => TlsOptions.ClientPsk("", new byte[16]), "client_psk()", "identity");

    public void PskOfTheClientThatIsTooShort() =>
        ExpectThrows<ArgumentException>(() => TlsOptions.ClientPsk("player", s_shortKey), "client_psk()", "key");

    public void NoPsk() =>
        ExpectThrows<ArgumentException>(() => TlsOptions.ServerPsk(new Dictionary<string, byte[]>()), "server_psk()", "keys");

    public void PskOfTheServerThatIsTooShort()
    {
        var keys = new Dictionary<string, byte[]> { ["player"] = s_shortKey };
        ExpectThrows<ArgumentException>(() => TlsOptions.ServerPsk(keys), "server_psk()", "keys", "player");
    }

    public void SelfSignedForNobody() =>
        ExpectThrows<ArgumentException>(() => TlsOptions.ServerSelfSigned(""), "server_self_signed()", "common_name");

    public void SelfSignedForNoDay() =>
        ExpectThrows<ArgumentException>(() => TlsOptions.ServerSelfSigned("lobby", days: 0), "server_self_signed()", "days");

    public void IdentityOfAServer()
    {
        TlsOptions options = Fixtures.Server();
        ExpectThrows<ArgumentException>(
            () => options.SetIdentity(Fixtures.Key("client"), Fixtures.Certificate("client")), "set_identity()", "client");
    }

    public void IdentityWithAnotherKey()
    {
        TlsOptions options = Fixtures.Client();
        ExpectThrows<ArgumentException>(
            () => options.SetIdentityPem(Fixtures.KeyPem("other"), Fixtures.CertificatePem("client")), "set_identity_pem()", "key");
    }

    public void ServerNameThatIsNone()
    {
        TlsOptions options = Fixtures.Server();
        ExpectThrows<ArgumentException>(
            () => options.AddServerName("*", Fixtures.KeyPem("second"), Fixtures.CertificatePem("second")), "add_server_name()", "host");
    }

    public void FingerprintOfGarbage()
    {
        TlsOptions options = TlsOptions.ServerFromPem("no key", "no certificate");
        ExpectThrows<InvalidOperationException>(() => options.GetFingerprintSha256(), "get_fingerprint_sha256()");
    }

    public void AnotherClass() =>
        ExpectThrows<InvalidCastException>(() => PacketPeerDtls.From(new PacketPeerUdp()), "PacketPeerUDP", "PacketPeerDTLSOpenSSL");

    /// <summary>What was refused before does not come up again.</summary>
    public void GoodInputAfterBadInput()
    {
        GodotObject native = Fixtures.Server().Native;
        native.Set("mtu", 1);
        TlsOptions.ClientPinned(new string('a', 64));
        ExpectEqual(Fixtures.Server().GetFingerprintSha256().Length, 64, "fingerprint");
        native.Set("mtu", 1);
        new Pair(this).Server.TakeConnection(UdpToNobody());
    }

    private void ExpectSetupThrows(TlsOptions options, string cause) =>
        ExpectThrows<ArgumentException>(() => new DtlsServer().Setup(options), "DTLSServerOpenSSL.setup()", cause);

    private void ExpectConnectThrows(PacketPeerUdp udp, string hostname, string cause)
    {
        var peer = new PacketPeerDtls();
        ExpectThrows<ArgumentException>(() => peer.ConnectToPeer(udp, hostname, Fixtures.Client()), "connect_to_peer()", cause);
        ExpectEqual(peer.GetStatus(), PacketPeerDtls.Status.Disconnected, "status");
    }

    /// <summary>Connected to a port of this machine where nothing answers.</summary>
    private static PacketPeerUdp UdpToNobody()
    {
        var udp = new PacketPeerUdp();
        udp.ConnectToHost("127.0.0.1", 9);
        return udp;
    }
}
