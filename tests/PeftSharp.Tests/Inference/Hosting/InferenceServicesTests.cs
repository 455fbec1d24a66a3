using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Inference;
using PeftSharp.Models;
using Xunit;

namespace PeftSharp.Tests.Inference.Hosting;

public sealed class InferenceServicesTests
{
    [Fact]
    public void AddPeftTextClassifier_Resolved_IsOneObjectThatWorksAndIsFreed()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 2, labels: ["no", "yes", "maybe"]);
        ServiceCollection services = new();
        services.AddPeftTextClassifier(o =>
        {
            o.Model = folder.Model;
            o.Adapter = folder.Adapter("a");
            o.Adapters["other"] = folder.Adapter("b");
        });
        TextClassifier classifier;
        using (ServiceProvider provider = services.BuildServiceProvider())
        {
            provider.GetRequiredService<IStartupValidator>().Validate();
            classifier = provider.GetRequiredService<TextClassifier>();
            Assert.Same(classifier, provider.GetRequiredService<TextClassifier>());
            Assert.NotEqual(classifier.Predict("where").Score, classifier.Predict("where", Composition.Of("other")).Score);
        }
        Assert.True(classifier.Model.Model.Base.Parameters[0].Value.IsInvalid);
    }

    [Fact]
    public void AddPeftTextGenerator_Resolved_GeneratesWithItsDefaults()
    {
        using TinyFolder folder = new(TaskType.CausalLanguageModel, adapters: 1);
        ServiceCollection services = new();
        services.AddPeftTextGenerator(o => { o.Model = folder.Model; o.Adapter = folder.Adapter("a"); }, new GenerationOptions { MaxNewTokens = 5 });
        using ServiceProvider provider = services.BuildServiceProvider();
        TextGenerator generator = provider.GetRequiredService<TextGenerator>();
        Assert.InRange(generator.Run("Once upon a time").CompletionTokens, 1, 5);
        Assert.Throws<ArgumentException>(() => services.AddPeftTextGenerator(o => { }, new GenerationOptions { TopP = 7 }));
    }

    [Fact]
    public void AddPeftTextEmbedder_TwoOfThemByKey_AreUnlikeObjects()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction, adapters: 1);
        ServiceCollection services = new();
        services.AddPeftTextEmbedder(o => o.Model = folder.Model, serviceKey: "plain");
        services.AddPeftTextEmbedder(o => { o.Model = folder.Model; o.Adapter = folder.Adapter("a"); }, serviceKey: "adapted");
        using ServiceProvider provider = services.BuildServiceProvider();
        TextEmbedder plain = provider.GetRequiredKeyedService<TextEmbedder>("plain");
        TextEmbedder adapted = provider.GetRequiredKeyedService<TextEmbedder>("adapted");
        Assert.NotEqual(plain.Embed("card"), adapted.Embed("card"));
    }

    [Fact]
    public void AddPeftTokenTaggerAndQuestionAnswerer_Resolved_Work()
    {
        using TinyFolder tags = new(TaskType.TokenClassification, labels: ["O", "B-X"]);
        using TinyFolder questions = new(TaskType.QuestionAnswering);
        ServiceCollection services = new();
        services.AddPeftTokenTagger(o => o.Model = tags.Model);
        services.AddPeftQuestionAnswerer(o => o.Model = questions.Model);
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal(["O", "B-X"], provider.GetRequiredService<TokenTagger>().Labels);
        Assert.NotNull(provider.GetRequiredService<QuestionAnswerer>().Answer("Who?", "Ada did."));
    }

    [Fact]
    public void AddPeftTextClassifier_OfASection_BindsItAndNamesWhatIsNoOption()
    {
        using TinyFolder folder = new(TaskType.SequenceClassification, adapters: 2, labels: ["no", "yes", "maybe"]);
        Dictionary<string, string?> values = new()
        {
            ["Classifier:Model"] = folder.Model,
            ["Classifier:adapter"] = folder.Adapter("a"),
            ["Classifier:Adapters:other"] = folder.Adapter("b"),
            ["Classifier:BatchSize"] = "7",
            ["Classifier:DisposeTimeout"] = "00:00:05",
        };
        ServiceCollection services = new();
        services.AddPeftTextClassifier(Section());
        using (ServiceProvider provider = services.BuildServiceProvider())
        {
            Assert.NotEmpty(provider.GetRequiredService<TextClassifier>().Predict("card", Composition.Of("other")).Label);
            Assert.Equal(TimeSpan.FromSeconds(5), provider.GetRequiredService<TextClassifier>().Model.DisposeTimeout);
        }
        values["Classifier:Adaptr"] = folder.Adapter("a");
        ServiceCollection misspelt = new();
        misspelt.AddPeftTextClassifier(Section());
        using ServiceProvider second = misspelt.BuildServiceProvider();
        PeftException error = Assert.Throws<PeftException>(() => second.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains("Classifier:Adaptr", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"Adapter\"", error.Message, StringComparison.Ordinal);

        IConfiguration Section() => new ConfigurationBuilder().AddInMemoryCollection(values).Build().GetSection("Classifier");
    }

    [Fact]
    public void Section_HasEveryOption() => Assert.Equal(
        typeof(InferenceOptions).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal),
        InferenceSection.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void AddPeftTextClassifier_WrongOptions_FailAtStartWithTheirName()
    {
        ServiceCollection services = new();
        services.AddPeftTextClassifier(o => o.Model = "no such folder");
        services.AddPeftTextEmbedder(o => { });
        using ServiceProvider provider = services.BuildServiceProvider();
        string[] failures = [.. Assert.Throws<AggregateException>(() => provider.GetRequiredService<IStartupValidator>().Validate())
            .InnerExceptions.Cast<OptionsValidationException>().SelectMany(error => error.Failures)];
        Assert.Contains(failures, failure => failure.Contains("TextClassifier", StringComparison.Ordinal) && failure.Contains("no such folder", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.Contains("TextEmbedder", StringComparison.Ordinal) && failure.Contains("Model is not set", StringComparison.Ordinal));
        Assert.Throws<OptionsValidationException>(provider.GetRequiredService<TextClassifier>);
    }
}
