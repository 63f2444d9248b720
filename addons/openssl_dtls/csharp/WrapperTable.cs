#nullable enable

using System;
using System.Runtime.CompilerServices;
using Godot;

namespace OpenSslDtls;

/// <summary>The wrappers of a class of the extension: one for each object, for as long as C# knows it.</summary>
/// <typeparam name="TNative">The engine's class that the class of the extension extends.</typeparam>
/// <typeparam name="TWrapper">The class in C#.</typeparam>
internal sealed class WrapperTable<TNative, TWrapper>
    where TNative : RefCounted
    where TWrapper : RefCounted
{
    // Godot has one proxy for each object, to which the wrapper refers. Neither of them is kept alive here.
    private readonly ConditionalWeakTable<TNative, TWrapper> _wrappers = new();
    private readonly StringName _nativeClass;
    private readonly ConditionalWeakTable<TNative, TWrapper>.CreateValueCallback _wrap;

    internal WrapperTable(StringName nativeClass, Func<TNative, TWrapper> wrap)
    {
        _nativeClass = nativeClass;
        _wrap = native => wrap(native);
    }

    /// <summary>True if the extension is loaded.</summary>
    internal bool IsAvailable => ClassDB.ClassExists(_nativeClass);

    /// <summary>A new object of the extension.</summary>
    /// <exception cref="InvalidOperationException">The extension is not loaded.</exception>
    internal TNative Instantiate()
    {
        ExpectAvailable();
        using Variant native = ClassDB.Instantiate(_nativeClass);
        return (TNative)native.AsGodotObject();
    }

    /// <summary>Calls a static method that makes an object of the class.</summary>
    /// <exception cref="ArgumentException">The extension has refused an argument.</exception>
    /// <exception cref="InvalidOperationException">The extension is not loaded.</exception>
    internal TWrapper Make(StringName method, params Variant[] arguments)
    {
        try
        {
            ExpectAvailable();
            Refusal.Take();
            using Variant made = ClassDB.ClassCallStatic(_nativeClass, method, arguments);
            string refusal = Refusal.Take();
            if (refusal.Length > 0)
            {
                throw new ArgumentException(refusal);
            }
            return From(made.AsGodotObject())
                ?? throw new InvalidOperationException($"{_nativeClass}.{method}() has failed: Godot's log tells why.");
        }
        finally
        {
            NativeCalls.Release(arguments);
        }
    }

    /// <summary>Enters the wrapper that was made for a new object.</summary>
    internal void Add(TNative native, TWrapper wrapper) => _wrappers.Add(native, wrapper);

    /// <summary>The wrapper of <paramref name="godotObject"/>. Null: that is null.</summary>
    /// <exception cref="InvalidCastException">It is an object of another class.</exception>
    internal TWrapper? From(GodotObject? godotObject) => godotObject switch
    {
        null => null,
        TWrapper wrapper => wrapper,
        TNative native when native.IsClass(_nativeClass) => _wrappers.GetValue(native, _wrap),
        _ => throw new InvalidCastException($"A {godotObject.GetClass()} is no {_nativeClass}."),
    };

    private void ExpectAvailable()
    {
        if (!IsAvailable)
        {
            throw new InvalidOperationException(
                $"There is no class {_nativeClass}: the extension in addons/openssl_dtls is not loaded.");
        }
    }
}
