using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

/// <summary>
/// Runs Godot's source generators and analyzers on all C# of a Godot project, as the .NET SDK does, and prints what they
/// and the compiler complain about. In the addon, a public member without documentation counts too.
/// Arguments: the project's folder, GodotSharp.dll, Godot.SourceGenerators.dll.
/// </summary>
internal static class Program
{
    private const string MissingDocumentation = "CS1591";

    private static int Main(string[] arguments)
    {
        string project = Path.GetFullPath(arguments[0]);
        Type[] tools = Assembly.LoadFrom(arguments[2]).GetTypes().Where(type => !type.IsAbstract).ToArray();
        Compilation compilation = Generate(Compile(project, arguments[1]), tools, project);
        ImmutableArray<DiagnosticAnalyzer> analyzers = tools
            .Where(typeof(DiagnosticAnalyzer).IsAssignableFrom)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
            .ToImmutableArray();
        ImmutableArray<Diagnostic> found = compilation.WithAnalyzers(analyzers).GetAllDiagnosticsAsync().Result;
        Diagnostic[] complaints = found.Where(IsComplaint).ToArray();
        foreach (Diagnostic complaint in complaints)
        {
            Console.WriteLine(complaint);
        }
        return complaints.Length == 0 ? 0 : 1;
    }

    private static bool IsComplaint(Diagnostic diagnostic) =>
        diagnostic.Severity >= DiagnosticSeverity.Warning
        && (diagnostic.Id != MissingDocumentation || IsInAddon(diagnostic.Location));

    private static bool IsInAddon(Location location) => location.SourceTree?.FilePath.Contains("/addons/") ?? false;

    private static CSharpParseOptions ParseOptions() => new(
        LanguageVersion.CSharp12, DocumentationMode.Diagnose, preprocessorSymbols: ["GODOT", "TOOLS", "DEBUG"]);

    private static CSharpCompilation Compile(string project, string godotSharp)
    {
        IEnumerable<SyntaxTree> sources = Directory
            .EnumerateFiles(project, "*.cs", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(file => !file.Contains("/.godot/"))
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), ParseOptions(), file));
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<MetadataReference> references = Directory
            .GetFiles(runtime, "*.dll")
            .Where(IsManaged)
            .Append(godotSharp)
            .Select(file => MetadataReference.CreateFromFile(file));
        return CSharpCompilation.Create("Analyzed", sources, references, new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static Compilation Generate(Compilation compilation, Type[] tools, string project)
    {
        IEnumerable<ISourceGenerator> generators = tools
            .Where(type => type.GetCustomAttribute<GeneratorAttribute>() is not null)
            .Select(Activator.CreateInstance)
            .Select(made => made is IIncrementalGenerator incremental ? incremental.AsSourceGenerator() : (ISourceGenerator)made!);
        CSharpGeneratorDriver
            .Create(generators, parseOptions: ParseOptions(), optionsProvider: new Options(project))
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        return generated;
    }

    private static bool IsManaged(string file)
    {
        try
        {
            AssemblyName.GetAssemblyName(file);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    /// <summary>The properties of the project that Godot's SDK gives to its generators.</summary>
    private sealed class Options(string project) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Properties(new()
        {
            ["build_property.GodotProjectDir"] = project + "/",
            ["build_property.GodotDisabledSourceGenerators"] = "GodotPluginsInitializer",
        });

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Properties(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
    }
}
