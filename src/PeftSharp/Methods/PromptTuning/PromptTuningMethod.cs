using System.Text.Json.Nodes;
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

    public override PeftOptions Read(JsonSettings settings)
    {
        string name = settings.Text("prompt_tuning_init", "RANDOM");
        if (_inits.All(pair => pair.Name != name))
            throw settings.Wrong("prompt_tuning_init", $"one of {string.Join(", ", _inits.Select(pair => pair.Name))} ('{name}' is not)");
        return PromptLearningOptions.ReadPrompt(settings, new PromptTuningOptions
        {
            NumVirtualTokens = 0,
            Init = _inits.First(pair => pair.Name == name).Init,
            InitText = settings.Has("prompt_tuning_init_text") ? settings.Text("prompt_tuning_init_text") : null,
            TokenizerNameOrPath = settings.Has("tokenizer_name_or_path") ? settings.Text("tokenizer_name_or_path") : null,
            TokenizerArguments = settings.Raw("tokenizer_kwargs") is { } arguments ? JsonNode.Parse(arguments.GetRawText()) : null,
        });
    }

    protected override PromptTuningOptions Complete(PromptTuningOptions options, BaseModel model)
    {
        options = base.Complete(options, model);
        // HF refuses to read TEXT without a tokenizer's name.
        return options.Init == PromptTuningInit.Text
            ? options with { TokenizerNameOrPath = TextRows.Folder(options.TokenizerNameOrPath, model) }
            : options;
    }

    protected override void Build(AdapterBuilder builder, PromptTuningOptions options)
    {
        int count = options.NumVirtualTokens;
        using var scope = NewDisposeScope();
        Tensor start = builder.IsLoading ? zeros([count, options.TokenDim!.Value], device: builder.Model.Device) : options.Init switch
        {
            PromptTuningInit.Text => TextRows.Of(builder.Model, options.InitText, options.TokenizerNameOrPath, count),
            PromptTuningInit.SampleVocabulary => TextRows.Sampled(builder.Model, builder.Random, count),
            _ => DenseLayer.Normal(builder, 1, count, options.TokenDim!.Value),
        };
        Tensor embeddings = builder.TrainOwn(EmbeddingsKey, start);
        builder.Plug(new VirtualEmbeddings(count, _ => embeddings.alias()));
    }
}
