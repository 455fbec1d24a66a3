using System.Text.Json.Nodes;
using PeftSharp.Methods.PromptLearning;

namespace PeftSharp.Methods.MultitaskPromptTuning;

/// <summary>
/// Multitask prompt tuning (Wang et al. 2023, arXiv:2303.02861): one prompt shared by several tasks, scaled for each by a
/// low-rank matrix of its own; a further task starts from what those learned. A batch says its tasks in
/// <see cref="Models.ModelInput.TaskIds"/>.
/// </summary>
public sealed record MultitaskPromptTuningOptions : TextStartOptions
{
    /// <inheritdoc/>
    public override string PeftType => "MULTITASK_PROMPT_TUNING";

    /// <summary>How the virtual tokens start (<c>prompt_tuning_init</c>).</summary>
    public MultitaskPromptInit Init { get; init; }

    /// <summary>The adapter (folder or safetensors file) of the source tasks (<c>prompt_tuning_init_state_dict_path</c>).</summary>
    public string? SourcePath { get; init; }

    /// <summary>The source task to start from (<c>prompt_tuning_init_task</c>), for <see cref="MultitaskPromptInit.ExactSourceTask"/>.</summary>
    public int SourceTask { get; init; }

    /// <summary>The rank of each task's matrix (<c>num_ranks</c>).</summary>
    public int NumRanks { get; init; } = 1;

    /// <summary>The number of tasks (<c>num_tasks</c>).</summary>
    public int NumTasks { get; init; } = 1;

    private protected override void WriteOwn(JsonObject json)
    {
        json["num_ranks"] = NumRanks;
        json["num_tasks"] = NumTasks;
        json["prompt_tuning_init"] = MultitaskPromptTuningMethod.Name(Init);
        json["prompt_tuning_init_state_dict_path"] = SourcePath;
        json["prompt_tuning_init_task"] = SourceTask;
        WriteText(json);
    }
}

/// <summary>How a multitask prompt starts.</summary>
public enum MultitaskPromptInit
{
    /// <summary>From random values (<c>RANDOM</c>).</summary>
    Random,

    /// <summary>The shared prompt as the embeddings of a text (<c>TEXT</c>).</summary>
    Text,

    /// <summary>From the source's shared prompt and the mean of its tasks (<c>AVERAGE_SOURCE_TASKS</c>).</summary>
    AverageSourceTasks,

    /// <summary>From the source's shared prompt and one of its tasks (<c>EXACT_SOURCE_TASK</c>).</summary>
    ExactSourceTask,

    /// <summary>From the source's shared prompt alone (<c>ONLY_SOURCE_SHARED</c>).</summary>
    OnlySourceShared,
}
