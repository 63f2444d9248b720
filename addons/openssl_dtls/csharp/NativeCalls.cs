#nullable enable

using System;
using Godot;

namespace OpenSslDtls;

/// <summary>Calls of the extension's methods. Where Godot would give null for an error there is an exception.</summary>
/// <remarks>
/// A <see cref="Variant"/> refers to its object until the garbage collector comes, if nobody disposes it. Objects that
/// were arguments or results would not be freed by their own <c>Dispose()</c> before that.
/// </remarks>
internal static class NativeCalls
{
    /// <summary>Calls a method that returns nothing.</summary>
    internal static void Invoke(this GodotObject native, StringName method, params Variant[] arguments) =>
        native.CallOnce(method, arguments).Dispose();

    /// <summary>Calls a method that returns a value.</summary>
    /// <exception cref="InvalidOperationException">It has returned something else.</exception>
    internal static T Invoke<[MustBeVariant] T>(this GodotObject native, StringName method, params Variant[] arguments)
    {
        using Variant result = native.CallOnce(method, arguments);
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
        using Variant result = native.CallOnce(method, arguments);
        return (T?)result.AsGodotObject();
    }

    /// <summary>Calls a method that returns an Array, and reads each of its elements.</summary>
    internal static T[] InvokeForAll<T>(this GodotObject native, StringName method, Func<Variant, T> read)
    {
        using var elements = native.Invoke<Godot.Collections.Array>(method);
        var all = new T[elements.Count];
        for (int index = 0; index < all.Length; index++)
        {
            using Variant element = elements[index];
            all[index] = read(element);
        }
        return all;
    }

    /// <summary>Lets go of arguments that were made for one call.</summary>
    internal static void Release(Variant[] arguments)
    {
        foreach (Variant argument in arguments)
        {
            argument.Dispose();
        }
    }

    private static Variant CallOnce(this GodotObject native, StringName method, Variant[] arguments)
    {
        try
        {
            return native.Call(method, arguments);
        }
        finally
        {
            Release(arguments);
        }
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
