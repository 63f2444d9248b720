using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Godot;
using VerifyClient = OpenSslDtls.TlsOptions.VerifyClientEnum;

namespace OpenSslDtls.Tests;

/// <summary>Options: what is set is what is used, and what cannot be set is refused.</summary>
public sealed class OptionsSuite(SceneTree tree) : Suite(tree)
{
    private static readonly byte[] s_secret = Enumerable.Repeat((byte)7, 32).ToArray();

    /// <summary>Default, another value, and one that is refused, if there is one.</summary>
    private static Dictionary<string, object?[]> Values() => new()
    {
        [nameof(TlsOptions.SessionResumption)] = [true, false],
        [nameof(TlsOptions.Mtu)] = [1200, 600, 255],
        [nameof(TlsOptions.StrictMtu)] = [false, true],
        [nameof(TlsOptions.MinVersion)] = [TlsOptions.Version.Any, TlsOptions.Version.Dtls12, (TlsOptions.Version)2],
        [nameof(TlsOptions.MaxVersion)] = [TlsOptions.Version.Any, TlsOptions.Version.Dtls12, (TlsOptions.Version)2],
        [nameof(TlsOptions.CipherList)] = ["", "ECDHE+CHACHA20", "nonsense"],
        [nameof(TlsOptions.Groups)] = ["X25519:P-256:P-384:P-521", "P-384:P-256", "nonsense"],
        [nameof(TlsOptions.SecurityLevel)] = [2, 3, 6],
        [nameof(TlsOptions.HandshakeTimeoutMs)] = [20000, 500, 99],
        [nameof(TlsOptions.RetransmitTimeoutMs)] = [1000, 200, 49],
        [nameof(TlsOptions.IdleTimeoutMs)] = [0, 5000, 999],
        [nameof(TlsOptions.AlpnProtocols)] = [Array.Empty<string>(), new[] { "chess/1" }, new[] { "" }],
        [nameof(TlsOptions.KeyLogPath)] = ["", "user://options.keys", "user://no/such/folder/keys.log"],
        [nameof(TlsOptions.TicketKey)] = [Array.Empty<byte>(), s_secret, new byte[31]],
        [nameof(TlsOptions.CookieSecret)] = [Array.Empty<byte>(), s_secret, new byte[31]],
        [nameof(TlsOptions.MaxHalfOpen)] = [1024, 64, 0],
        [nameof(TlsOptions.MaxHalfOpenPerAddress)] = [256, 16, 0],
        [nameof(TlsOptions.VerifyClient)] = [VerifyClient.None, VerifyClient.Required, (VerifyClient)3],
        [nameof(TlsOptions.ClientCa)] = [null, Fixtures.Certificate("client_ca"), new X509Certificate()],
        [nameof(TlsOptions.ClientCaPem)] = ["", Fixtures.CertificatePem("client_ca"), "no certificate"],
        [nameof(TlsOptions.CrlPem)] = ["", Fixtures.RevocationListPem("client_ca"), "no list"],
    };

    public void EveryPropertyIsTested()
    {
        IEnumerable<string> properties = typeof(TlsOptions).GetProperties().Where(IsOption).Select(property => property.Name);
        ExpectEqual(properties.Order(), Values().Keys.Order(), "properties");
    }

    public void PropertiesHaveTheirDefaults()
    {
        foreach ((string name, object?[] values) in Values())
        {
            ExpectEqual(Get(Fixtures.Server(), name), values[0], name);
        }
    }

    public void PropertiesKeepWhatIsSet()
    {
        foreach ((string name, object?[] values) in Values())
        {
            TlsOptions options = Fixtures.Server();
            Set(options, name, values[1]);
            Expect(IsSame(Get(options, name), values[1]), $"{name}: {Get(options, name)}, not {values[1]}");
        }
    }

    public void PropertiesRefuseWhatCannotBe()
    {
        foreach ((string name, object?[] values) in Values().Where(entry => entry.Value.Length > 2))
        {
            TlsOptions options = Fixtures.Server();
            ExpectThrows<ArgumentException>(() => Set(options, name, values[2]), $"TLSOptionsOpenSSL.{Snake(name)}:");
            ExpectEqual(Get(options, name), values[0], name);
        }
    }

    public void Roles()
    {
        Expect(Fixtures.Server().IsServer() && !Fixtures.Client().IsServer(), "IsServer");
        Expect(TlsOptions.ClientUnsafe().IsUnsafeClient() && !Fixtures.Client().IsUnsafeClient(), "IsUnsafeClient");
    }

    public void OwnCredentials()
    {
        TlsOptions options = TlsOptions.ServerFromPem(Fixtures.KeyPem("server"), Fixtures.CertificatePem("server"));
        ExpectEqual(options.GetOwnCertificate()?.SaveToString()[..28], Fixtures.CertificatePem("server")[..28], "certificate");
        Expect(options.GetPrivateKey() is not null, "no key");
        ExpectEqual(options.GetCertificatePem(), Fixtures.CertificatePem("server"), "certificate in PEM");
        Expect(options.GetKeyPem().Contains("PRIVATE KEY"), "no key in PEM");
        ExpectEqual(Fixtures.Client().GetOwnCertificate(), null, "a client's certificate");
        ExpectEqual(Fixtures.Client().GetPrivateKey(), null, "a client's key");
    }

