using PeftSharp.Data;
using PeftSharp.Generation;
using PeftSharp.Inference;
using PeftSharp.Models;
using PeftSharp.Text;
using PeftSharp.Workflows.Answers;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Evaluation;

/// <summary>One row as one request to the object that a service would use for the task.</summary>
internal sealed class SingleRequest : IDisposable
{
    /// <summary>Tokens that a request to a language model asks for.</summary>
    public const int NewTokens = 32;

    /// <summary>The most tokens of a prompt that is the beginning of a text.</summary>
    public const int PromptTokens = 64;

    private readonly Action<DataRow> _answer;
    private readonly IDisposable? _owned;

    private SingleRequest(Action<DataRow> answer, IDisposable? owned = null)
    {
        _answer = answer;
        _owned = owned;
    }

    /// <summary>The request of a model's task.</summary>
    /// <exception cref="ConfigException">The task has none.</exception>
    public static SingleRequest Of(LoadedModel model, DataOptions data)
    {
        InferenceModel loaded = new(model.Pretrained, model.Model);
        switch (model.Pretrained.Model.Task)
        {
            // The classifier takes single texts.
            case TaskType.SequenceClassification when data.TextColumns.TextPair is { } pair:
                return new(row => PredictWorkflow.OfTexts(model, data, [row.Text(data.TextColumns.Text), row.Text(pair)]));
            case TaskType.SequenceClassification:
                TextClassifier classifier = new(loaded, data.MaxLength);
                return new(row => classifier.Predict(row.Text(data.TextColumns.Text)), classifier);
            case TaskType.TokenClassification:
                TokenTagger tagger = new(loaded, data.MaxLength);
                return new(row => tagger.Predict((data.TagColumns with { Tags = null }).Read(row).Words), tagger);
            case TaskType.QuestionAnswering:
                QuestionAnswerer answerer = new(loaded, data.MaxLength);
                return new(row => answerer.Answer(row.Text(data.QuestionColumns.Question), row.Text(data.QuestionColumns.Context)), answerer);
            case TaskType.CausalLanguageModel or TaskType.SequenceToSequence:
                TextGenerator generator = new(model.Model, model.Pretrained.Tokenizer);
                GenerationOptions options = generator.Defaults with { MaxNewTokens = NewTokens, DoSample = false, NumBeams = 1 };
                return new(row => generator.Run(Prompt(model, data, row), options), generator);
            default:
                throw new ConfigException($"{model.Location.Model}: there are no requests to time for {model.Pretrained.Model.Task.ToName()}.");
        }
    }

    public void Answer(DataRow row) => _answer(row);

    public void Dispose() => _owned?.Dispose();

    /// <summary>What an encoder-decoder reads; else the row's prompt, or the beginning of its text, cut so that the new tokens have room.</summary>
    private static string Prompt(LoadedModel model, DataOptions data, DataRow row)
    {
        if (model.Pretrained.Model.IsEncoderDecoder)
            return (data.SourceColumns with { Target = null }).Read(row).Source;
        CausalSample sample = data.CausalColumns.Read(row);
        bool isText = data.CausalColumns.Prompt is null;
        string text = isText ? sample.Completion : sample.Prompt;
        int most = isText ? PromptTokens : data.MaxLength ?? int.MaxValue;
        int room = Math.Max(1, model.Model.MaxTokens - NewTokens);
        Encoding start = model.Pretrained.Tokenizer.Encode(text, truncation: new TruncationOptions(Math.Min(most, room)) { KeepOverflow = true });
        return start.Overflowing.Count == 0 ? text : text[..CodePoints.ToUtf16(text, start.Offsets.ToArray().Max(token => token.End))];
    }
}
