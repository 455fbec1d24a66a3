using PeftSharp.Models;

namespace PeftSharp.Tests.Models;

/// <summary>Models of a few thousand random weights, with any further settings of config.json.</summary>
internal static class TinyConfigs
{
    /// <summary>The config.</summary>
    /// <param name="family">one of <see cref="TinyEncoders"/>, <see cref="TinyDecoders"/> or <see cref="TinyEncoderDecoders"/>.</param>
    /// <param name="more">Further keys, each with a comma before it; they may replace none.</param>
    public static ModelConfig Config(string family, string more = "") => ModelConfig.Parse(
        $$"""{ {{(TinyEncoders.Names.Contains(family) ? TinyEncoders.Settings(family) : TinyEncoderDecoders.Settings(family) ?? TinyDecoders.Settings(family))}}, "vocab_size": 60, "initializer_range": 0.3{{more}} }""", "config.json");

    /// <summary>The model of a config.</summary>
    public static BaseModel Create(string family, TaskType task, string more = "", IReadOnlyList<string>? labels = null, ProblemType? problem = null) =>
        BaseModel.Create(Config(family, more), new() { Task = task, Labels = labels, ProblemType = problem }, seed: 5);
}
