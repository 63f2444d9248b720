using System;
using System.Threading.Tasks;
using Godot;

namespace OpenSslDtls.Tests;

/// <summary>Runs the suite that the command line names, and ends the engine with its result.</summary>
public partial class Runner : Node
{
    public override async void _Ready()
    {
        bool allPassed = false;
        // While this runs, the tree takes no other nodes.
        await ToSignal(GetTree(), SceneTree.SignalName.ProcessFrame);
        try
        {
            allPassed = await MakeSuite(OS.GetCmdlineUserArgs()[0]).Run();
        }
        catch (Exception exception)
        {
            GD.Print("SCRIPT ERROR: ", exception);
        }
        GetTree().Quit(allPassed ? 0 : 1);
    }

    private Suite MakeSuite(string name)
    {
        Type type = Type.GetType($"OpenSslDtls.Tests.{name}Suite", throwOnError: true)!;
        return (Suite)Activator.CreateInstance(type, GetTree())!;
    }
}
