using System.Collections.Concurrent;
using System.Diagnostics;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.Models;
using PeftSharp.Tests.Inference;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Adapters;

/// <summary>Adapters and bases that go while calls run: new calls are refused, running ones end as they began.</summary>
public sealed class AdapterLifetimeTests
{
    private static readonly string[] _labels = ["card", "transfer", "fee"];
    private static readonly string[] _texts = ["where is my card", "the transfer has not arrived", "fees?", "why"];

    [Fact]
    public void RemoveAdapter_WhileACallHoldsIt_FreesItsTensorsWhenTheCallEnds()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 2, labels: _labels);
        using InferenceModel served = InferenceModel.Load(folder.Options, TaskType.SequenceClassification);
        Tensor weight = served.Model.Adapters["a"].Trainable[0].Value;
        using (AdapterHold hold = served.Model.Hold())
        {
            served.Model.RemoveAdapter("a");
            Assert.Throws<AdapterNotFoundException>(() => served.Model.Pass(Composition.Of("a")));
            Assert.False(weight.IsInvalid);
            using Tensor logits = served.Model.Base.Forward(Input(), hold.Pass(Composition.Of("a")));
            Assert.False(weight.IsInvalid);
        }
        Assert.True(weight.IsInvalid);
    }

    [Fact]
    public void Forward_WithAPassThatOutlivedItsAdapter_IsRefused()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 2, labels: _labels);
        using InferenceModel served = InferenceModel.Load(folder.Options, TaskType.SequenceClassification);
        Pass alone = served.Model.Pass(Composition.Of("a")), mixed = served.Model.Pass(Composition.ByRow("b", "a"));
        Pass other = served.Model.Pass(Composition.Of("b"));
        served.Model.RemoveAdapter("a");
        Assert.Throws<ObjectDisposedException>(() => served.Model.Base.Forward(Input(), alone));
        Assert.Throws<ObjectDisposedException>(() => served.Model.Base.Forward(Input(2), mixed));
        served.Model.Base.Forward(Input(), other).Dispose();
        Tensor weight = served.Model.Adapters["b"].Trainable[0].Value;
        served.Model.RemoveAdapter("b");
        // What the refused passes had entered, they have left.
        Assert.True(weight.IsInvalid);
    }

    [Fact]
    public void Dispose_WhileACallRuns_FreesBaseAndAdaptersWhenItEnds()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 1, labels: _labels);
        InferenceModel served = InferenceModel.Load(folder.Options, TaskType.SequenceClassification);
        Tensor frozen = served.Model.Base.Parameters[0].Value, trained = served.Model.Adapters["a"].Trainable[0].Value;
        AdapterHold hold = served.Model.Hold();
        served.Dispose();
        Assert.Throws<ObjectDisposedException>(() => served.Model.Pass());
        Assert.Throws<ObjectDisposedException>(() => served.Model.Base.Forward(Input(), Pass.Bare));
        Assert.Throws<ObjectDisposedException>(() => served.Model.LoadAdapter(folder.Adapter("a"), "again"));
        served.Model.Base.Forward(Input(), hold.Pass(Composition.Of("a"))).Dispose();
        Assert.False(frozen.IsInvalid || trained.IsInvalid);
        hold.Dispose();
        Assert.True(frozen.IsInvalid && trained.IsInvalid);
        served.Dispose();
    }

    [Fact]
    public void Unmerge_WhileACallHoldsTheWeights_FreesThemWhenItEnds()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 1, labels: _labels);
        using InferenceModel served = InferenceModel.Load(folder.Options, TaskType.SequenceClassification);
        served.Model.Merge(Composition.Of("a"));
        Pass merged = served.Model.Pass();
        using (AdapterHold hold = served.Model.Hold())
        {
            served.Model.Unmerge();
            Assert.False(served.Model.IsMerged);
            served.Model.Base.Forward(Input(), hold.Pass()).Dispose();
        }
        Assert.Throws<ObjectDisposedException>(() => served.Model.Base.Forward(Input(), merged));
    }

    [Fact]
    public void ReplaceAdapter_ByWhatDoesNotFit_KeepsTheOldOne()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 1, labels: _labels);
        using TextClassifier classifier = TextClassifier.Load(folder.Options);
        float before = classifier.Predict("card", Composition.Of("a")).Score;
        PeftModel model = classifier.Model.Model;
        Assert.Equal("b", Assert.Throws<AdapterNotFoundException>(() => model.ReplaceAdapter(folder.Adapter("a"), "b")).Name);
        Assert.Throws<FileNotFoundException>(() => model.ReplaceAdapter(folder.Model, "a"));
        Assert.Equal(before, classifier.Predict("card", Composition.Of("a")).Score);
    }

    [Fact]
    public async Task ReplaceAdapter_UnderLoad_GivesTheOldOrTheNewAnswerAndNeverNone()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 3, labels: _labels);
        InferenceOptions options = new() { Model = folder.Model };
        options.Adapters["live"] = folder.Adapter("a");
        using TextClassifier classifier = TextClassifier.Load(options);
        PeftModel model = classifier.Model.Model;
        Composition live = Composition.Of("live");
        HashSet<float> allowed = [];
        foreach (string name in folder.Names)
        {
            await model.ReplaceAdapterAsync(folder.Adapter(name), "live", TestContext.Current.CancellationToken);
            allowed.Add(classifier.Predict(_texts[0], live).Score);
        }
        Assert.Equal(3, allowed.Count);
        using CancellationTokenSource stop = new();
        ConcurrentBag<float> given = [];
        Task[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                given.Add(classifier.Predict(_texts[0], live).Score);
        }))];
        long until = Stopwatch.GetTimestamp() + 2 * Stopwatch.Frequency;
        for (int i = 0; Stopwatch.GetTimestamp() < until || i < 6; i++)
            await model.ReplaceAdapterAsync(folder.Adapter(folder.Names[i % 3]), "live", TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.NotEmpty(given);
        Assert.All(given, score => Assert.Contains(score, allowed));
    }

    [Fact]
    public async Task RemoveAndDispose_UnderLoad_EndInAnswersOrTheNamedErrors()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 4, labels: _labels);
        for (int round = 0; round < 4; round++)
        {
            TextClassifier classifier = TextClassifier.Load(folder.Options);
            PeftModel model = classifier.Model.Model;
            Composition mixed = Composition.ByRow([.. folder.Names]);
            Classification[] right = [.. classifier.Predict(_texts, mixed)];
            using CountdownEvent running = new(4);
            Task[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                running.Signal();
                try
                {
                    while (true)
                        Assert.Equal(right.Select(answer => answer.Score), classifier.Predict(_texts, mixed).Select(answer => answer.Score), (x, y) => MathF.Abs(x - y) < 1e-5f);
                }
                catch (Exception end) when (end is AdapterNotFoundException or ObjectDisposedException)
                {
                    // What a call may meet when its adapter or the classifier goes.
                }
            }))];
            running.Wait(TestContext.Current.CancellationToken);
            await Task.Delay(100, TestContext.Current.CancellationToken);
            if (round % 2 == 0)
                model.RemoveAdapter(folder.Names[round]);
            classifier.Dispose();
            await Task.WhenAll(callers);
            Assert.True(model.Base.Parameters[0].Value.IsInvalid);
        }
    }

    [Fact]
    public void Hold_OfASmallModel_AllocatesNothing()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 2, labels: _labels);
        using InferenceModel served = InferenceModel.Load(folder.Options, TaskType.SequenceClassification);
        Pass pass = served.Model.Pass(Composition.Of("a"));
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Use();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Use()
        {
            using AdapterHold hold = served.Model.Hold();
            using PassUse use = PassUse.Begin(served.Model.Base.Users, pass);
        }
    }

    private static ModelInput Input(int rows = 1) => new() { InputIds = ones([rows, 5], dtype: ScalarType.Int64) };
}
