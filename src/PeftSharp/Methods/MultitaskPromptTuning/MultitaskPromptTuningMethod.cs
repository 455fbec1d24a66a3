using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.MultitaskPromptTuning;

/// <summary>
/// Plugs P ∘ (C_t R_t) into the embedding slot, in front of the tokens: P (count, width) shared, C_t (count, rank) and
/// R_t (rank, width) of the row's task t.
/// </summary>
internal sealed class MultitaskPromptTuningMethod : PromptLearningMethod<MultitaskPromptTuningOptions>
{
    public const string SharedKey = EmbeddingsKey, ColumnsKey = "prefix_task_cols", RowsKey = "prefix_task_rows";

    /// <summary>The deviation with which the matrices of the tasks start.</summary>
    private const double Deviation = 0.02;

    private static readonly (MultitaskPromptInit Init, string Name)[] _inits =
    [
        (MultitaskPromptInit.Random, "RANDOM"),
        (MultitaskPromptInit.Text, "TEXT"),
        (MultitaskPromptInit.AverageSourceTasks, "AVERAGE_SOURCE_TASKS"),
        (MultitaskPromptInit.ExactSourceTask, "EXACT_SOURCE_TASK"),
        (MultitaskPromptInit.OnlySourceShared, "ONLY_SOURCE_SHARED"),
    ];

    public override string PeftType => "MULTITASK_PROMPT_TUNING";

    protected override IReadOnlyList<OptionKey> OwnKeys =>
    [
        new("num_tasks", "1", "tasks that share the prompt (MULTITASK_PROMPT_TUNING)"),
        new("num_ranks", "1", "rank of each task's matrix (MULTITASK_PROMPT_TUNING)"),
        new("prompt_tuning_init_state_dict_path", null, "adapter to start from, with prompt_tuning_init AVERAGE_SOURCE_TASKS, EXACT_SOURCE_TASK or ONLY_SOURCE_SHARED (MULTITASK_PROMPT_TUNING)"),
        new("prompt_tuning_init_task", "0", "source task to start from (EXACT_SOURCE_TASK)"),
    ];

    public static string Name(MultitaskPromptInit init) => _inits.First(pair => pair.Init == init).Name;

    public override PeftOptions Read(JsonSettings settings) => TextStartOptions.ReadText(settings, new MultitaskPromptTuningOptions
    {
        NumVirtualTokens = 0,
        Init = settings.Choice("prompt_tuning_init", MultitaskPromptInit.Random, _inits),
        SourcePath = settings.OptionalText("prompt_tuning_init_state_dict_path"),
        SourceTask = (int?)settings.OptionalIndex("prompt_tuning_init_task") ?? 0,
        NumRanks = settings.Size("num_ranks", 1),
        NumTasks = settings.Size("num_tasks", 1),
    });

    protected override MultitaskPromptTuningOptions Complete(MultitaskPromptTuningOptions options, BaseModel model)
    {
        options = base.Complete(options, model);
        if (model.Task == TaskType.SequenceToSequence)
            throw new PeftException("MULTITASK_PROMPT_TUNING on an encoder-decoder is not supported; use PROMPT_TUNING, or another method.");
        if (options.NumRanks < 1 || options.NumTasks < 1)
            throw new PeftException($"num_ranks is {options.NumRanks} and num_tasks {options.NumTasks}; both must be at least 1.");
        return TextStartOptions.WithTokenizer(options, options.Init == MultitaskPromptInit.Text, model);
    }

    protected override void Build(AdapterBuilder builder, MultitaskPromptTuningOptions options)
    {
        (int count, int width, int tasks) = (options.NumVirtualTokens, options.TokenDim!.Value, options.NumTasks);
        using var scope = NewDisposeScope();
        (Tensor? start, Tensor? columnsStart, Tensor? rowsStart) = builder.IsLoading ? default : options.Init switch
        {
            MultitaskPromptInit.Random => default,
            MultitaskPromptInit.Text => (TextRows.Of(builder.Model, options.InitText, options.TokenizerNameOrPath, count, TextRows.PeftNames), null, null),
            _ => SourcePrompt.Load(options, (count, width)),
        };
        Device device = builder.Model.Device;
        builder.ExpectOwn(SharedKey, count, width);
        builder.ExpectOwn(ColumnsKey, tasks, count, options.NumRanks);
        builder.ExpectOwn(RowsKey, tasks, options.NumRanks, width);
        Tensor shared = builder.TrainOwn(SharedKey, start?.to(device) ?? DenseLayer.Normal(builder, 1, count, width));
        Tensor columns = builder.TrainOwn(ColumnsKey, columnsStart?.to(device) ?? DenseLayer.Normal(builder, Deviation, tasks, count, options.NumRanks));
        Tensor rows = builder.TrainOwn(RowsKey, rowsStart?.to(device) ?? DenseLayer.Normal(builder, Deviation, tasks, options.NumRanks, width));
        builder.Plug(new VirtualEmbeddings(count, Prompt));

        Tensor Prompt(FrontCall call)
        {
            using var prompting = NewDisposeScope();
            Tensor ids = Tasks(call, tasks, device);
            return shared.mul(columns.index_select(0, ids).matmul(rows.index_select(0, ids))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The task of each row, or of all.</summary>
    private static Tensor Tasks(FrontCall call, int tasks, Device device)
    {
        if (call.TaskIds is not { } given)
            return tasks == 1
                ? zeros([1], dtype: ScalarType.Int64, device: device)
                : throw new PeftException($"This prompt is shared by {tasks} tasks, so each row needs its task: give ModelInput.TaskIds.");
        Tensor ids = given.to(ScalarType.Int64, device);
        return ids.Below(0).logical_or(ids.NotBelow(tasks)).any().item<bool>()
            ? throw new PeftException($"A task id is outside 0 … {tasks - 1}: the prompt has num_tasks {tasks}.")
            : ids;
    }
}
