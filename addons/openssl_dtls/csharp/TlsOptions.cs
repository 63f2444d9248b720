#nullable enable

using System;
using System.Collections.Generic;
using Godot;

namespace OpenSslDtls;

/// <summary>
/// How a <see cref="DtlsServer"/> shows who it is, or how a <see cref="PacketPeerDtls"/> verifies whom it connects to,
/// and how both of them speak.
/// </summary>
/// <remarks>
/// <para>The engine's own <see cref="Godot.TlsOptions"/> can be used everywhere in place of this class. This one can do
/// more: it keeps certificate chains whole (<see cref="ServerFromPem"/>), knows servers by their fingerprint
/// (<see cref="ClientPinned"/>) or by a shared key (<see cref="ClientPsk"/>), makes certificates
/// (<see cref="ServerSelfSigned"/>), and has the properties below.</para>
/// <para>Options are made by the static methods. They are read when <see cref="DtlsServer.Setup(TlsOptions)"/>,
/// <see cref="PacketPeerDtls.ConnectToHost(string, int, string, TlsOptions)"/> or
/// <see cref="PacketPeerDtls.ConnectToPeer(PacketPeerUdp, string, TlsOptions)"/> is called: what is changed after that
/// counts from the next call on. A value that cannot be used is refused with a line in the log, and the property keeps
/// the one it had; the setter methods also return an <see cref="Godot.Error"/>.</para>
/// <para>A player's own computer can be the server. Nobody has to sign its certificate: the fingerprint, which a lobby
/// can tell the other players, is enough for them to know it by.</para>
/// </remarks>
/// <example>
/// <code>
/// using Godot;
/// using TlsOptions = OpenSslDtls.TlsOptions;
///
/// var pem = FileAccess.GetFileAsString("res://server.pem"); // The private key and the certificate chain.
/// var serverOptions = TlsOptions.ServerFromPem(pem, pem);
/// serverOptions.HandshakeTimeoutMs = 5000;
///
/// var authority = FileAccess.GetFileAsString("res://authority.crt");
/// var clientOptions = TlsOptions.ClientFromPem(authority);
/// </code>
/// </example>
/// <example>
/// <code>
/// var hostOptions = TlsOptions.ServerSelfSigned("lobby");
/// var fingerprint = hostOptions.GetFingerprintSha256();
///
/// var guestOptions = TlsOptions.ClientPinned(new[] { fingerprint });
/// </code>
/// </example>
public sealed partial class TlsOptions : RefCounted
{
    private static readonly WrapperTable<RefCounted, TlsOptions> s_wrappers =
        new("TLSOptionsOpenSSL", native => new TlsOptions(native));

    private TlsOptions(RefCounted native)
    {
        Native = native;
    }

    /// <summary>A limit of the protocol version.</summary>
    public enum Version : long
    {
        /// <summary>No limit but what is safe.</summary>
        Any = 0,
        /// <summary>DTLS 1.2 (RFC 6347).</summary>
        Dtls12 = 1,
    }

    /// <summary>What a server asks of its clients' certificates.</summary>
    public enum VerifyClientEnum : long
    {
        /// <summary>Clients are not asked for a certificate. The default.</summary>
        None = 0,
        /// <summary>Clients are asked for a certificate, and refused if they show a wrong one.</summary>
        Optional = 1,
        /// <summary>Clients are asked for a certificate, and refused without a right one.</summary>
        Required = 2,
    }

    /// <summary>True if the extension is loaded.</summary>
    public static bool IsAvailable => s_wrappers.IsAvailable;

    /// <summary>The <c>TLSOptionsOpenSSL</c> that this object stands for: what GDScript works with.</summary>
    public RefCounted Native { get; }

    /// <summary>The object in C# for <paramref name="native"/>, a <c>TLSOptionsOpenSSL</c>. Null: null.</summary>
    /// <exception cref="InvalidCastException">It is an object of another class.</exception>
    public static TlsOptions? From(GodotObject? native) => s_wrappers.From(native);

    /// <inheritdoc cref="From(GodotObject)"/>
    public static TlsOptions? From(Variant native) => From(native.AsGodotObject());

