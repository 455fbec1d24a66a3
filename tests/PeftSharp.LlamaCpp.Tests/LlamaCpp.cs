using LLama;
using LLama.Common;
using LLama.Native;

namespace PeftSharp.LlamaCpp.Tests;

/// <summary>A GGUF file in llama.cpp, in float32 throughout, maybe with an adapter.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly ModelParams _options;
    private readonly LLamaWeights _model;

    static LlamaCpp() => NativeLibraryConfig.All.WithLogCallback((_, _) => { });

    public LlamaCpp(string path)
    {
        _options = new ModelParams(path)
        {
            ContextSize = 256,
            GpuLayerCount = 0,
            Threads = 1,
            BatchThreads = 1,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
        };
        _model = LLamaWeights.LoadFromFile(_options);
    }

    /// <summary>The tokens of a text by llama.cpp's own tokenizer.</summary>
    public int[] Tokenize(string text) =>
        [.. _model.NativeHandle.Tokenize(text, addBos: false, special: false, System.Text.Encoding.UTF8).Select(token => (int)token)];

    /// <summary>The likeliest next token again and again, and the logits of the first.</summary>
    public (int[] Tokens, float[] Logits) Greedy(IReadOnlyList<int> prompt, int count, string? adapter = null)
    {
        using LLamaContext context = _model.CreateContext(_options);
        if (adapter is not null)
            context.NativeHandle.SetLoraAdapters([(_model.NativeHandle.LoadLoraFromFile(adapter), 1f)]);
        LLamaBatch batch = new();
        for (int i = 0; i < prompt.Count; i++)
            batch.Add(prompt[i], i, LLamaSeqId.Zero, i == prompt.Count - 1);
        List<int> tokens = [];
        float[] first = [];
        for (int position = prompt.Count; tokens.Count < count; position++)
        {
            DecodeResult result = context.NativeHandle.Decode(batch);
            if (result != DecodeResult.Ok)
                throw new InvalidOperationException($"llama.cpp: {result}");
            float[] logits = context.NativeHandle.GetLogitsIth(batch.TokenCount - 1).ToArray();
            if (tokens.Count == 0)
                first = logits;
            int next = Array.IndexOf(logits, logits.Max());
            tokens.Add(next);
            batch.Clear();
            batch.Add(next, position, LLamaSeqId.Zero, true);
        }
        return ([.. tokens], first);
    }

    public void Dispose() => _model.Dispose();
}
