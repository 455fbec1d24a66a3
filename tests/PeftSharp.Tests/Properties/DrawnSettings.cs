using System.Text.Json.Nodes;
using CsCheck;

namespace PeftSharp.Tests.Properties;

/// <summary>Settings of the methods drawn at random, as the text of an <c>adapter_config.json</c>, for one of the tiny bases.</summary>
internal sealed class DrawnSettings
{
    private readonly string[] _linear, _norms;
    private readonly string _embedding, _layers;
    private readonly string? _head;

    private DrawnSettings(string[] linear, string[] norms, string embedding, string layers, string? head) =>
        (_linear, _norms, _embedding, _layers, _head) = (linear, norms, embedding, layers, head);

    public static DrawnSettings For(string family) => family == "deberta_v2"
        ? new(["query_proj", "key_proj", "value_proj", "dense", "output.dense", "intermediate.dense", "attention.self.query_proj"], ["LayerNorm", "rel_embeddings"], "word_embeddings", "layer", null)
        : family.StartsWith("bert", StringComparison.Ordinal)
        ? new(["query", "key", "value", "dense", "output.dense", "intermediate.dense", "attention.self.query"], ["LayerNorm"], "word_embeddings", "layer", null)
        : new(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "self_attn.v_proj"], ["norm", "input_layernorm"], "embed_tokens", "layers", family == "llama_seqcls" ? null : "lm_head");

    /// <summary>Any method with any of its settings.</summary>
    public Gen<string> Any => Gen.Frequency((6, Lora), (1, AdaLora), (2, Ia3), (1, Vera), (2, LoHa), (2, LoKr), (2, Oft), (1, Boft), (2, Miss), (1, LnTuning), (1, TrainableTokens), (1, Prefix), (1, Prompt));

    private Gen<string> Lora => Method("LORA", true,
        Maybe("r", Gen.Int[1, 6]), Maybe("lora_alpha", Gen.Int[1, 20]), Maybe("use_rslora", Gen.Bool), Rarely("use_dora", Gen.Bool), Rarely("lora_bias", Gen.Bool),
        Rarely("bias", OneOf("all", "lora_only")), Rarely("rank_pattern", Patterns(6)), Rarely("alpha_pattern", Patterns(20)),
        Rarely("init_lora_weights", OneOf("gaussian", "pissa", "orthogonal", "olora")), Rarely("ensure_weight_tying", Gen.Bool),
        Rarely("trainable_token_indices", Gen.OneOf<JsonNode>(Tokens.Select(tokens => (JsonNode)tokens), Tokens.Select(tokens => (JsonNode)new JsonObject { [_embedding] = tokens }))));

    private Gen<string> AdaLora => Method("ADALORA", true,
        Always("init_r", Gen.Int[3, 6]), Always("target_r", Gen.Int[1, 3]), Always("total_step", Gen.Const(100)), Maybe("lora_alpha", Gen.Int[1, 20]), Rarely("bias", OneOf("all", "lora_only")));

    private Gen<string> Ia3 => Gen.Select(TargetNames, Gen.Bool, Shared).Select((names, inner, shared) =>
    {
        JsonObject json = Object("IA3", shared);
        json["target_modules"] = names;
        json["feedforward_modules"] = inner ? names.DeepClone() : new JsonArray();
        return json.ToJsonString();
    });

    private Gen<string> Vera => Method("VERA", true, Always("r", Gen.Int[1, 8]), Maybe("d_initial", OneOf(0.1, 1.0)), Maybe("save_projection", Gen.Bool), Rarely("bias", OneOf("all", "vera_only")));

    private Gen<string> LoHa => Method("LOHA", true, Always("r", Gen.Int[1, 5]), Maybe("alpha", Gen.Int[1, 12]), Rarely("rank_pattern", Patterns(5)), Rarely("alpha_pattern", Patterns(12)));

    private Gen<string> LoKr => Method("LOKR", true,
        Always("r", Gen.Int[1, 12]), Maybe("alpha", Gen.Int[1, 12]), Maybe("decompose_both", Gen.Bool), Maybe("decompose_factor", OneOf(-1, 2, 4, 8)), Rarely("rank_pattern", Patterns(8)));

    private Gen<string> Oft => Method("OFT", true,
        Always("oft_block_size", OneOf(2, 4, 8)), Maybe("use_cayley_neumann", Gen.Bool), Rarely("block_share", Gen.Bool), Rarely("coft", Gen.Bool), Rarely("bias", OneOf("all", "oft_only")));

    private Gen<string> Boft => Method("BOFT", true, Always("boft_block_size", OneOf(2, 4, 8)), Rarely("bias", OneOf("all", "boft_only")));

    private Gen<string> Miss => Method("MISS", true, Always("r", OneOf(2, 4, 8)), Rarely("init_weights", OneOf<JsonNode>("mini", "bat")), Rarely("mini_r", OneOf(1, 2)));

    private Gen<string> LnTuning => Shared.Select(shared => Object("LN_TUNING", shared).ToJsonString());

    private Gen<string> TrainableTokens => Tokens.Select(tokens => new JsonObject { ["peft_type"] = "TRAINABLE_TOKENS", ["token_indices"] = tokens }.ToJsonString());

    private static Gen<string> Prefix => Gen.Select(Gen.Int[1, 5], Gen.Bool).Select((count, projected) =>
        $$"""{"peft_type": "PREFIX_TUNING", "num_virtual_tokens": {{count}}, "prefix_projection": {{(projected ? "true" : "false")}}, "encoder_hidden_size": 8}""");

    private static Gen<string> Prompt => Gen.Int[1, 5].Select(count => $$"""{"peft_type": "PROMPT_TUNING", "num_virtual_tokens": {{count}}}""");

    private static Gen<JsonArray> Tokens => Gen.Int[3, 90].HashSet[1, 4].Select(ids => new JsonArray([.. ids.Order().Select(id => (JsonNode?)id)]));

    private Gen<JsonArray> TargetNames => Gen.Shuffle(_linear, 1, 3).Select(names => new JsonArray([.. names.Select(name => (JsonNode?)name)]));

    /// <summary>By name, by whole path, by expression, all, with the embedding or the head among them.</summary>
    private Gen<JsonNode> Targets => Gen.Frequency(
        (5, TargetNames.Select(names => (JsonNode)names)),
        (1, Gen.Const(0).Select(_ => (JsonNode)"all-linear")),
        (1, OneOf(_linear).Select(name => (JsonNode)$@".*\.[01]\..*{name}")),
        (1, TargetNames.Select(names =>
        {
            names.Add(_head ?? _embedding);
            return (JsonNode)names;
        })));

    private Gen<JsonNode> Patterns(int most) =>
        Gen.Select(Gen.Shuffle(_linear, 1, 2), Gen.Int[1, most].Array[2]).Select((names, values) =>
            (JsonNode)new JsonObject(names.Select((name, i) => KeyValuePair.Create(i == 0 ? name : $@"{_layers}\.\d{{,2}}\..*{name}", (JsonNode?)values[i]))));

    /// <summary>What every method has: modules to save, exclusions.</summary>
    private Gen<(string Key, JsonNode? Value)[]> Shared => All(
        Rarely("modules_to_save", Gen.Shuffle((string[])[.. _norms, _embedding, "pooler", .. _head is null ? (string[])[] : [_head]], 0, 2).Select(names => (JsonNode)new JsonArray([.. names.Select(name => (JsonNode?)name)]))));

    private Gen<(string Key, JsonNode? Value)[]> Layers => All(
        Rarely("exclude_modules", OneOf(_linear).Select(name => (JsonNode)new JsonArray(name))),
        Rarely("layers_to_transform", OneOf<JsonNode>(0, new JsonArray(1), new JsonArray(0, 1), new JsonArray()).Select(node => node.DeepClone())));

    private Gen<string> Method(string type, bool targets, params Gen<(string Key, JsonNode? Value)>[] own) =>
        Gen.Select(All(own), Shared, Layers, Targets, Gen.Bool).Select((settings, shared, layers, modules, usual) =>
        {
            JsonObject json = Object(type, [.. settings, .. shared, .. layers]);
            if (targets && !usual)
                json["target_modules"] = modules;
            return json.ToJsonString();
        });

    private static JsonObject Object(string type, IEnumerable<(string Key, JsonNode? Value)> settings)
    {
        JsonObject json = new() { ["peft_type"] = type };
        foreach ((string key, JsonNode? value) in settings)
            if (value is not null)
                json[key] = value.DeepClone();
        return json;
    }

    private static Gen<(string Key, JsonNode? Value)[]> All(params Gen<(string Key, JsonNode? Value)>[] settings) =>
        settings.Aggregate(Gen.Const(Array.Empty<(string Key, JsonNode? Value)>()), (all, next) => Gen.Select(all, next).Select((some, one) => ((string Key, JsonNode? Value)[])[.. some, one]));

    private static Gen<(string Key, JsonNode? Value)> Always<T>(string key, Gen<T> value) => value.Select(v => (key, ToNode(v)));

    private static Gen<(string Key, JsonNode? Value)> Maybe<T>(string key, Gen<T> value) => With(key, value, 1, 1);

    private static Gen<(string Key, JsonNode? Value)> Rarely<T>(string key, Gen<T> value) => With(key, value, 1, 5);

    private static Gen<(string Key, JsonNode? Value)> With<T>(string key, Gen<T> value, int yes, int no) =>
        Gen.Frequency((yes, value.Select(v => (key, ToNode(v)))), (no, Gen.Const((key, (JsonNode?)null))));

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static JsonNode? ToNode<T>(T value) => value as JsonNode ?? JsonValue.Create(value);
}
