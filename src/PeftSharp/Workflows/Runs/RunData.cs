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

    private RunData(ModelConfig config, TaskType task, IReadOnlyList<DataRow> train, IReadOnlyList<DataRow>? evaluation, IReadOnlyList<DataRow>? test)
    {
        Config = config;
        Task = task;
        TrainRows = train;
        _evaluationRows = evaluation;
        _testRows = test;
    }

    public ModelConfig Config { get; }

    public TaskType Task { get; }

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
        return new(modelConfig, task, Read(train)!, Read(data.Eval), Read(data.Test));

        Dataset? Read(string? file) => file is null ? null : Dataset.Load(file, data.Reading, data.Limit);
    }

    /// <summary>Encodes all rows and says what was lost.</summary>
    public void Encode(ITextTask task, IRunObserver observer)
    {
        observer.Stage($"encoding {TrainRows.Count + (_evaluationRows?.Count ?? 0) + (_testRows?.Count ?? 0):N0} rows");
        _train = task.Encode(TrainRows, labelled: true);
        Evaluation = _evaluationRows is null ? null : task.Encode(_evaluationRows, labelled: true);
        Test = _testRows is null ? null : task.Encode(_testRows, labelled: true);
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
