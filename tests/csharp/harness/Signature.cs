using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Godot;
using Godot.Collections;

namespace OpenSslDtls.Tests;

/// <summary>Whether what is written in C# is what ClassDB describes.</summary>
internal static class Signature
{
    /// <summary>The types in C# for what the engine calls by another name.</summary>
    private static readonly System.Collections.Generic.Dictionary<string, Type[]> s_types = new()
    {
        ["DTLSServerOpenSSL"] = [typeof(DtlsServer)],
        ["PacketPeerDTLSOpenSSL"] = [typeof(PacketPeerDtls)],
        ["TLSOptionsOpenSSL"] = [typeof(TlsOptions)],
        // The parameters that take options of either class.
        ["RefCounted"] = [typeof(TlsOptions), typeof(Godot.TlsOptions)],
        ["PacketPeerUDP"] = [typeof(PacketPeerUdp)],
    };

    /// <summary>Compares the parameters with their default values, and the result.</summary>
    internal static bool Fits(MethodInfo method, Dictionary described)
    {
        ParameterInfo[] parameters = method.GetParameters();
        Dictionary[] arguments = described["args"].AsGodotArray<Dictionary>().ToArray();
        Variant[] defaults = described["default_args"].AsGodotArray().ToArray();
        int required = arguments.Length - defaults.Length;
        return parameters.Length == arguments.Length
            && parameters.Zip(arguments).All(pair => Fits(pair.First.ParameterType, pair.Second))
            && parameters.Take(required).All(parameter => !parameter.IsOptional)
            && parameters.Skip(required).All(parameter => parameter.IsOptional)
            && parameters.Skip(required).Zip(defaults).All(pair => IsSame(pair.First.DefaultValue, pair.Second))
            && Fits(method.ReturnType, described["return"].AsGodotDictionary());
    }

    /// <summary>Compares a type.</summary>
    internal static bool Fits(Type type, Dictionary described)
    {
        string className = (string)described["class_name"];
        return (Variant.Type)(long)described["type"] switch
        {
            Variant.Type.Nil when IsVariant(described) => type != typeof(void),
            Variant.Type.Nil => type == typeof(void),
            Variant.Type.Bool => type == typeof(bool),
            Variant.Type.Int when className.Length > 0 => type.IsEnum && NameOf(type) == className.Split('.')[^1],
            Variant.Type.Int => type == typeof(int),
            Variant.Type.String => type == typeof(string),
            Variant.Type.PackedByteArray => type == typeof(byte[]),
            Variant.Type.PackedStringArray => type == typeof(string[]),
            Variant.Type.Dictionary => type == typeof(Dictionary),
            Variant.Type.Array => type.IsArray,
            Variant.Type.Object => s_types.GetValueOrDefault(className)?.Contains(type) ?? type.Name == className,
            _ => false,
        };
    }

    /// <summary>As with the engine's classes, an enum that a property is named like has <c>Enum</c> at its end.</summary>
    internal static string NameOf(Type type) => type.Name.EndsWith("Enum") ? type.Name[..^4] : type.Name;

    private static bool IsVariant(Dictionary described) =>
        ((PropertyUsageFlags)(long)described["usage"]).HasFlag(PropertyUsageFlags.NilIsVariant);

    /// <summary>C# has no default values that are arrays: null stands for an empty one.</summary>
    private static bool IsSame(object? value, Variant expected) => value switch
    {
        null => expected.VariantType is Variant.Type.Nil or Variant.Type.Object
            || expected.VariantType >= Variant.Type.Array && expected.AsGodotArray().Count == 0,
        bool boolean => expected.VariantType == Variant.Type.Bool && expected.AsBool() == boolean,
        int number => expected.VariantType == Variant.Type.Int && expected.AsInt32() == number,
        string text => expected.VariantType == Variant.Type.String && expected.AsString() == text,
        _ => false,
    };
}
