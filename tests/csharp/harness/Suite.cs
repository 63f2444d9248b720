using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>
/// Base of every suite: runs its cases one after the other and prints the lines that the test runner reads.
/// <code>
/// CASE suite.case PASS | CASE suite.case FAIL reason
/// DONE number of cases
/// </code>
/// A case is a public method that returns nothing or a <see cref="Task"/>. It makes what it needs by itself.
/// </summary>
public abstract class Suite(SceneTree tree)
{
    /// <summary>No case takes longer.</summary>
    private const double CaseSeconds = 20.0;

    private readonly List<string> _failures = [];

    internal SceneTree Tree { get; } = tree;

    /// <summary>Runs all cases. True: none failed.</summary>
    internal async Task<bool> Run()
    {
        const BindingFlags Cases = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        MethodInfo[] cases = GetType().GetMethods(Cases);
        bool allPassed = true;
        foreach (MethodInfo method in cases)
        {
            allPassed = await RunCase(method) && allPassed;
        }
        GD.Print("DONE ", cases.Length);
        return allPassed;
    }

    /// <summary>Fails the running case if <paramref name="condition"/> is false. The case goes on.</summary>
    protected bool Expect(bool condition, string what)
    {
        if (!condition)
        {
            _failures.Add(what);
        }
        return condition;
    }

    protected bool ExpectEqual<T>(T actual, T expected, string what)
    {
        string difference = $"{what}: {Show(actual)}, not {Show(expected)}";
        return Expect(Show(actual) == Show(expected), difference);
    }

    /// <summary>Fails the running case unless <paramref name="action"/> throws, and names the cause.</summary>
    protected void ExpectThrows<TException>(Action action, params string[] cause)
        where TException : Exception
    {
        string expected = $"a {typeof(TException).Name} with {string.Join(" and ", cause)}";
        try
        {
            action();
            Expect(false, $"no exception, but {expected} was expected");
        }
        catch (Exception exception)
        {
            bool isExpected = exception.GetType() == typeof(TException) && cause.All(exception.Message.Contains);
            Expect(isExpected, $"{exception.GetType().Name} ({exception.Message}), but {expected} was expected");
        }
    }

    /// <summary>Waits frame by frame until <paramref name="condition"/> is true. False: that did not happen in time.</summary>
    protected internal async Task<bool> Until(Func<bool> condition, double seconds = 5.0)
    {
        ulong end = Time.GetTicksMsec() + (ulong)(seconds * 1000.0);
        while (!condition())
        {
            if (Time.GetTicksMsec() > end)
            {
                return false;
            }
            await NextFrame();
        }
        return true;
    }

    protected async Task NextFrame() => await Tree.ToSignal(Tree, SceneTree.SignalName.ProcessFrame);

    private async Task<bool> RunCase(MethodInfo method)
    {
        _failures.Clear();
        try
        {
            if (method.Invoke(this, []) is Task running)
            {
                Expect(await Until(() => running.IsCompleted, CaseSeconds), "took longer than its time limit");
                if (running.IsCompleted)
                {
                    await running;
                }
            }
        }
        catch (Exception exception)
        {
            _failures.Add((exception as TargetInvocationException)?.InnerException?.ToString() ?? exception.ToString());
        }
        string id = $"{Snake(GetType().Name.Replace("Suite", ""))}.{Snake(method.Name)}";
        string reason = string.Join("; ", _failures).Replace("\n", " ");
        GD.Print(_failures.Count == 0 ? $"CASE {id} PASS" : $"CASE {id} FAIL {reason}");
        return _failures.Count == 0;
    }

    /// <summary><c>GetPeerFingerprintSha256</c> as the engine writes it: <c>get_peer_fingerprint_sha256</c>.</summary>
    protected static string Snake(string pascal) => Regex.Replace(pascal, "(?<!^)([A-Z])", "_$1").ToLowerInvariant();

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => text,
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Show))}]",
        _ => value.ToString() ?? "",
    };
}
