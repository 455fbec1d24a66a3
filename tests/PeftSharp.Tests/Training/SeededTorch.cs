using Xunit;

namespace PeftSharp.Tests.Training;

/// <summary>Trainers set torch's process-wide seed, so nothing else may draw from it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SeededTorch
{
    public const string Name = "Training";
}