    /// <summary>Options of a client that verifies the server's certificate and name.</summary>
    /// <remarks>
    /// <paramref name="trustedChain"/> holds the certificates to trust. Without it those of the project setting
    /// <c>network/tls/certificate_bundle_override</c> are trusted, or else the system's.
    /// <paramref name="commonNameOverride"/> is looked for in the server's certificate, and sent to the server, in
    /// place of the hostname given to <see cref="PacketPeerDtls.ConnectToHost(string, int, string, TlsOptions)"/> or
    /// <see cref="PacketPeerDtls.ConnectToPeer(PacketPeerUdp, string, TlsOptions)"/>.
    /// </remarks>
    public static TlsOptions Client(X509Certificate? trustedChain = null, string commonNameOverride = "") =>
        s_wrappers.Make(Names.Client, trustedChain!, commonNameOverride);

    /// <summary>
    /// Options of a client that does not verify the server's name, nor, without <paramref name="trustedChain"/>,
    /// anything at all.
    /// </summary>
    /// <remarks>
    /// Whoever is on the network between client and server can then read and change everything. For tests only: to
    /// connect to a server without an authority's certificate, use <see cref="ClientPinned"/> or
    /// <see cref="ClientPsk"/>.
    /// </remarks>
    public static TlsOptions ClientUnsafe(X509Certificate? trustedChain = null) =>
        s_wrappers.Make(Names.ClientUnsafe, trustedChain!);

    /// <summary>Options of a server with this private key and certificate.</summary>
    /// <remarks>
    /// <para>Where <paramref name="certificate"/> holds a chain it has to be a resource loaded from a file, or only its
    /// first certificate is sent: see <see cref="ServerFromPem"/>.</para>
    /// <para>To make a key and a certificate use <see cref="ServerSelfSigned"/>: OpenSSL cannot read one in 512
    /// certificates of <see cref="Crypto.GenerateSelfSignedCertificate"/>, whose serial number begins with a
    /// superfluous zero.</para>
    /// </remarks>
    public static TlsOptions Server(CryptoKey key, X509Certificate certificate) =>
        s_wrappers.Make(Names.Server, key, certificate);

    /// <summary>Options of a server with the private key and the certificates in these PEM texts.</summary>
    /// <remarks>
    /// <paramref name="chainPem"/> holds the server's own certificate first, then the intermediate certificates.
    /// <paramref name="passphrase"/> opens an encrypted key. Keys can be RSA of 2048 bits or more, or EC on P-256,
    /// P-384 or P-521.
    /// </remarks>
    public static TlsOptions ServerFromPem(string keyPem, string chainPem, string passphrase = "") =>
        s_wrappers.Make(Names.ServerFromPem, keyPem, chainPem, passphrase);

    /// <summary>
    /// Options of a client that verifies the server's certificate and name, and trusts the certificates in this PEM
    /// text only.
    /// </summary>
    /// <remarks><paramref name="commonNameOverride"/> is as in <see cref="Client"/>.</remarks>
    public static TlsOptions ClientFromPem(string caPem, string commonNameOverride = "") =>
        s_wrappers.Make(Names.ClientFromPem, caPem, commonNameOverride);

    /// <summary>
    /// Options of a client that knows the server by its certificate: the connection succeeds if the SHA-256 of that is
    /// one of <paramref name="fingerprints"/>, each of 64 hexadecimal digits, with or without colons.
    /// </summary>
    /// <remarks>
    /// No authority is needed, and neither the certificate's names nor its dates matter. The server gets its
    /// fingerprint from <see cref="GetFingerprintSha256"/>; everyone else has to be told it over a way that can be
    /// trusted, such as the server of a lobby. During a change of certificates, give both fingerprints.
    /// </remarks>
    /// <exception cref="ArgumentException">An argument cannot be used.</exception>
    public static TlsOptions ClientPinned(params string[] fingerprints) =>
        s_wrappers.Make(Names.ClientPinned, fingerprints);

    /// <summary>Options of a client that shares a key with the server, in place of certificates.</summary>
    /// <remarks>
    /// <paramref name="identity"/>, 1 to 128 bytes of UTF-8, tells the server which key it is, and is sent in plain
    /// text. <paramref name="key"/> has 16 to 256 bytes, from <see cref="Crypto.GenerateRandomBytes"/> for example; a
    /// password will not do, because whoever has seen one handshake can try passwords as fast as their computer allows.
    /// </remarks>
    /// <exception cref="ArgumentException">An argument cannot be used.</exception>
    public static TlsOptions ClientPsk(string identity, byte[] key) => s_wrappers.Make(Names.ClientPsk, identity, key);

