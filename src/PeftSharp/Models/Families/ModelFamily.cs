namespace PeftSharp.Models.Families;

/// <summary>One family of models: how its <c>config.json</c> and weight names describe the shared blocks.</summary>
internal sealed record ModelFamily
{
    /// <summary>The value of <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>What stands before the backbone's names in a task model, such as <c>bert.</c></summary>
    public required string Prefix { get; init; }

    /// <summary>The class that a config of each task names; its keys are the tasks that the family has.</summary>
    public required IReadOnlyDictionary<TaskType, string> Architectures { get; init; }

    /// <summary>The names of the parts that methods adapt by default.</summary>
    public required ModuleRoles Roles { get; init; }

    /// <summary>Builds the backbone; the second argument is <see cref="Prefix"/> or empty.</summary>
    public required Func<ModelConfig, string, ModelBuilder, IBackbone> BuildBackbone { get; init; }

    /// <summary>Builds the head of a task on the backbone.</summary>
    public required Func<TaskType, HeadRequest, Heads.ITaskHead> BuildHead { get; init; }
}

/// <summary>What a family needs to build a head.</summary>
internal sealed record HeadRequest(ModelConfig Config, ModelBuilder Builder, IBackbone Backbone, int Labels);
