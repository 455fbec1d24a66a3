using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Tests.Models;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

/// <summary>A tiny base of the fixtures with an adapter, and examples of its task that can be learnt.</summary>
internal sealed class TinyModel : IDisposable
{
    private TinyModel(BaseModel model, PeftOptions options)
    {
        Base = model;
        Model = new PeftModel(model);
        Adapter = Model.AddAdapter(options, seed: 7);
    }

    public static PeftOptions Lora(double dropout = 0.1) => new LoraOptions { R = 4, LoraAlpha = 16, LoraDropout = dropout };

    public BaseModel Base { get; }

    public PeftModel Model { get; }

    public Adapter Adapter { get; }

    public static string FolderOf(string family) => Fixtures.PathOf("hf_peft", family, "base");

    public static TinyModel Open(string family, PeftOptions? options = null, ScalarType dtype = ScalarType.Float32, ComputeMode compute = ComputeMode.Auto) =>
        new(BaseModel.Load(FolderOf(family), new BaseModelOptions { Dtype = dtype, Compute = compute, Task = TaskOf(family) }), options ?? Lora());

    /// <summary>A decoder of random weights with any head, without dropout.</summary>
    public static TinyModel Decoder(TaskType task, PeftOptions? options = null) =>
        new(TinyConfigs.Create("llama", task, labels: task == TaskType.QuestionAnswering ? null : ["A", "B", "C"]), options ?? Lora());

    /// <summary>Random weights, and a head of one output.</summary>
    public static TinyModel Regression(PeftOptions? options = null) =>
        new(BaseModel.Create(ModelConfig.Load(FolderOf("bert")), new BaseModelOptions { Task = TaskType.SequenceClassification, Labels = ["score"] }), options ?? Lora());

    public TrainingData Data(int train = 32, int evaluation = 0) =>
        new(Examples(train), evaluation > 0 ? Examples(evaluation) : null, PaddingId: 0);

    /// <summary>The same examples for the same model; a longer list begins with the shorter one.</summary>
    public EncodedExample[] Examples(int count)
    {
        CounterRandom random = new(3, 1);
        int longest = Math.Min(14, Base.MaxPositions);
        int words = (int)Base.VocabularySize;
        EncodedExample[] examples = new EncodedExample[count];
        for (int i = 0; i < count; i++)
        {
            int[] ids = new int[6 + random.Below(longest - 6)];
            for (int t = 0; t < ids.Length; t++)
                ids[t] = 1 + random.Below(words - 1);
            // Rows of a language model that began alike could not be told apart.
            ids[0] = 1 + i % (words - 1);
            examples[i] = new EncodedExample(ids, null, Label(ids, i, ref random));
        }
        return examples;
    }

    public TrainingResult Train(
        TrainingData data, TrainingOptions options, ITrainingObserver? observer = null, CancellationTokenSource? stop = null,
        string adapter = PeftModel.DefaultAdapter) =>
        new Trainer(Model, data, options, observer, adapter).Train(stop?.Token ?? TestContext.Current.CancellationToken);

    public EvaluationResult Evaluate(
        IReadOnlyList<EncodedExample> examples, int batchSize, Composition? composition = null, PaddingSide side = PaddingSide.Right) =>
        Evaluator.Evaluate(Model, composition, examples, batchSize, 0, side, TestContext.Current.CancellationToken);

    public IReadOnlyList<Prediction> Predict(IReadOnlyList<EncodedExample> examples, int batchSize, PaddingSide side = PaddingSide.Right) =>
        Predictor.Predict(Model, null, examples, batchSize, 0, side, TestContext.Current.CancellationToken);

    /// <summary>The trainable values, one after another.</summary>
    public float[] Weights() => [.. Adapter.Trainable.SelectMany(tensor => tensor.Value.data<float>().ToArray())];

    public void Dispose()
    {
        Model.Dispose();
        Base.Dispose();
    }

    private ExampleLabel Label(int[] ids, int row, ref CounterRandom random)
    {
        int classes = Base.Labels.Count;
        switch (Base.Task)
        {
            case TaskType.SequenceClassification when classes == 1:
                return new ExampleLabel.Value(row % 5 - 2);
            case TaskType.SequenceClassification:
                return new ExampleLabel.Class(row % classes);
            case TaskType.TokenClassification:
                // The first token counts for nothing, as a special token would.
                return new ExampleLabel.Tokens([Collator.IgnoredLabel, .. ids.Skip(1).Select(id => id % classes)]);
            case TaskType.QuestionAnswering:
                int start = random.Below(ids.Length);
                return new ExampleLabel.Span(start, start + random.Below(ids.Length - start));
            default:
                return new ExampleLabel.Tokens([.. ids.Select((id, t) => t < row % 4 ? Collator.IgnoredLabel : id)]);
        }
    }

    private static TaskType? TaskOf(string family) => family switch
    {
        "llama" => TaskType.CausalLanguageModel,
        "bert_tokcls" => TaskType.TokenClassification,
        "bert_qa" => TaskType.QuestionAnswering,
        _ => TaskType.SequenceClassification,
    };
}
