using System.CommandLine;
using PeftSharp.Cli.Options;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Help;

/// <summary>A way to call a verb.</summary>
/// <param name="Command">As typed.</param>
/// <param name="Meaning">What it does; may be empty.</param>
internal sealed record Example(string Command, string Meaning = "");

/// <summary>A verb of the command with what its help says beyond the options.</summary>
/// <param name="Command">The verb.</param>
/// <param name="Paragraph">What it does and what to know of it.</param>
/// <param name="Examples">The first one stands for the verb in the list of all verbs.</param>
/// <param name="Flags">Its configuration flags, or null.</param>
internal sealed record Verb(Command Command, string Paragraph, IReadOnlyList<Example> Examples, ConfigFlags? Flags = null)
{
    /// <summary>True for a verb with all keys of a run: too many for one screen.</summary>
    public bool IsLong => Flags?.Options.Any(option => Flags.KeyOf(option)!.Section == ConfigKeys.Training) is true;
}
