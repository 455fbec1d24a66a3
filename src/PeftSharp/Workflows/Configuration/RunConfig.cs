using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Methods.Union;
using PeftSharp.Models;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Configuration;

/// <summary>Everything that a training run is told: a YAML file and flags, read and checked.</summary>
/// <example><code>
/// RunConfig config = RunConfig.Load("run.yaml", [new("learning_rate", "5e-4"), new("peft.r", "16")]);
/// </code></example>
public sealed record RunConfig
{
    /// <summary>The folder of the base model; relative paths are relative to the current directory.</summary>
    public required string Model { get; init; }

    /// <summary>The task; null takes the one that the model's config names.</summary>
    public TaskType? Task { get; init; }

    /// <summary>What a text classifier decides (<c>problem_type</c>); null takes what the data and the model's config say.</summary>
    public ProblemType? ProblemType { get; init; }

    /// <summary>The method and its options.</summary>
    public required PeftOptions Peft { get; init; }

    /// <summary>The files and their columns.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>The training loop.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Where to compute: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>One of <see cref="Dtypes.Names"/>.</summary>
    public string Dtype { get; init; } = Dtypes.Auto;

    /// <summary>One of <see cref="ComputeModes.Names"/>.</summary>
    public string Compute { get; init; } = ComputeModes.Auto;

