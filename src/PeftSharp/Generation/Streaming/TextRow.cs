using System.Text;
using PeftSharp.Text;

namespace PeftSharp.Generation.Streaming;

/// <summary>The text of one row as it grows.</summary>
internal sealed class TextRow(Tokenizer tokenizer, GenerationOptions options, Action<string>? onText)
{
    private readonly DecodeStream _stream = tokenizer.CreateDecodeStream();
    private readonly StopFilter _filter = new(options.StopStrings);
    private readonly StringBuilder _text = new();

    /// <summary>Takes the next token; false where a stop string has come.</summary>
    public bool Add(int token)
    {
        // The end token says that the text is over and is no part of it, special or not.
        if (options.EosTokenIds is null || !options.EosTokenIds.Contains(token))
            Show(_filter.Add(_stream.Add(token)));
        return !_filter.Stopped;
    }

    /// <summary>The result, once all tokens are in.</summary>
    public GenerationResult Finish(GeneratedTokens tokens)
    {
        // Half a character that no length let be finished is no text.
        Show(_filter.Add(_stream.Flush(keepIncomplete: tokens.FinishReason != FinishReason.Length)));
        Show(_filter.Flush());
        FinishReason reason = _filter.Stopped ? FinishReason.Stop : tokens.FinishReason;
        return new GenerationResult(_text.ToString(), reason, tokens.PromptTokens, tokens.Ids.Count);
    }

    private void Show(string text)
    {
        if (text.Length == 0)
            return;
        _text.Append(text);
        onText?.Invoke(text);
    }
}
