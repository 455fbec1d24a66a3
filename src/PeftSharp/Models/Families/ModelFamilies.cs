namespace PeftSharp.Models.Families;

/// <summary>All families; a new one is a file beside this one and a line here.</summary>
internal static class ModelFamilies
{
    private static readonly ModelFamily[] _all =
    [
        Bart.Family,
        Bart.Multilingual,
        Bert.Family,
        DebertaV2.Family,
        DistilBert.Family,
        Electra.Family,
        Gemma.Family,
        Gemma2.Family,
        Gpt2.Family,
        GptNeo.Family,
        GptNeoX.Family,
        Llama.Family,
        Mistral.Family,
        Olmo2.Family,
        Opt.Family,
        Phi3.Family,
        Qwen2.Family,
        Qwen3.Family,
        Roberta.Family,
        XlmRoberta.Family,
        SmolLm3.Family,
        T5.Family,
        T5.Multilingual,
    ];

    /// <summary>The values of <c>model_type</c> that are supported.</summary>
    public static IEnumerable<string> Names => _all.Select(family => family.ModelType);

    /// <summary>The family of a config.</summary>
    /// <exception cref="PeftException">No family has this <c>model_type</c>.</exception>
    public static ModelFamily Of(ModelConfig config)
    {
        return Find(config)
            ?? throw new PeftException(
                $"{config.Source}: model_type '{config.ModelType}' is not supported; supported are {string.Join(", ", Names)}.{NearestFamily.Hint(config, _all)}");
    }

    /// <summary>The family of a config, or null.</summary>
    public static ModelFamily? Find(ModelConfig config)
    {
        string type = config.ModelType;
        return _all.FirstOrDefault(family => family.ModelType == type);
    }

    /// <summary>The family of a known <c>model_type</c>.</summary>
    public static ModelFamily OfType(string modelType) => _all.First(family => family.ModelType == modelType);

    /// <summary>The task that a config's <c>architectures</c> names, or null if it names none of the family's.</summary>
    public static TaskType? TaskOf(ModelConfig config)
    {
        ModelFamily family = Of(config);
        foreach (string architecture in config.Architectures)
            foreach ((TaskType task, string name) in family.Architectures)
                if (name == architecture)
                    return task;
        return null;
    }
}