    /// <summary>The run as the user gave it, for <see cref="ToYaml"/>.</summary>
    private ConfigValues? Values { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="file">A YAML file; null takes everything from the flags.</param>
    /// <param name="overrides">Flags, which win over the file.</param>
    /// <exception cref="ConfigException">A key is not known, a value cannot be used, or a key that must be there is missing.</exception>
    public static RunConfig Load(string? file, IEnumerable<ConfigOverride> overrides) =>
        Of(ConfigValues.Load(ConfigSchema.OfTraining, file, overrides));

    /// <summary>The configuration of values that were read already.</summary>
    internal static RunConfig Of(ConfigValues values)
    {
        JsonObject run = values.Section("");
        TrainingOptions training = Checked(() => TrainingOptions.Read(Settings(values, ConfigKeys.Training)));
        return new RunConfig
        {
            Model = (string?)run["model"] ?? throw Missing(values, "model", "assets/models/all-MiniLM-L6-v2"),
            Task = (string?)run["task"] is { } task ? TaskTypes.Parse(task) : null,
            ProblemType = (string?)run[ProblemTypes.Key] is { } problem ? ProblemTypes.Parse(problem) : null,
            Peft = ReadPeft(values),
            Data = ReadTrainingData(values),
            Training = training,
            Device = (string?)run["device"] ?? "cpu",
            Dtype = ReadDtype(values),
            Compute = (string?)run["compute"] ?? ComputeModes.Auto,
            Values = values,
        };
    }

    /// <summary>The data section of any verb.</summary>
    /// <exception cref="ConfigException">The options contradict each other or a number is out of range.</exception>
    public static DataOptions ReadData(JsonObject section, string source)
    {
        DataOptions data = RecordKeys.Bind<DataOptions>(section, $"{source}: {ConfigKeys.Data}");
        try
        {
            data.Validate();
        }
        catch (ArgumentException error)
        {
            throw new ConfigException($"{source}: {ConfigKeys.Data}: {error.Message}", error);
        }
        return data;
    }

    private static DataOptions ReadTrainingData(ConfigValues values)
    {
        DataOptions data = ReadData(values.Section(ConfigKeys.Data), values.Source);
        if (data is { TuneThresholds: true, Threshold: not null })
            throw new ConfigException($"{values.Source}: {ConfigKeys.Data}: threshold and tune_thresholds both say from which probability on a label holds; keep one of them.");
        return data is { TuneThresholds: true, Eval: null }
            ? throw new ConfigException($"{values.Source}: {ConfigKeys.Data}: tune_thresholds needs rows that were not trained on; give them as eval (--eval FILE).")
            : data;
    }

    /// <summary>The configuration with every default written out, as <c>config.yaml</c> of a run; reading it gives the same run.</summary>
    public string ToYaml() => YamlWriter.Write(ToJson());

    /// <summary>The same, for reports.</summary>
    internal JsonObject ToJson()
    {
        JsonObject peft = Peft.ToJson();
        foreach (ConfigKey key in ConfigKeys.OfPeft)
            if (key.Hidden && Values?.Section(ConfigKeys.Peft).ContainsKey(key.Name) != true)
                peft.Remove(key.Name);
        JsonObject training = Defaults(ConfigKeys.OfTraining);
        foreach ((string name, JsonNode? value) in Values?.Section(ConfigKeys.Training) ?? [])
            training[name] = value?.DeepClone();
        training.Remove(TrainingKeys.ResumeFrom);
        JsonObject root = new() { ["model"] = Model };
        if (Task is { } task)
            root["task"] = task.ToName();
        if (ProblemType is { } problem)
            root[ProblemTypes.Key] = problem.ToName();
        root["device"] = Device;
        root["dtype"] = Dtype;
        root["compute"] = Compute;
        root[ConfigKeys.Peft] = peft;
        root[ConfigKeys.Data] = RecordKeys.Write(Data);
        root[ConfigKeys.Training] = training;
        return root;
    }

    private static PeftOptions ReadPeft(ConfigValues values)
    {
        JsonObject section = (JsonObject)values.Section(ConfigKeys.Peft).DeepClone();
        if (!section.ContainsKey("peft_type"))
            section["peft_type"] = "LORA";
        PeftOptions options = Checked(() => PeftMethods.Read(JsonSettings.Parse(section.ToJsonString(), $"{values.Source}: {ConfigKeys.Peft}")));
        // The keys of the file are known, but this one is another method's.
        foreach (PeftOptions one in options is UnionOptions union ? union.Parts.Prepend(options) : [options])
            RefuseUnknown(values, one);
        return options;
    }

    private static void RefuseUnknown(ConfigValues values, PeftOptions options)
    {
        if (options.Unknown.Count > 0)
            throw new ConfigException(
                $"{values.Source}: {ConfigKeys.Peft}: {options.PeftType} has no option \"{options.Unknown.Keys.First()}\"; "
                + $"it has {string.Join(", ", ConfigKeys.OfPeft.Where(key => !key.Hidden && options.ToJson().ContainsKey(key.Name) && !options.Unknown.ContainsKey(key.Name)).Select(key => key.Name))}.");
    }

    private static string ReadDtype(ConfigValues values)
    {
        string dtype = (string?)values.Section("")["dtype"] ?? Dtypes.Auto;
        if ((bool?)values.Section(ConfigKeys.Training)["bf16"] is not { } bf16)
            return dtype;
        string wanted = bf16 ? "bfloat16" : "float32";
        return dtype == Dtypes.Auto || dtype == wanted
            ? wanted
            : throw new ConfigException($"{values.Source}: dtype is {dtype} and training.bf16 {(bf16 ? "true" : "false")}; keep one of them.");
    }

    private static JsonSettings Settings(ConfigValues values, string section) =>
        JsonSettings.Parse(values.Section(section).ToJsonString(), $"{values.Source}: {section}");

    /// <summary>What the options find wrong is for the user to change.</summary>
    private static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PeftException error) when (error is not ConfigException)
        {
            throw new ConfigException(error.Message, error);
        }
    }

    private static JsonObject Defaults(IEnumerable<ConfigKey> keys)
    {
        JsonObject defaults = [];
        foreach (ConfigKey key in keys)
            if (key.Default is { } value)
                defaults[key.Name] = ConfigTyping.ToJson(key, new ConfigNode.Scalar(value, Plain: true, key.FullName));
        return defaults;
    }

    private static ConfigException Missing(ConfigValues values, string key, string example) =>
        new($"{values.Source}: the key \"{key}\" is missing; give it in the file or as --{key} {example}.");
}
