using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Methods.MultitaskPromptTuning;

/// <summary>The prompt that source tasks learned: where the prompt of a further task starts.</summary>
internal static class SourcePrompt
{
    /// <summary>Reads the shared prompt and, if asked for, the matrices that a start makes of the source's tasks.</summary>
    /// <param name="options">Which source, and what of it.</param>
    /// <param name="shape">(count, width) of the new prompt.</param>
    /// <returns>The shared prompt (count, width); columns (1, count, rank) and rows (1, rank, width), or null for both.</returns>
    /// <exception cref="PeftException">There is no such source, or it does not fit.</exception>
    public static (Tensor Shared, Tensor? Columns, Tensor? Rows) Load(MultitaskPromptTuningOptions options, (long Count, long Width) shape)
    {
        string start = MultitaskPromptTuningMethod.Name(options.Init);
        string path = options.SourcePath
            ?? throw new PeftException($"prompt_tuning_init is {start}, which needs prompt_tuning_init_state_dict_path: the adapter of the source tasks.");
        using ICheckpoint source = Checkpoint.Open(path);
        Tensor shared = Load(source, path, MultitaskPromptTuningMethod.SharedKey, [shape.Count, shape.Width]);
        if (options.Init == MultitaskPromptInit.OnlySourceShared)
            return (shared, null, null);
        if (options.NumTasks != 1)
            throw new PeftException($"prompt_tuning_init is {start}, which starts one task, and num_tasks is {options.NumTasks}; set it to 1.");
        Tensor columns = Load(source, path, MultitaskPromptTuningMethod.ColumnsKey, [-1, shape.Count, options.NumRanks]);
        Tensor rows = Load(source, path, MultitaskPromptTuningMethod.RowsKey, [columns.shape[0], options.NumRanks, shape.Width]);
        if (options.Init == MultitaskPromptInit.AverageSourceTasks)
            return (shared, columns.mean([0], keepdim: true), rows.mean([0], keepdim: true));
        int task = options.SourceTask;
        if (task < 0 || task >= columns.shape[0])
            throw new PeftException($"prompt_tuning_init_task is {task} and {path} has the tasks 0 … {columns.shape[0] - 1}.");
        return (shared, columns.narrow(0, task, 1), rows.narrow(0, task, 1));
    }

    /// <summary>A tensor of a shape; −1 takes any length.</summary>
    private static Tensor Load(ICheckpoint source, string path, string key, long[] shape)
    {
        if (!source.Contains(key))
            throw new PeftException($"{path} has no '{key}': it is no adapter of MULTITASK_PROMPT_TUNING.");
        Tensor value = source.Load(key);
        bool fits = value.shape.Length == shape.Length && value.shape.Zip(shape).All(pair => pair.Second == -1 || pair.First == pair.Second);
        return fits
            ? value
            : throw new PeftException(
                $"{path}: '{key}' is [{string.Join(", ", value.shape)}] and the new prompt needs [{string.Join(", ", shape.Select(size => size < 0 ? "tasks" : $"{size}"))}]: set num_virtual_tokens and num_ranks as the source has them, or the source is of another base.");
    }
}
