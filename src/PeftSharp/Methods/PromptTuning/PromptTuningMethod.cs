using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PromptTuning;

/// <summary>Plugs P (count, width) into the embedding slot, in front of the tokens.</summary>
internal sealed class PromptTuningMethod : PromptLearningMethod<PromptTuningOptions>
{
    private static readonly (PromptTuningInit Init, string Name)[] _inits =
    [
        (PromptTuningInit.Random, "RANDOM"),
        (PromptTuningInit.Text, "TEXT"),
        (PromptTuningInit.SampleVocabulary, "SAMPLE_VOCAB"),
    ];

    public override string PeftType => "PROMPT_TUNING";

    protected override IReadOnlyList<OptionKey> OwnKeys =>
    [
        new("prompt_tuning_init", "RANDOM", "how the tokens start: RANDOM, TEXT, SAMPLE_VOCAB (PROMPT_TUNING)"),
        new("prompt_tuning_init_text", null, "the text that they start as (TEXT)"),
        new("tokenizer_name_or_path", null, "folder of the tokenizer for that text; unset: the model's"),
        new("tokenizer_kwargs", null, ""),
    ];

    public static string Name(PromptTuningInit init) => _inits.First(pair => pair.Init == init).Name;

    public override PeftOptions Read(JsonSettings settings) => TextStartOptions.ReadText(settings, new PromptTuningOptions
    {
        NumVirtualTokens = 0,
        Init = settings.Choice("prompt_tuning_init", PromptTuningInit.Random, _inits),
    });

    protected override PromptTuningOptions Complete(PromptTuningOptions options, BaseModel model) =>
        TextStartOptions.WithTokenizer(base.Complete(options, model), options.Init == PromptTuningInit.Text, model);

    protected override void Build(AdapterBuilder builder, PromptTuningOptions options)
    {
        int count = options.AllRows;
        using var scope = NewDisposeScope();
        builder.ExpectOwn(EmbeddingsKey, count, options.TokenDim!.Value);
        Tensor start = builder.IsLoading ? zeros([count, options.TokenDim!.Value], device: builder.Model.Device) : options.Init switch
        {
            PromptTuningInit.Text => TextRows.Of(builder.Model, options.InitText, options.TokenizerNameOrPath, count, TextRows.PeftNames),
            PromptTuningInit.SampleVocabulary => TextRows.Sampled(builder.Model, builder.Random, count),
            _ => DenseLayer.Normal(builder, 1, count, options.TokenDim!.Value),
        };
        Tensor embeddings = builder.TrainOwn(EmbeddingsKey, start);
        builder.Plug(new VirtualEmbeddings(options.NumVirtualTokens, _ => embeddings.alias()));
    }
}