    public void Trust()
    {
        TlsOptions options = TlsOptions.Client(Fixtures.Certificate("ca"), "server.test");
        ExpectEqual(options.GetCommonNameOverride(), "server.test", "name");
        ExpectEqual(options.GetTrustedCaChain(), Fixtures.Certificate("ca"), "trusted");
        ExpectEqual(TlsOptions.Client().GetTrustedCaChain(), null, "trusted by default");
    }

    public async Task OptionsOfTheEngine()
    {
        var link = new Pair(this);
        link.Server.Setup(Godot.TlsOptions.Server(Fixtures.Key("server"), Fixtures.Certificate("server")));
        link.ClientUdp.ConnectToHost("127.0.0.1", link.Listener.GetLocalPort());
        Godot.TlsOptions options = Godot.TlsOptions.Client(Fixtures.Certificate("ca"));
        ExpectEqual(link.Client.ConnectToPeer(link.ClientUdp, "server.test", options), Error.Ok, "ConnectToPeer");
        Expect(await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Connected), "not connected");
    }

    public async Task PinnedSelfSignedServer()
    {
        TlsOptions host = TlsOptions.ServerSelfSigned("lobby", ["127.0.0.1"], 1);
        var link = new Pair(this, host);
        await link.Establish(TlsOptions.ClientPinned(host.GetFingerprintSha256()));
        ExpectEqual(link.Client.GetPeerFingerprintSha256(), host.GetFingerprintSha256(), "fingerprint");
    }

    public async Task SharedKeys()
    {
        var link = new Pair(this, TlsOptions.ServerPsk(new Dictionary<string, byte[]> { ["player"] = s_secret }));
        await link.Establish(TlsOptions.ClientPsk("player", s_secret));
    }

    public async Task SharedKeysByFunction()
    {
        var link = new Pair(this, TlsOptions.ServerPsk(identity => identity == "player" ? s_secret : []));
        await link.Establish(TlsOptions.ClientPsk("player", s_secret));
    }

    /// <summary>Looks like a wrong key: an answer that does not come.</summary>
    public async Task SharedKeysByFunctionThatKnowsNobody()
    {
        var link = new Pair(this, TlsOptions.ServerPsk(_ => null));
        TlsOptions options = TlsOptions.ClientPsk("player", s_secret);
        options.HandshakeTimeoutMs = 2500;
        link.Connect(options);
        Expect(await link.Until(() => link.Accepted.Count > 0), "the server has not taken it");
        Expect(await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Error), "the client is served");
        Expect(link.Accepted[0].GetFailureReason() != PacketPeerDtls.FailureReason.Refused, "it is told that nobody knows it");
    }

    /// <summary>Its exception is in the log, and the client is refused.</summary>
    public async Task SharedKeysByFunctionThatThrows()
    {
        var link = new Pair(this, TlsOptions.ServerPsk(identity => throw new ProvokedException(identity)));
        link.Connect(TlsOptions.ClientPsk("player", s_secret));
        await link.Until(() => link.Accepted.Count > 0);
        bool hasFailed = await link.Until(() => link.Accepted[0].GetStatus() == PacketPeerDtls.Status.Error);
        Expect(hasFailed, "the client is served");
        ExpectEqual(link.Accepted[0].GetFailureReason(), PacketPeerDtls.FailureReason.Refused, "reason");
    }

    public async Task ClientCertificates()
    {
        TlsOptions options = Fixtures.Server();
        options.VerifyClient = VerifyClient.Required;
        options.ClientCaPem = Fixtures.CertificatePem("client_ca");
        TlsOptions player = Fixtures.Client();
        player.SetIdentity(Fixtures.Key("client"), Fixtures.Certificate("client"));
        var link = new Pair(this, options);
        await link.Establish(player);
        Expect(link.Accepted[0].GetPeerSubject().Contains("CN="), link.Accepted[0].GetPeerSubject());
    }

    public async Task ServerNames()
    {
        TlsOptions options = Fixtures.Server();
        options.AddServerName("second.test", Fixtures.KeyPem("second"), Fixtures.CertificatePem("second"));
        var link = new Pair(this, options);
        link.Connect(Fixtures.Client(), "second.test");
        Expect(await link.Until(() => link.Client.GetStatus() == PacketPeerDtls.Status.Connected), "not connected");
    }

    private static object? Get(TlsOptions options, string name) => typeof(TlsOptions).GetProperty(name)!.GetValue(options);

    private static void Set(TlsOptions options, string name, object? value)
    {
        const BindingFlags Unwrapped = BindingFlags.DoNotWrapExceptions;
        typeof(TlsOptions).GetProperty(name)!.SetValue(options, value, Unwrapped, null, null, null);
    }

    /// <summary>A certificate comes back as another object.</summary>
    private static bool IsSame(object? actual, object? expected) => (actual, expected) switch
    {
        (X509Certificate one, X509Certificate other) => one.SaveToString() == other.SaveToString(),
        (Array one, Array other) => one.Cast<object>().SequenceEqual(other.Cast<object>()),
        _ => Equals(actual, expected),
    };

    private static bool IsOption(PropertyInfo property) =>
        property.DeclaringType == typeof(TlsOptions) && property.CanWrite;

    private sealed class ProvokedException(string message) : Exception(message);
}
