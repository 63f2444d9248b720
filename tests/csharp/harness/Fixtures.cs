using Godot;

namespace OpenSslDtls.Tests;

/// <summary>The keys and certificates of res://fixtures, by name without extension, and options that are made of them.</summary>
internal static class Fixtures
{
    internal static X509Certificate Certificate(string name) => GD.Load<X509Certificate>($"res://fixtures/{name}.crt");

    internal static CryptoKey Key(string name) => GD.Load<CryptoKey>($"res://fixtures/{name}.key");

    internal static string CertificatePem(string name) => Text($"{name}.crt");

    internal static string KeyPem(string name) => Text($"{name}.key");

    internal static string RevocationListPem(string name) => Text($"{name}.crl");

    /// <summary>Options of a server whose certificate is that of <c>server.test</c>.</summary>
    internal static TlsOptions Server() => TlsOptions.Server(Key("server"), Certificate("server"));

    /// <summary>Options of a client that trusts it.</summary>
    internal static TlsOptions Client() => TlsOptions.Client(Certificate("ca"));

    private static string Text(string file) => FileAccess.GetFileAsString($"res://fixtures/{file}");
}
