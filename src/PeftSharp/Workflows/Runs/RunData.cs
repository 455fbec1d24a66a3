using System.Globalization;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Workflows.Runs;

/// <summary>The files of a run: read first, encoded once the base is there.</summary>
internal sealed class RunData
{
    private readonly IReadOnlyList<DataRow>? _evaluationRows;
    private readonly IReadOnlyList<DataRow>? _testRows;
    private ITaskRows? _train;

    private RunData(ModelConfig config, TaskType task, ProblemType problem, DataOptions options, IReadOnlyList<DataRow> train, IReadOnlyList<DataRow>? evaluation, IReadOnlyList<DataRow>? test)
    {
        Config = config;
        Task = task;
        ProblemType = problem;
        Options = options;
        TrainRows = train;
        _evaluationRows = evaluation;
        _testRows = test;
    }

    public ModelConfig Config { get; }

    public TaskType Task { get; }

    /// <summary>What a text classifier decides.</summary>
    public ProblemType ProblemType { get; }

    /// <summary>The columns, those that were found in the data filled in.</summary>
    public DataOptions Options { get; }

    public IReadOnlyList<DataRow> TrainRows { get; }

    public ITaskRows? Evaluation { get; private set; }

    public ITaskRows? Test { get; private set; }

    /// <summary>Reads the files.</summary>
    public static RunData Load(RunConfig config, IRunObserver observer)
    {
        if (!Directory.Exists(config.Model) && !ModelFiles.IsModel(config.Model))
            throw new DirectoryNotFoundException($"model: there is no folder {config.Model}; a model is a Hugging Face folder with config.json, model.safetensors and tokenizer.json.{HubCache.Advice(config.Model)}");
        ModelConfig modelConfig = ModelConfig.Load(config.Model);
        TaskType task = config.Task ?? config.Peft.TaskType ?? ModelFamilies.TaskOf(modelConfig) ?? TaskType.FeatureExtraction;
        if (task == TaskType.FeatureExtraction)
            throw new ConfigException(
                $"task: {config.Model} does not say what to learn; set task to one of {string.Join(", ", TaskTypes.Names.Where(name => name != TaskType.FeatureExtraction.ToName()))}.");
        DataOptions data = config.Data;
        string train = data.Train ?? throw new ConfigException("data.train is missing: the file of rows to train on, as --train train.csv or in the configuration.");
        observer.Stage($"reading {train}");
        Dataset all = Dataset.Load(train, data.Reading, data.Limit);
        ProblemType problem = ProblemOf(task, config, modelConfig, all[0]);
        data = ColumnFinder.Fill(task, problem, data, all, task == TaskType.CausalLanguageModel && ModelFiles.Settings(config.Model).ChatTemplate is not null);
        if (data.IsChat)
            observer.Note($"{train}: {(data.Messages is { } column ? $"chat messages (column {column})" : $"{data.Prompt}{(data.Input is null ? "" : $", {data.Input}")} and {data.Completion}, as turns of user and assistant")}, written by {ChatTemplateChoice.Describe(data.ChatTemplate)}; {(!data.AssistantOnlyLoss ? "every token is learnt" : data.MaskHistory ? "the assistant's last turn is learnt" : "the assistant's turns are learnt")}");
        if (data.PromptTemplate is { } template && config.Data.PromptTemplate is null)
            observer.Note($"{train}: {data.Prompt}{(data.Input is null ? "" : $", {data.Input}")} and {data.Completion} are written as the prompts of {template} (prompt_template)");
        if (ColumnFinder.Unused(task, data, all) is { Count: > 0 } unused)
            observer.Note($"{train}: columns not used: {string.Join(", ", unused)}");
        Action<DataRow> check = RowChecks.Of(task, problem, data, labelled: true);
        return new(modelConfig, task, problem, data, Usable(all), Read(data.Eval), Read(data.Test));

        IReadOnlyList<DataRow>? Read(string? file) => file is null ? null : Usable(Dataset.Load(file, data.Reading, data.Limit));

        IReadOnlyList<DataRow> Usable(Dataset rows)
        {
            UsableRows usable = UsableRows.Of(rows, check, data.OnBadRow);
            if (usable.Report is { } report)
                observer.Warning(report);
            return usable.Rows;
        }
    }

