using System;
using System.Collections.Generic;
using System.Linq;
using Godot;
using Godot.Collections;

namespace OpenSslDtls.Tests;

/// <summary>A class of the extension as ClassDB describes it.</summary>
internal sealed class NativeClass(string name, string? inherits = null)
{
    // What is inherited from a class of the engine that the wrapper in C# does not derive from counts as well.
    private readonly string[] _sources = inherits is null ? [name] : [name, inherits];

    internal string Name { get; } = name;

    /// <summary>Name to description, without the methods that belong to properties.</summary>
    internal SortedDictionary<string, Dictionary> Methods()
    {
        HashSet<string> accessors = Properties().Keys.SelectMany(name => new[] { $"get_{name}", $"set_{name}" }).ToHashSet();
        return Described(ClassDB.ClassGetMethodList, name => !name.StartsWith('_') && !accessors.Contains(name));
    }

    /// <summary>Name to description.</summary>
    internal SortedDictionary<string, Dictionary> Properties() =>
        Described(ClassDB.ClassGetPropertyList, name => ClassDB.ClassHasMethod(Name, $"get_{name}"));

    /// <summary>Name to description.</summary>
    internal SortedDictionary<string, Dictionary> Signals() => Described(ClassDB.ClassGetSignalList, _ => true);

    internal string[] Enums() => ClassDB.ClassGetEnumList(Name, noInheritance: true);

    /// <summary>Name to number.</summary>
    internal SortedDictionary<string, long> Constants(string enumName)
    {
        var constants = new SortedDictionary<string, long>();
        foreach (string constant in ClassDB.ClassGetEnumConstants(Name, enumName, noInheritance: true))
        {
            constants[constant] = ClassDB.ClassGetIntegerConstant(Name, constant);
        }
        return constants;
    }

    private SortedDictionary<string, Dictionary> Described(
        Func<StringName, bool, Array<Dictionary>> list,
        Func<string, bool> belongs)
    {
        var found = new SortedDictionary<string, Dictionary>();
        foreach (Dictionary described in _sources.SelectMany(source => list(source, true)))
        {
            string name = (string)described["name"];
            if (belongs(name))
            {
                found.TryAdd(name, described);
            }
        }
        return found;
    }
}