    /// <summary>Options of a server that shares a key with each client, in place of certificates.</summary>
    /// <remarks>
    /// <para><paramref name="keys"/> is either a <c>Godot.Collections.Dictionary</c> of identities (<c>string</c>) and
    /// keys (<c>byte[]</c> of 16 to 256 bytes), which is read at once, or a <see cref="Callable"/> that takes an
    /// identity and returns its key, or an empty array if nobody has that identity. It is called within
    /// <see cref="PacketPeerDtls.Poll"/>, with <see cref="DtlsServer.Listen"/> within <see cref="DtlsServer.Poll"/> and
    /// also for clients that nobody has taken yet; once for each connection. It may do anything with server and peers.
    /// If it returns something else, as a function does that fails, that client alone is refused; but where its return
    /// type is declared to be <c>byte[]</c>, the engine lets it return an empty one when it fails.</para>
    /// <para>A client with an unknown identity is treated like one with a wrong key: it cannot find out which
    /// identities exist.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An argument cannot be used.</exception>
    public static TlsOptions ServerPsk(IReadOnlyDictionary<string, byte[]> keys)
    {
        using var entries = new Godot.Collections.Dictionary();
        foreach ((string identity, byte[] key) in keys)
        {
            entries[identity] = key;
        }
        return s_wrappers.Make(Names.ServerPsk, entries);
    }

    /// <inheritdoc cref="ServerPsk(IReadOnlyDictionary{string, byte[]})"/>
    public static TlsOptions ServerPsk(Func<string, byte[]?> keys) =>
        s_wrappers.Make(Names.ServerPsk, Callable.From<string, byte[]>(identity => keys(identity) ?? []));

    /// <summary>
    /// Options of a server with a new private key, on P-256, and a certificate signed with that same key, which is
    /// valid for <paramref name="days"/> (1 to 36500) from now.
    /// </summary>
    /// <remarks>
    /// <paramref name="commonName"/> (1 to 64 bytes) is whom the certificate is about. <paramref name="altNames"/> are
    /// the host names and IP addresses of the server; without any, <paramref name="commonName"/> is one. Clients
    /// connect with <see cref="ClientPinned"/> and <see cref="GetFingerprintSha256"/>, or trust
    /// <see cref="GetCertificatePem"/>. To have the same fingerprint the next time, keep <see cref="GetKeyPem"/> and
    /// <see cref="GetCertificatePem"/>, and give them to <see cref="ServerFromPem"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">An argument cannot be used.</exception>
    public static TlsOptions ServerSelfSigned(string commonName, string[]? altNames = null, int days = 30) =>
        s_wrappers.Make(Names.ServerSelfSigned, commonName, altNames ?? [], days);

    /// <summary>True if these are a server's options.</summary>
    public bool IsServer() => Native.Invoke<bool>(Names.IsServer);

    /// <summary>True if these are options of <see cref="ClientUnsafe"/>.</summary>
    public bool IsUnsafeClient() => Native.Invoke<bool>(Names.IsUnsafeClient);

    /// <summary>The name that a client expects in place of the hostname. Empty: none.</summary>
    public string GetCommonNameOverride() => Native.Invoke<string>(Names.GetCommonNameOverride);

    /// <summary>
    /// The certificates that a client trusts. Null: those of the system, or the server is not verified by a chain.
    /// </summary>
    public X509Certificate? GetTrustedCaChain() => Native.InvokeForObject<X509Certificate>(Names.GetTrustedCaChain);

    /// <summary>The own private key. Null if there is none or Godot cannot read it.</summary>
    public CryptoKey? GetPrivateKey() => Native.InvokeForObject<CryptoKey>(Names.GetPrivateKey);

    /// <summary>The own certificate. Null if there is none or Godot cannot read it.</summary>
    public X509Certificate? GetOwnCertificate() => Native.InvokeForObject<X509Certificate>(Names.GetOwnCertificate);

    /// <summary>The certificate that a client shows to servers that ask for one, and its private key.</summary>
    /// <remarks>
    /// <paramref name="chain"/> holds the client's own certificate first, as in <see cref="Server"/>. Returns
    /// <see cref="Godot.Error.InvalidParameter"/>, and changes nothing, if the two are no pair that DTLS can use, or if
    /// these options are a server's, or those of <see cref="ClientPsk"/>, which need none.
    /// </remarks>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    public Error SetIdentity(CryptoKey key, X509Certificate chain) =>
        Native.Invoke<Error>(Names.SetIdentity, key, chain).ThrowIfRefused();

