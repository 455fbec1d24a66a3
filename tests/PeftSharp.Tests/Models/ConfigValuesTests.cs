using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

/// <summary>Values of config.json: what changes the numbers is followed or refused, and never passes silently.</summary>
public sealed class ConfigValuesTests
{
    [Theory]
    [InlineData("bert", ", \"hidden_act\": \"prelu\"", "hidden_act 'prelu' is not supported")]
    [InlineData("bert", ", \"position_embedding_type\": \"relative_key\"", "position_embedding_type 'relative_key' is not supported")]
    [InlineData("bert", ", \"is_decoder\": true, \"add_cross_attention\": true", "add_cross_attention is true")]
    [InlineData("bert", ", \"pruned_heads\": {\"0\": [1]}", "pruned_heads is not empty")]
    [InlineData("bert", ", \"is_decoder\": 1", "'is_decoder' must be true or false")]
    [InlineData("bert", ", \"pad_token_id\": 60", "'pad_token_id' is 60")]
    [InlineData("bert", ", \"problem_type\": \"ranking\"", "'problem_type' must be one of regression")]
    [InlineData("bert", ", \"num_labels\": 3, \"id2label\": {\"0\": \"a\", \"1\": \"b\"}", "'num_labels' is 3 and id2label names 2")]
    [InlineData("llama", ", \"hidden_act\": \"xielu\"", "hidden_act 'xielu' is not supported")]
    [InlineData("llama", ", \"pad_token_id\": -61", "'pad_token_id' is -61")]
    [InlineData("llama", ", \"partial_rotary_factor\": 0.5", "turns whole heads")]
    [InlineData("mistral", ", \"sliding_window\": 0", "'sliding_window' must be a whole number above 0")]
    [InlineData("qwen2", ", \"layer_types\": [\"full_attention\"]", "'layer_types' names 1 layers and num_hidden_layers is 2")]
    [InlineData("qwen2", ", \"layer_types\": [\"full_attention\", \"chunked_attention\"]", "'layer_types' has 'chunked_attention'")]
    [InlineData("qwen3", ", \"layer_types\": [\"full_attention\", \"sliding_attention\"]", "there is no sliding_window")]
    [InlineData("gpt2", ", \"add_cross_attention\": true", "add_cross_attention is true")]
    [InlineData("gpt_neox", ", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"partial_rotary_factor\": 1.5}", "at most 1")]
    [InlineData("opt", ", \"layerdrop\": 0.1", "layerdrop is 0.1")]
    [InlineData("opt", ", \"layer_norm_elementwise_affine\": false", "layer_norm_elementwise_affine is false")]
    [InlineData("gemma", ", \"use_bidirectional_attention\": true", "use_bidirectional_attention is true")]
    [InlineData("gemma2", ", \"final_logit_softcapping\": 0", "'final_logit_softcapping' must be above 0", TaskType.CausalLanguageModel)]
    [InlineData("gemma2", ", \"query_pre_attn_scalar\": -4", "'query_pre_attn_scalar' must be above 0")]
    [InlineData("phi3", ", \"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1], \"long_factor\": [1, 2]}", "'short_factor' must be a list of 2 numbers")]
    public void Create_WhatIsNotFollowed_IsRefused(string family, string more, string message, TaskType task = TaskType.SequenceClassification) => Assert.Contains(
        message, Assert.Throws<PeftException>(() => TinyConfigs.Create(family, task, more)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"model_type\": \"mixtral\"", "The nearest one is mistral: if this model has all of its parts")]
    [InlineData("\"model_type\": \"deepseek\", \"rms_norm_eps\": 1e-6, \"mlp_bias\": false", "The nearest one is llama (both have rms_norm_eps, mlp_bias)")]
    [InlineData("\"model_type\": \"codegen\", \"n_embd\": 8, \"n_head\": 2", "The nearest one is gpt2 (both have n_embd, n_head)")]
    [InlineData("\"model_type\": \"zzzzzzzzzzzzzzzz\"", "is not supported; supported are ")]
    public void Create_OfUnknownFamily_NamesTheNearest(string config, string message) => Assert.Contains(
        message, Assert.Throws<PeftException>(() => BaseModel.Create(ModelConfig.Parse($"{{{config}}}", "config.json"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("bert", "", 0L)]
    [InlineData("bert", ", \"pad_token_id\": null", null)]
    [InlineData("bert", ", \"pad_token_id\": 7", 7L)]
    [InlineData("llama", "", null)]
    [InlineData("llama", ", \"pad_token_id\": -1", 59L)]
    public void PaddingRow_IsThatOfTorch(string family, string more, long? row)
    {
        using BaseModel model = TinyConfigs.Create(family, TaskType.FeatureExtraction, more);
        Assert.Equal(row, model.TokenEmbedding.PaddingIndex);
    }

    [Fact]
    public void Forward_BertAsDecoder_SeesNoLaterToken()
    {
        using var scope = NewDisposeScope();
        using BaseModel causal = TinyConfigs.Create("bert", TaskType.FeatureExtraction, ", \"is_decoder\": true"), usual = TinyConfigs.Create("bert", TaskType.FeatureExtraction);
        Tensor ids = tensor([3L, 14, 15, 9, 26, 5]).unsqueeze(0), other = tensor([3L, 14, 15, 9, 50, 51]).unsqueeze(0);
        Assert.True(Same(causal) < 1e-6);
        Assert.True(Same(usual) > 1e-3);

        double Same(BaseModel model) => model.Forward(new() { InputIds = ids }, Pass.Bare)[0, ..4]
            .sub(model.Forward(new() { InputIds = other }, Pass.Bare)[0, ..4]).abs().max().item<float>();
    }

    [Fact]
    public void Forward_TokenTypeOutsideTheModels_IsSaid()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create("bert", TaskType.FeatureExtraction);
        ModelInput input = new() { InputIds = ones([1, 3], dtype: ScalarType.Int64), TokenTypeIds = tensor([0L, 1, 2]).unsqueeze(0) };
        Assert.Contains("token_type_ids has 2", Assert.Throws<PeftException>(() => model.Forward(input, Pass.Bare)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, ProblemType.Regression)]
    [InlineData("", 3, ProblemType.SingleLabel)]
    [InlineData(", \"problem_type\": \"multi_label_classification\"", 3, ProblemType.MultiLabel)]
    [InlineData(", \"problem_type\": \"regression\"", 3, ProblemType.Regression)]
    [InlineData(", \"problem_type\": null", 3, ProblemType.SingleLabel)]
    public void ProblemType_FollowsTheConfigThenTheLabels(string more, int labels, ProblemType expected)
    {
        using BaseModel model = TinyConfigs.Create("bert", TaskType.SequenceClassification, more, Names(labels));
        Assert.Equal(expected, model.ProblemType);
        using BaseModel told = TinyConfigs.Create("bert", TaskType.SequenceClassification, more, Names(labels), ProblemType.MultiLabel);
        Assert.Equal(ProblemType.MultiLabel, told.ProblemType);
    }

    [Theory]
    [InlineData("llama", "multi_label_classification")]
    [InlineData("bert", "multi_label_classification")]
    [InlineData("bert", null)]
    public void Loss_OfSeveralLabels_IsTheMeanBinaryCrossEntropy(string family, string? problem)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create(family, TaskType.SequenceClassification, problem is null ? "" : $", \"problem_type\": \"{problem}\"", Names(3));
        ModelInput input = new() { InputIds = tensor(new long[,] { { 4, 5, 6 }, { 7, 8, 9 } }) };
        Tensor targets = tensor(new float[,] { { 1, 0, 1 }, { 0, 0, 1 } });
        double[] logits = [.. model.Forward(input, Pass.Bare).data<float>().ToArray().Select(x => (double)x)];
        double[] wanted = [1, 0, 1, 0, 0, 1];
        double expected = logits.Zip(wanted, (x, y) => -((y * LogSigmoid(x)) + ((1 - y) * LogSigmoid(-x)))).Average();
        Assert.Equal(expected, model.Loss(input, new() { Labels = targets }, Pass.Bare).Mean().item<float>(), 1e-6);

        static double LogSigmoid(double x) => -Math.Log(1 + Math.Exp(-x));
    }

    [Fact]
    public void Loss_OfSeveralNumbers_IsTheMeanSquare()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create("bert", TaskType.SequenceClassification, ", \"problem_type\": \"regression\"", Names(2));
        ModelInput input = new() { InputIds = tensor(new long[,] { { 4, 5, 6 }, { 7, 8, 9 } }) };
        float[] logits = model.Forward(input, Pass.Bare).data<float>().ToArray();
        double expected = logits.Zip((float[])[0.5f, -1, 2, 0.25f], (x, y) => Math.Pow(x - y, 2)).Average();
        Assert.Equal(expected, model.Loss(input, new() { Labels = tensor(new float[,] { { 0.5f, -1 }, { 2, 0.25f } }) }, Pass.Bare).Mean().item<float>(), 1e-5);
    }

    [Fact]
    public void Loss_LabelsOfAnotherProblem_AreRefused()
    {
        using var scope = NewDisposeScope();
        using BaseModel single = TinyConfigs.Create("bert", TaskType.SequenceClassification, ", \"problem_type\": \"single_label_classification\"", Names(3));
        using BaseModel several = TinyConfigs.Create("bert", TaskType.SequenceClassification, ", \"problem_type\": \"multi_label_classification\"", Names(3));
        ModelInput input = new() { InputIds = tensor(new long[,] { { 4, 5, 6 }, { 7, 8, 9 } }) };
        Refused(single, new() { Labels = zeros([2, 3]) }, "int64 (batch)");
        Refused(several, new() { Labels = zeros([2], dtype: ScalarType.Int64) }, "needs targets [2, 3], not [2]");
        Refused(several, new() { Labels = zeros([2, 3]), LabelSmoothing = 0.1 }, "label_smoothing_factor");

        void Refused(BaseModel model, Targets targets, string message) =>
            Assert.Contains(message, Assert.Throws<PeftException>(() => model.Loss(input, targets, Pass.Bare)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_OfTokensWithOneLabel_IsACrossEntropyToo()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create("llama", TaskType.TokenClassification, labels: Names(1));
        LossSum loss = model.Loss(new() { InputIds = ones([1, 3], dtype: ScalarType.Int64) }, new() { Labels = zeros([1, 3], dtype: ScalarType.Int64) }, Pass.Bare);
        Assert.Equal((0f, 3L), (loss.Sum.item<float>(), loss.Count));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(id => $"L{id}")];
}
