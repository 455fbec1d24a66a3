namespace PeftSharp.Models.Families;

/// <summary>One family of models: how its <c>config.json</c> and weight names describe the shared blocks.</summary>
internal sealed record ModelFamily
{
    /// <summary>The value of <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>What stands before the backbone's names in a task model, such as <c>bert.</c></summary>
    public required string Prefix { get; init; }

    /// <summary>What stands there instead for some tasks.</summary>
    public IReadOnlyDictionary<TaskType, string> OtherPrefixes { get; init; } = new Dictionary<TaskType, string>();

    /// <summary>All that may stand there.</summary>
    public IReadOnlyList<string> Prefixes => [Prefix, .. OtherPrefixes.Values];

    /// <summary>The class that a config of each task names; its keys are the tasks that the family has.</summary>
    public required IReadOnlyDictionary<TaskType, string> Architectures { get; init; }

    /// <summary>What stands between the backbone's prefix and the number of a layer, such as <c>layers.</c></summary>
    public required string LayersPath { get; init; }

    /// <summary>The names of the parts that methods adapt by default.</summary>
    public required ModuleRoles Roles { get; init; }

    /// <summary>What a model of this family is made of, for those who have another one; null says nothing.</summary>
    public string? Parts { get; init; }

    /// <summary>Keys of <c>config.json</c> that few other families have.</summary>
    public IReadOnlyList<string> Marks { get; init; } = [];

    /// <summary>What stands before the backbone's names in the model of a task; nothing before those of the bare backbone.</summary>
    public string PrefixOf(TaskType task) => task == TaskType.FeatureExtraction ? "" : OtherPrefixes.GetValueOrDefault(task, Prefix);

    /// <summary>Builds the backbone; the second argument is that of <see cref="PrefixOf"/>.</summary>
    public required Func<ModelConfig, string, ModelBuilder, IBackbone> BuildBackbone { get; init; }

    /// <summary>Builds the head of a task on the backbone.</summary>
    public required Func<TaskType, HeadRequest, Heads.ITaskHead> BuildHead { get; init; }
}

/// <summary>What a family needs to build a head.</summary>
/// <param name="Config">The config.</param>
/// <param name="Builder">Where its weights come from.</param>
/// <param name="Backbone">What it stands on.</param>
/// <param name="Labels">The number of labels.</param>
/// <param name="Problem">What the labels of sequence classification mean, or null where nothing says so.</param>
internal sealed record HeadRequest(ModelConfig Config, ModelBuilder Builder, IBackbone Backbone, int Labels, ProblemType? Problem);
