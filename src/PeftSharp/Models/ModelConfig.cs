using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Models;

/// <summary>A model's <c>config.json</c>.</summary>
public sealed class ModelConfig : JsonSettings
{
    /// <summary>A number costs its writer nothing, and each label a row of a head here.</summary>
    private const int MostUnnamedLabels = 1 << 16;

    private ModelConfig(string source, JsonElement root)
        : base(source, root)
    {
    }

    /// <summary>The family's name, such as <c>bert</c> or <c>llama</c>.</summary>
    public string ModelType => Text("model_type");

    /// <summary>The class names in <c>architectures</c>, such as <c>LlamaForCausalLM</c>.</summary>
    public IReadOnlyList<string> Architectures => Names("architectures") ?? [];

    /// <summary>The task by which such a model writes text: SEQ_2_SEQ_LM for an encoder-decoder, else CAUSAL_LM.</summary>
    public TaskType WritingTask =>
        Families.ModelFamilies.Find(this)?.Architectures.ContainsKey(TaskType.SequenceToSequence) == true ? TaskType.SequenceToSequence : TaskType.CausalLanguageModel;

    /// <summary>Reads <c>config.json</c> of a model folder, or what a GGUF file says in its place.</summary>
    /// <exception cref="FileNotFoundException">The folder has no config.json and no GGUF file.</exception>
    /// <exception cref="PeftException">The file is not a JSON object.</exception>
    public static new ModelConfig Load(string folder)
    {
        (string json, string source) = ModelFiles.Config(folder);
        return Parse(json, source);
    }

    /// <summary>Reads the text of a config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">A name for messages.</param>
    /// <exception cref="PeftException">The text is not a JSON object.</exception>
    public static new ModelConfig Parse(string json, string source) => new(source, ParseObject(json, source));

    /// <summary>The names of the labels by id (<c>id2label</c>); empty where the config has none.</summary>
    public IReadOnlyList<string> Labels()
    {
        if (Raw("id2label") is not { } map)
            return Has("num_labels") ? Numbered(Size("num_labels")) : [];
        if (map.ValueKind != JsonValueKind.Object)
            throw Wrong("id2label", "an object");
        var pairs = map.EnumerateObject().ToArray();
        // HF takes those of id2label and warns; one of the two is a mistake.
        if (Has("num_labels") && Size("num_labels") is var count && count != pairs.Length)
            throw new PeftException($"{Source}: 'num_labels' is {count} and id2label names {pairs.Length} labels; remove the one that is wrong.");
        string?[] labels = new string?[pairs.Length];
        foreach (JsonProperty pair in pairs)
        {
            if (!int.TryParse(pair.Name, out int id) || id < 0 || id >= labels.Length || labels[id] is not null
                || pair.Value.ValueKind != JsonValueKind.String)
                throw Wrong("id2label", $"an object of \"0\" … \"{labels.Length - 1}\" to label names (\"{pair.Name}\" does not fit)");
            labels[id] = pair.Value.GetString();
        }
        return labels!;
    }

    private string[] Numbered(int count) =>
        count <= MostUnnamedLabels
            ? [.. Enumerable.Range(0, count).Select(id => $"LABEL_{id}")]
            : throw Wrong("num_labels", $"at most {MostUnnamedLabels}, unless id2label names them");
}
