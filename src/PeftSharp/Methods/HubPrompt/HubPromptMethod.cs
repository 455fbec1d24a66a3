using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubPrompt;

/// <summary>Plugs AdapterHub's prompt P (count, width) into the front slot, beside the finished embeddings.</summary>
internal sealed class HubPromptMethod : IPeftMethod
{
    private const double Bound = 0.5;

    public string PeftType => "HUB_PROMPT";

    public IReadOnlyList<OptionKey> Keys { get; } =
    [
        new("prompt_length", null, "trained rows beside the text's embeddings; unset: 10 (HUB_PROMPT)"),
        new("prompt_init", null, "how they start: random_uniform, from_string; unset: random_uniform (HUB_PROMPT)"),
        new("prompt_init_text", null, "the text that they start as (from_string)"),
        new("combine", null, "where they stand: prefix, or prefix_after_bos for behind the first token; unset: prefix (HUB_PROMPT)"),
    ];

    public PeftOptions Read(JsonSettings settings) => HubPromptOptions.Read(settings);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        HubPromptOptions own = (HubPromptOptions)options;
        BaseModel model = builder.Model;
        int count = own.PromptLength;
        if (!model.FinishesEmbeddings)
            throw new PeftException($"HUB_PROMPT is for encoders, as in AdapterHub, and a {model.Config.ModelType} model is a decoder; use PROMPT_TUNING.");
        if (count < 1)
            throw new PeftException($"prompt_length is {count}; there must be at least 1.");
        string key = $"{model.BackbonePrefix}prompt_tuning.prompt_tunings.prompt_embedding.weight";
        using var scope = NewDisposeScope();
        builder.Expect(key, count, model.HiddenSize);
        Tensor start = own.Init == HubPromptInit.FromString && !builder.IsLoading
            ? TextRows.Of(model, own.InitText, model.Folder, count, TextRows.HubNames)
            : DenseLayer.Uniform(builder, Bound, count, model.HiddenSize);
        Tensor prompt = builder.Train(key, start);
        builder.Plug(new VirtualEmbeddings(count, _ => prompt.alias())
        {
            Place = own.Combine == HubPromptPlace.Prefix ? FrontPlace.Finished : FrontPlace.BehindFirst,
        });
    }
}
