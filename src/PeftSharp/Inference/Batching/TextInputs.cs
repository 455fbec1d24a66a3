using PeftSharp.Data;
using PeftSharp.Text;

namespace PeftSharp.Inference.Batching;

/// <summary>Turns texts into inputs that fit the model; what is too long is cut. Safe for many threads.</summary>
internal sealed class TextInputs
{
    private readonly Tokenizer _tokenizer;
    private readonly TruncationOptions _truncation;

    /// <param name="model">The model.</param>
    /// <param name="maxLength">The most tokens; null takes what the model can.</param>
    public TextInputs(InferenceModel model, int? maxLength)
    {
        if (maxLength > model.Model.MaxTokens)
            throw new ArgumentException($"max_length {maxLength} is more than the {model.Model.MaxTokens} positions that the model has for text.", nameof(maxLength));
        int length = maxLength ?? model.MaxLength;
        if (length <= model.Tokenizer.CountSpecialTokens())
            throw new ArgumentException($"max_length {length} leaves no room for text beside the {model.Tokenizer.CountSpecialTokens()} special tokens.", nameof(maxLength));
        _tokenizer = model.Tokenizer;
        _truncation = new TruncationOptions(length) { Direction = model.Settings.TruncationSide };
        MaxLength = length;
    }

    public int MaxLength { get; }

    private TruncationOptions Windowed => new(MaxLength) { KeepOverflow = true, Stride = MaxLength / 8 };

    public IReadOnlyList<Encoding> Encode(IReadOnlyList<string> texts)
    {
        RequireTexts(texts, "Text");
        return Checked(_tokenizer.EncodeBatch(texts, truncation: _truncation));
    }

    public IReadOnlyList<Encoding> Encode(IReadOnlyList<(string Text, string TextPair)> texts) =>
        Checked([.. texts.Select(text => _tokenizer.Encode(text.Text, text.TextPair, truncation: _truncation))]);

    /// <summary>A text whole: as so many pieces as it takes, each sharing an eighth of its tokens with the one before.</summary>
    public IReadOnlyList<Encoding> EncodeWindows(string text) => Windows(_tokenizer.Encode(text, truncation: Windowed));

    /// <inheritdoc cref="EncodeWindows(string)"/>
    public IReadOnlyList<Encoding> EncodeWindows(IReadOnlyList<string> words)
    {
        RequireTexts(words, "Word");
        return Windows(_tokenizer.EncodeWords(words, truncation: Windowed));
    }

    /// <summary>A question with each piece of a context.</summary>
    /// <exception cref="ArgumentException">The question alone is too long.</exception>
    public IReadOnlyList<Encoding> EncodeWindows(string question, string context) =>
        Windows(_tokenizer.Encode(question, context, truncation: Windowed with { Strategy = TruncationStrategy.OnlySecond }));

    /// <summary>Segments only where there is more than one: a model takes none for all 0.</summary>
    public static EncodedExample Example(Encoding encoding) =>
        new(encoding.ToIdArray(), encoding.TypeIds.ContainsAnyExcept(0) ? encoding.TypeIds.ToArray() : null);

    private static void RequireTexts(IReadOnlyList<string> texts, string what)
    {
        for (int i = 0; i < texts.Count; i++)
            if (texts[i] is null)
                throw new ArgumentException($"{what} {i} is null.", nameof(texts));
    }

    private static IReadOnlyList<Encoding> Windows(Encoding first) => Checked([first, .. first.Overflowing]);

    private static IReadOnlyList<Encoding> Checked(IReadOnlyList<Encoding> texts)
    {
        for (int i = 0; i < texts.Count; i++)
            if (texts[i].Length == 0)
                throw new ArgumentException($"Text {i} is empty and the tokenizer adds no special tokens, so there is nothing to compute with.", nameof(texts));
        return texts;
    }
}
