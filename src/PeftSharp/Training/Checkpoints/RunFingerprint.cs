using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>
/// What decides the course of a run, by name. Some of it places the run in its data: with other values a checkpoint means
/// nothing. The rest may change on purpose (a longer run, another learning rate), which is worth a warning.
/// </summary>
internal sealed class RunFingerprint
{
    private static readonly string[] _binding =
    [
        "training data", "seed", "per_device_train_batch_size", "gradient_accumulation_steps", "group_by_length", "dataloader_drop_last", "method",
    ];

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    private RunFingerprint()
    {
    }

    /// <summary>The fingerprint of a run about to begin.</summary>
    public static RunFingerprint Of(PeftModel model, Adapter adapter, TrainingData data, TrainingOptions options, long totalSteps)
    {
        RunFingerprint print = new();
        SortedDictionary<string, string> values = print._values;
        values["training data"] = Describe(data.Train);
        values["evaluation data"] = data.Evaluation is { } evaluation ? Describe(evaluation) : "none";
        values["seed"] = Text(options.Seed);
        values["per_device_train_batch_size"] = Text(options.Batches.TrainSize);
        values["gradient_accumulation_steps"] = Text(options.Batches.Accumulation);
        values["group_by_length"] = Text(options.Batches.GroupByLength);
        values["dataloader_drop_last"] = Text(options.Batches.DropLast);
        values["steps in all"] = Text(totalSteps);
        values["learning_rate"] = Text(options.Optimizer.LearningRate);
        values["weight_decay"] = Text(options.Optimizer.WeightDecay);
        values["adam_beta1"] = Text(options.Optimizer.AdamBeta1);
        values["adam_beta2"] = Text(options.Optimizer.AdamBeta2);
        values["adam_epsilon"] = Text(options.Optimizer.AdamEpsilon);
        values["max_grad_norm"] = Text(options.Optimizer.MaxGradNorm);
        values["optim"] = OptimizerOptions.Names.First(pair => pair.Value == options.Optimizer.Kind).Name;
        if (options.Optimizer.LoraPlusRatio is { } ratio)
        {
            values["loraplus_lr_ratio"] = Text(ratio);
            values["loraplus_lr_embedding"] = Text(options.Optimizer.LoraPlusEmbeddingRate);
        }
        values["lr_scheduler_type"] = ScheduleOptions.Names.First(pair => pair.Value == options.Schedule.Type).Name;
        values["warmup steps"] = Text(options.Schedule.WarmupOf(totalSteps));
        values["label_smoothing_factor"] = Text(options.LabelSmoothing);
        values["metric_for_best_model"] = options.Evaluation.BestMetricName;
        values["dtype"] = model.Base.Dtype.ToString();
        values["compute"] = model.Base.Compute.ToString();
        JsonObject method = adapter.Options.ToJson();
        // The base may have moved to another folder.
        method.Remove("base_model_name_or_path");
        values["method"] = PythonJson.Write(method);
        return print;
    }

    /// <summary>What differs from this, the run now, in a checkpoint's fingerprint.</summary>
    /// <returns>Sentences; those of <c>Binding</c> make the checkpoint unusable.</returns>
    public (IReadOnlyList<string> Binding, IReadOnlyList<string> Other) DifferencesFrom(RunFingerprint checkpoint)
    {
        List<string> binding = [], other = [];
        foreach ((string name, string now) in _values)
            if (checkpoint._values.TryGetValue(name, out string? then) && then != now)
                (_binding.Contains(name) ? binding : other).Add(Sentence(name, then, now));
        return (binding, other);
    }

    public JsonObject ToJson()
    {
        JsonObject json = [];
        foreach ((string name, string value) in _values)
            json[name] = value;
        return json;
    }

    public static RunFingerprint Read(JsonSettings settings)
    {
        RunFingerprint print = new();
        foreach (string name in settings.UnreadKeys.ToArray())
            print._values[name] = settings.Text(name);
        return print;
    }

    private static string Sentence(string name, string then, string now)
    {
        if (name != "method")
            return $"{name} was {then} and is {now}";
        using JsonDocument before = JsonDocument.Parse(then), after = JsonDocument.Parse(now);
        IEnumerable<string> keys = before.RootElement.EnumerateObject().Concat(after.RootElement.EnumerateObject())
            .Select(pair => pair.Name).Distinct();
        return string.Join(", ", keys
            .Select(key => (key, Old: ValueOf(before, key), New: ValueOf(after, key)))
            .Where(pair => pair.Old != pair.New)
            .Select(pair => $"{pair.key} was {pair.Old} and is {pair.New}"));
    }

    private static string ValueOf(JsonDocument document, string key) =>
        document.RootElement.TryGetProperty(key, out JsonElement value) ? value.GetRawText() : "absent";

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";

    /// <summary>The count of the examples, and a hash of all their numbers.</summary>
    private static string Describe(IReadOnlyList<EncodedExample> examples)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EncodedExample example in examples)
        {
            Add(hash, example.InputIds);
            Add(hash, example.TypeIds ?? []);
            Add(hash, example.Label switch
            {
                ExampleLabel.Class label => [label.Id],
                ExampleLabel.Value label => [BitConverter.SingleToInt32Bits(label.Number)],
                ExampleLabel.Flags label => Array.ConvertAll(label.Holds, holds => holds ? 1 : 0),
                ExampleLabel.Tokens label => label.Ids,
                ExampleLabel.Span label => [label.Start, label.End],
                _ => [],
            });
        }
        return $"{examples.Count} examples ({Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8))})";
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<int> values)
    {
        hash.AppendData(BitConverter.GetBytes(values.Length));
        hash.AppendData(MemoryMarshal.AsBytes(values));
    }
}
