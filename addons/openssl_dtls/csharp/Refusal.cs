#nullable enable

using System;
using Godot;

namespace OpenSslDtls;

/// <summary>What the extension refuses to do, as exceptions that say why.</summary>
internal static class Refusal
{
    private static readonly StringName s_class = "TLSOptionsOpenSSL";
    private static readonly StringName s_take = "take_refusal";

    /// <summary>Why the last call of this thread that was refused was refused, once. Empty: none was.</summary>
    internal static string Take()
    {
        using Variant refusal = ClassDB.ClassCallStatic(s_class, s_take);
        return refusal.AsString();
    }

    /// <summary>Throws if the caller has done something wrong. What the network is to blame for is returned.</summary>
    /// <exception cref="ArgumentException">An argument cannot be used.</exception>
    /// <exception cref="InvalidOperationException">It cannot be done now, or not on this system.</exception>
    internal static Error ThrowIfRefused(this Error error) => error switch
    {
        Error.InvalidParameter => throw new ArgumentException(Take()),
        Error.AlreadyInUse or Error.Unconfigured => throw new InvalidOperationException(Take()),
        _ => error,
    };
}
