using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>The classes in C# beside those of the extension: neither has what the other has not.</summary>
public sealed class ApiSuite(SceneTree tree) : Suite(tree)
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly (Type Wrapper, NativeClass Native)[] s_classes =
    [
        (typeof(DtlsServer), new NativeClass("DTLSServerOpenSSL")),
        (typeof(PacketPeerDtls), new NativeClass("PacketPeerDTLSOpenSSL", inherits: "PacketPeer")),
        (typeof(TlsOptions), new NativeClass("TLSOptionsOpenSSL")),
    ];

    /// <summary>What C# tells by exceptions.</summary>
    private static readonly string[] s_methodsOfNoWrapper = ["take_refusal"];

    /// <summary>What has no counterpart: a wrapper's own.</summary>
    private static readonly string[] s_ownMembers = ["From", "IsAvailable", "Native"];

    public void MethodsHaveTheSameNames() => CompareNames(
        native => native.Methods().Keys.Except(s_methodsOfNoWrapper),
        wrapper => Methods(wrapper).Select(method => method.Name));

    public void PropertiesHaveTheSameNames() => CompareNames(
        native => native.Properties().Keys,
        wrapper => wrapper.GetProperties(Declared).Select(property => property.Name));

    public void SignalsHaveTheSameNames() => CompareNames(
        native => native.Signals().Keys,
        wrapper => wrapper.GetEvents(Declared).Select(signal => signal.Name));

    public void MethodsHaveTheSameSignatures()
    {
        foreach ((Type wrapper, NativeClass native) in s_classes)
        {
            foreach ((string name, Godot.Collections.Dictionary described) in native.Methods())
            {
                MethodInfo[] overloads = Methods(wrapper).Where(method => Snake(method.Name) == name).ToArray();
                bool isStatic = ((MethodFlags)(long)described["flags"]).HasFlag(MethodFlags.Static);
                bool fits = overloads.Any(method => method.IsStatic == isStatic && Signature.Fits(method, described));
                string difference = $"{wrapper.Name}: {described} fits none of {string.Join(", ", (object[])overloads)}";
                Expect(fits || s_methodsOfNoWrapper.Contains(name), difference);
            }
        }
    }

    public void PropertiesHaveTheSameTypes()
    {
        foreach ((Type wrapper, NativeClass native) in s_classes)
        {
            foreach (PropertyInfo property in wrapper.GetProperties(Declared).Where(property => !IsOwn(property)))
            {
                bool exists = native.Properties().TryGetValue(Snake(property.Name), out var described);
                bool fits = exists && property.CanRead && property.CanWrite && Signature.Fits(property.PropertyType, described!);
                Expect(fits, $"{wrapper.Name}.{property.Name}: {property.PropertyType.Name}, not {described}");
            }
        }
    }

    public void SignalsHaveTheSameSignatures()
    {
        foreach ((Type wrapper, NativeClass native) in s_classes)
        {
            foreach (EventInfo signal in wrapper.GetEvents(Declared))
            {
                bool exists = native.Signals().TryGetValue(Snake(signal.Name), out var described);
                bool fits = exists && Signature.Fits(signal.EventHandlerType!.GetMethod("Invoke")!, described!);
                Expect(fits, $"{wrapper.Name}.{signal.Name}: not {described}");
            }
        }
    }

    public void EnumsHaveTheSameValues()
    {
        foreach ((Type wrapper, NativeClass native) in s_classes)
        {
            Type[] enums = wrapper.GetNestedTypes().Where(type => type.IsEnum).ToArray();
            ExpectEqual(enums.Select(Signature.NameOf).Order(), native.Enums().Order(), $"enums of {wrapper.Name}");
            foreach (Type type in enums)
            {
                var expected = native.Constants(Signature.NameOf(type)).Select(pair => (Pascal(pair.Key), pair.Value));
                var actual = Enum.GetValues(type).Cast<object>().Select(value => (value.ToString()!, Convert.ToInt64(value)));
                ExpectEqual(actual.Order(), expected.Order(), $"values of {wrapper.Name}.{type.Name}");
            }
        }
    }

    /// <summary>A name that is written wrongly would go unnoticed until it is called.</summary>
    public void NamesAreThoseOfTheExtension()
    {
        foreach ((Type wrapper, NativeClass native) in s_classes)
        {
            Type names = wrapper.GetNestedType("Names", BindingFlags.NonPublic)!;
            foreach (FieldInfo field in names.GetFields(BindingFlags.NonPublic | BindingFlags.Static))
            {
                string name = ((StringName)field.GetValue(null)!).ToString();
                Expect(ClassDB.ClassHasMethod(native.Name, name) || ClassDB.ClassHasSignal(native.Name, name), $"no {name}");
                ExpectEqual(Snake(field.Name), name, $"{wrapper.Name}.Names");
            }
        }
    }

    private void CompareNames(Func<NativeClass, IEnumerable<string>> ofNative, Func<Type, IEnumerable<string>> ofWrapper)
    {
        foreach ((Type wrapper, NativeClass native) in s_classes)
        {
            string[] expected = ofNative(native).ToArray();
            string[] actual = ofWrapper(wrapper).Except(s_ownMembers).Select(Snake).Distinct().ToArray();
            ExpectEqual(expected.Except(actual), [], $"{native.Name} has, and {wrapper.Name} has not");
            ExpectEqual(actual.Except(expected), [], $"{wrapper.Name} has, and {native.Name} has not");
        }
    }

    private static IEnumerable<MethodInfo> Methods(Type wrapper) =>
        wrapper.GetMethods(Declared).Where(method => !method.IsSpecialName);

    private static bool IsOwn(MemberInfo member) => s_ownMembers.Contains(member.Name);

    /// <summary><c>STATUS_ERROR_HOSTNAME_MISMATCH</c> as C# writes it: <c>ErrorHostnameMismatch</c>.</summary>
    private static string Pascal(string constant)
    {
        IEnumerable<string> words = constant.Split('_').Skip(1);
        return string.Concat(words.Select(word => word[..1] + word[1..].ToLowerInvariant()));
    }
}