    /// <summary>The same from PEM texts. <paramref name="passphrase"/> opens an encrypted key.</summary>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    public Error SetIdentityPem(string keyPem, string chainPem, string passphrase = "") =>
        Native.Invoke<Error>(Names.SetIdentityPem, keyPem, chainPem, passphrase).ThrowIfRefused();

    /// <summary>
    /// The certificate that a server shows to clients which ask for <paramref name="host"/> (SNI), and its private key,
    /// as in <see cref="ServerFromPem"/>.
    /// </summary>
    /// <remarks>
    /// <para><paramref name="host"/> is a name, or <c>*.example.com</c> for all names one level below. The one that was
    /// added first and fits counts, and for other names the certificate that the options were made with. The same
    /// <paramref name="host"/> again replaces its certificate.</para>
    /// <para>Returns <see cref="Godot.Error.InvalidParameter"/>, and changes nothing, if one of the arguments cannot be
    /// used, or if these are no options of a server with a certificate.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">In place of <see cref="Godot.Error.InvalidParameter"/>.</exception>
    public Error AddServerName(string host, string keyPem, string chainPem, string passphrase = "") =>
        Native.Invoke<Error>(Names.AddServerName, host, keyPem, chainPem, passphrase).ThrowIfRefused();

    /// <summary>
    /// The SHA-256 of the own certificate in 64 hexadecimal digits, for <see cref="ClientPinned"/>. Empty: there is
    /// none.
    /// </summary>
    /// <exception cref="InvalidOperationException">Key and certificate cannot be used.</exception>
    public string GetFingerprintSha256() => Describe(Names.GetFingerprintSha256);

    /// <summary>
    /// The own private key in PEM form, not encrypted: keep it where nobody else can read it. Empty: there is none.
    /// </summary>
    /// <exception cref="InvalidOperationException">Key and certificate cannot be used.</exception>
    public string GetKeyPem() => Describe(Names.GetKeyPem);

    /// <summary>The own certificate and its intermediates in PEM form. Empty: there is none.</summary>
    /// <exception cref="InvalidOperationException">Key and certificate cannot be used.</exception>
    public string GetCertificatePem() => Describe(Names.GetCertificatePem);

    /// <summary>Frees the options, without waiting for the garbage collector.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Native?.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Asks about the own key and certificate, which are read now.</summary>
    private string Describe(StringName method)
    {
        _ = Refusal.Take();
        string text = Native.Invoke<string>(method);
        string refusal = Refusal.Take();
        return refusal.Length == 0 ? text : throw new InvalidOperationException(refusal);
    }

    private static partial class Names
    {
        internal static readonly StringName Client = "client";
        internal static readonly StringName ClientUnsafe = "client_unsafe";
        internal static readonly StringName Server = "server";
        internal static readonly StringName ServerFromPem = "server_from_pem";
        internal static readonly StringName ClientFromPem = "client_from_pem";
        internal static readonly StringName ClientPinned = "client_pinned";
        internal static readonly StringName ClientPsk = "client_psk";
        internal static readonly StringName ServerPsk = "server_psk";
        internal static readonly StringName ServerSelfSigned = "server_self_signed";
        internal static readonly StringName SetIdentity = "set_identity";
        internal static readonly StringName SetIdentityPem = "set_identity_pem";
        internal static readonly StringName AddServerName = "add_server_name";
        internal static readonly StringName IsServer = "is_server";
        internal static readonly StringName IsUnsafeClient = "is_unsafe_client";
        internal static readonly StringName GetCommonNameOverride = "get_common_name_override";
        internal static readonly StringName GetTrustedCaChain = "get_trusted_ca_chain";
        internal static readonly StringName GetPrivateKey = "get_private_key";
        internal static readonly StringName GetOwnCertificate = "get_own_certificate";
        internal static readonly StringName GetFingerprintSha256 = "get_fingerprint_sha256";
        internal static readonly StringName GetKeyPem = "get_key_pem";
        internal static readonly StringName GetCertificatePem = "get_certificate_pem";
    }
}
