using System.Text.Json.Nodes;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Comparing;

/// <summary>One of the runs that are compared.</summary>
/// <param name="Name">What tables and charts call it.</param>
/// <param name="Config">The whole run; its <c>output_dir</c> is a folder of the variant's own.</param>
/// <param name="Settings">The method, its options as they were given, and what else the variant sets, the learning rate always.</param>
public sealed record ComparisonVariant(string Name, RunConfig Config, JsonObject Settings)
{
    /// <summary>The folder of the run.</summary>
    public string Folder => Config.Training.Checkpoints.OutputDirectory;
}
