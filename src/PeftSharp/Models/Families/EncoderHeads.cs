using PeftSharp.Models.Heads;

namespace PeftSharp.Models.Families;

/// <summary>The heads that encoders share.</summary>
internal static class EncoderHeads
{
    /// <summary>The classes of each task.</summary>
    /// <param name="name">What they begin with, such as <c>Bert</c>.</param>
    public static IReadOnlyDictionary<TaskType, string> Architectures(string name) => new Dictionary<TaskType, string>
    {
        [TaskType.SequenceClassification] = name + "ForSequenceClassification",
        [TaskType.TokenClassification] = name + "ForTokenClassification",
        [TaskType.QuestionAnswering] = name + "ForQuestionAnswering",
        [TaskType.FeatureExtraction] = name + "Model",
    };

    /// <summary>A label for each token.</summary>
    public static TokenClassifier Tokens(HeadRequest request, double dropout) =>
        new(request.Builder.Head("classifier", request.Backbone.HiddenSize, request.Labels, bias: true), dropout);

    /// <summary>Start and end of an answer.</summary>
    public static SpanHead Span(HeadRequest request, double dropout = 0) =>
        new(request.Builder.Head("qa_outputs", request.Backbone.HiddenSize, 2, bias: true)) { Dropout = dropout };
}