    /// <summary>
    /// What a text classifier is to decide: what the user says, or the options imply (several columns of labels; one name),
    /// or the model decides already.
    /// </summary>
    /// <exception cref="ConfigException">The options contradict each other.</exception>
    private static ProblemType ProblemOf(TaskType task, RunConfig config, ModelConfig model, DataRow first)
    {
        DataOptions data = config.Data;
        if (task != TaskType.SequenceClassification)
            return config.ProblemType is null
                ? ProblemType.SingleLabel
                : throw new ConfigException($"{ProblemTypes.Key} is for {TaskType.SequenceClassification.ToName()}; this run is {task.ToName()}.");
        bool columns = data.Label?.All.Count > 1;
        int? names = data.NamesClasses ? TrainingLabels.Listed(data).Count : null;
        ProblemType problem = config.ProblemType
            ?? (columns || data.LabelSeparator is not null ? ProblemType.MultiLabel
            : names == 1 ? ProblemType.Regression
            : ProblemTypes.Of(model) is ProblemType.MultiLabel ? ProblemType.MultiLabel
            : names is null && model.Labels().Count == 1 && HasNumber(first, data.TextColumns.Label!) ? ProblemType.Regression
            : ProblemType.SingleLabel);
        if (problem != ProblemType.MultiLabel && (columns || data.LabelSeparator is not null || data.Threshold is not null || data.TuneThresholds))
            throw new ConfigException(
                $"data: {(columns ? "several columns in label are" : data.LabelSeparator is not null ? "label_separator is" : data.Threshold is not null ? "threshold is" : "tune_thresholds is")} for {ProblemType.MultiLabel.ToName()} and this run is {problem.ToName()}; set {ProblemTypes.Key}: {ProblemType.MultiLabel.ToName()} where a text may have several labels.");
        if (problem == ProblemType.Regression && names > 1)
            throw new ConfigException($"data: a regression has one number and labels names {names}; leave labels out, or give one name.");
        if (problem == ProblemType.SingleLabel && names == 1)
            throw new ConfigException("data: with one class there is nothing to learn; list all classes in labels.");
        return problem;
    }

    private static bool HasNumber(DataRow row, string column) =>
        row.Has(column) && double.TryParse(row[column].Scalar, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Encodes all rows and says what was lost.</summary>
    public void Encode(ITextTask task, IRunObserver observer)
    {
        observer.Stage($"encoding {TrainRows.Count + (_evaluationRows?.Count ?? 0) + (_testRows?.Count ?? 0):N0} rows");
        _train = task.Encode(TrainRows, labelled: true);
        Evaluation = _evaluationRows is null ? null : task.Encode(_evaluationRows, labelled: true);
        Test = _testRows is null ? null : task.Encode(_testRows, labelled: true);
        if ((Test ?? Evaluation ?? _train).Note is { } note)
            observer.Warning(note);
        foreach ((string name, ITaskRows? rows, int count) in ((string, ITaskRows?, int)[])[
            ("training", _train, TrainRows.Count), ("evaluation", Evaluation, _evaluationRows?.Count ?? 0), ("test", Test, _testRows?.Count ?? 0)])
        {
            if (rows?.DroppedRows > 0)
                observer.Warning($"{rows.DroppedRows:N0} of {count:N0} {name} rows have nothing to learn (no completion, or its prompt fills max_length) and were left out.");
            // The trainer tells of the training rows itself.
            if (rows?.TruncatedRows > 0 && rows != _train)
                observer.Warning($"{rows.TruncatedRows:N0} of {count:N0} {name} rows were longer than max_length and were cut.");
        }
    }

    /// <summary>The examples as the trainer takes them.</summary>
    public TrainingData ForTraining(int paddingId) =>
        new(_train!.Examples, Evaluation?.Examples, paddingId) { TruncatedRows = _train.TruncatedRows };
}
