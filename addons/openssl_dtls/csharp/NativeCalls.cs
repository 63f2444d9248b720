#nullable enable

using System;
using Godot;

namespace OpenSslDtls;

/// <summary>Calls of the extension's methods. Where Godot would give null for an error there is an exception.</summary>
internal static class NativeCalls
{
    /// <summary>Calls a method that returns nothing.</summary>
    internal static void Invoke(this GodotObject native, StringName method, params Variant[] arguments) =>
        native.Call(method, arguments).Dispose();

    /// <summary>Calls a method that returns a value.</summary>
    /// <exception cref="InvalidOperationException">It has returned something else.</exception>
    internal static T Invoke<[MustBeVariant] T>(this GodotObject native, StringName method, params Variant[] arguments)
    {
        using Variant result = native.Call(method, arguments);
        if (result.VariantType != TypeOf<T>())
        {
            throw new InvalidOperationException(
                $"{native.GetClass()}.{method}() has returned {result.VariantType}: Godot's log tells why.");
        }
        return result.As<T>();
    }

    /// <summary>Calls a method that returns an object or null.</summary>
    internal static T? InvokeForObject<T>(this GodotObject native, StringName method, params Variant[] arguments)
        where T : GodotObject
    {
        using Variant result = native.Call(method, arguments);
        return (T?)result.AsGodotObject();
    }

    private static Variant.Type TypeOf<T>()
    {
        Type type = typeof(T);
        return type == typeof(int) || type.IsEnum ? Variant.Type.Int
            : type == typeof(bool) ? Variant.Type.Bool
            : type == typeof(string) ? Variant.Type.String
            : type == typeof(byte[]) ? Variant.Type.PackedByteArray
            : type == typeof(string[]) ? Variant.Type.PackedStringArray
            : type == typeof(Godot.Collections.Dictionary) ? Variant.Type.Dictionary
            : type == typeof(Godot.Collections.Array) ? Variant.Type.Array
            : throw new NotSupportedException(type.Name);
    }
}
