using System.CommandLine;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Text;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Options;

/// <summary>What the verbs that use a model have in common: which one, on what data, and how it computes.</summary>
internal sealed class UseOptions
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string?> _adapter = SharedOptions.Adapter();
    private readonly Option<string?> _base = SharedOptions.BaseModel();
    private readonly Option<int> _batchSize = SharedOptions.BatchSize();
    private readonly Option<bool> _strict = SharedOptions.Strict();

    /// <param name="withData">Whether the verb reads rows, so that it has the keys of <c>data:</c> and of the task.</param>
    public UseOptions(bool withData = true) => Flags = new(
    [
        .. ConfigKeys.OfRun.Where(key => key.Name != "model" && (withData || key.Name is not ("task" or ProblemTypes.Key))),
        .. ConfigKeys.OfData.Where(key => withData && key.Name is not ("train" or "eval" or "test" or "tune_thresholds")),
    ]);

    /// <summary>The flags of the data and of the computation.</summary>
    public ConfigFlags Flags { get; }

    /// <summary>Adds the model first and the options.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Insert(0, _model);
        command.Options.Add(_adapter);
        command.Options.Add(_base);
        command.Options.Add(_batchSize);
        command.Options.Add(_strict);
        foreach (Option option in Flags.Options)
            command.Options.Add(option);
    }

    /// <summary>Rows of a forward pass.</summary>
    public int BatchSize(ParseResult parsed) => parsed.GetValue(_batchSize);

    /// <summary>Loads the model, with the columns that its run had unless flags say otherwise.</summary>
    /// <param name="terminal">Where the adapter's warnings go.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="writes">True for a verb that writes text: the task is the one by which the model does.</param>
    public (LoadedModel Model, DataOptions Data) Load(Terminal terminal, ParseResult parsed, bool writes = false)
    {
        ModelLocation location = ModelLocation.Resolve(parsed.GetRequiredValue(_model), parsed.GetValue(_adapter), parsed.GetValue(_base));
        IReadOnlyList<ConfigOverride> flags = Flags.Read(parsed);
        ConfigValues values = ConfigValues.Load(ConfigSchema.OfTraining, location.Config, flags);
        DataOptions data = RunConfig.ReadData(values.Section(ConfigKeys.Data), values.Source);
        // The template that a run was given is kept beside its adapter; the file may be gone.
        if (location.Adapter is { } adapter && File.Exists(Path.Combine(adapter, TokenizerSettings.ChatTemplateFile)) && !flags.Any(flag => flag.Name == "data.chat_template"))
            data = data with { ChatTemplate = null };
        // The run's own task, device and compute are those of its training; only flags count here. Its dtype goes with it.
        ConfigValues given = ConfigValues.Load(ConfigSchema.OfTraining, null, flags);
        LoadedModel model = LoadedModel.Load(location, new LoadOptions
        {
            Task = (string?)given.Section("")["task"] is { } task ? TaskTypes.Parse(task) : writes ? ModelConfig.Load(location.Model).WritingTask : null,
            Labels = flags.Any(flag => flag.Name is "data.labels" or "data.label_file") ? data.LabelMap([]).Names : null,
            Notes = new AdapterNotes(terminal.Warn, parsed.GetValue(_strict)),
            ProblemType = (string?)given.Section("")[ProblemTypes.Key] is { } problem ? ProblemTypes.Parse(problem) : null,
            Device = (string?)given.Section("")["device"] ?? "cpu",
            Dtype = (string?)given.Section("")["dtype"],
            Compute = (string?)given.Section("")["compute"] ?? ComputeModes.Auto,
        });
        return (model, data);
    }
}
