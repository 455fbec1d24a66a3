using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PeftSharp.Generation;

namespace PeftSharp.Inference;

/// <summary>Registers the objects of this namespace as singletons: loaded at first use, freed with the provider.</summary>
/// <example><code>
/// builder.Services.AddPeftTextClassifier(o => { o.Model = "assets/models/all-MiniLM-L6-v2"; o.Adapter = "runs/banking77/adapter"; });
/// app.MapGet("/intent", (TextClassifier classifier, string text) => classifier.Predict(text).Label);
/// </code></example>
public static class InferenceServices
{
    /// <summary>Registers a <see cref="TextClassifier"/>. A host checks the options when it starts.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the folders.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    public static IServiceCollection AddPeftTextClassifier(
        this IServiceCollection services, Action<InferenceOptions> configure, string? serviceKey = null) =>
        Add(services, configure, serviceKey, TextClassifier.Load);

    /// <summary>Registers a <see cref="TextClassifier"/> with the options of a section of the configuration, such as <c>appsettings.json</c>'s.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; a key that is no option is an error when the host starts.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    public static IServiceCollection AddPeftTextClassifier(this IServiceCollection services, IConfiguration section, string? serviceKey = null) =>
        AddPeftTextClassifier(services, Of(section), serviceKey);

    /// <summary>Registers a <see cref="TextEmbedder"/>. A host checks the options when it starts.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the folders.</param>
    /// <param name="defaults">The prompt and the length of vectors where calls do not say otherwise; null takes what the model's files say.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    /// <exception cref="ArgumentException">A default is out of its range.</exception>
    public static IServiceCollection AddPeftTextEmbedder(
        this IServiceCollection services, Action<InferenceOptions> configure, EmbeddingOptions? defaults = null, string? serviceKey = null)
    {
        defaults?.Validate();
        return Add(services, configure, serviceKey, options => TextEmbedder.Load(options, defaults));
    }

    /// <summary>Registers a <see cref="TextEmbedder"/> with the options of a section of the configuration, such as <c>appsettings.json</c>'s.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; a key that is no option is an error when the host starts.</param>
    /// <param name="defaults">The prompt and the length of vectors where calls do not say otherwise; null takes what the model's files say.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    public static IServiceCollection AddPeftTextEmbedder(
        this IServiceCollection services, IConfiguration section, EmbeddingOptions? defaults = null, string? serviceKey = null) =>
        AddPeftTextEmbedder(services, Of(section), defaults, serviceKey);

    /// <summary>Registers a <see cref="TokenTagger"/>. A host checks the options when it starts.</summary>
    /// <inheritdoc cref="AddPeftTextClassifier(IServiceCollection, Action{InferenceOptions}, string?)"/>
    public static IServiceCollection AddPeftTokenTagger(
        this IServiceCollection services, Action<InferenceOptions> configure, string? serviceKey = null) =>
        Add(services, configure, serviceKey, TokenTagger.Load);

    /// <summary>Registers a <see cref="TokenTagger"/> with the options of a section of the configuration, such as <c>appsettings.json</c>'s.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; a key that is no option is an error when the host starts.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    public static IServiceCollection AddPeftTokenTagger(this IServiceCollection services, IConfiguration section, string? serviceKey = null) =>
        AddPeftTokenTagger(services, Of(section), serviceKey);

    /// <summary>Registers a <see cref="QuestionAnswerer"/>. A host checks the options when it starts.</summary>
    /// <inheritdoc cref="AddPeftTextClassifier(IServiceCollection, Action{InferenceOptions}, string?)"/>
    public static IServiceCollection AddPeftQuestionAnswerer(
        this IServiceCollection services, Action<InferenceOptions> configure, string? serviceKey = null) =>
        Add(services, configure, serviceKey, QuestionAnswerer.Load);

    /// <summary>Registers a <see cref="QuestionAnswerer"/> with the options of a section of the configuration, such as <c>appsettings.json</c>'s.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; a key that is no option is an error when the host starts.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    public static IServiceCollection AddPeftQuestionAnswerer(this IServiceCollection services, IConfiguration section, string? serviceKey = null) =>
        AddPeftQuestionAnswerer(services, Of(section), serviceKey);

    /// <summary>Registers a <see cref="TextGenerator"/>. A host checks the options when it starts.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the folders.</param>
    /// <param name="defaults">What calls without options use; null takes the model's <c>generation_config.json</c>.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    /// <exception cref="ArgumentException">A default is out of its range.</exception>
    public static IServiceCollection AddPeftTextGenerator(
        this IServiceCollection services, Action<InferenceOptions> configure, GenerationOptions? defaults = null, string? serviceKey = null)
    {
        defaults?.Validate();
        return Add(services, configure, serviceKey, options => Owning.Create(
            InferenceModel.LoadWriter(options),
            model => new TextGenerator(model.Model, model.Tokenizer, defaults, owned: model) { DisposeTimeout = options.DisposeTimeout }));
    }

    /// <summary>Registers a <see cref="TextGenerator"/> with the options of a section of the configuration, such as <c>appsettings.json</c>'s.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; a key that is no option is an error when the host starts.</param>
    /// <param name="defaults">What calls without options use; null takes the model's <c>generation_config.json</c>.</param>
    /// <param name="serviceKey">A key, where an application has several.</param>
    public static IServiceCollection AddPeftTextGenerator(
        this IServiceCollection services, IConfiguration section, GenerationOptions? defaults = null, string? serviceKey = null) =>
        AddPeftTextGenerator(services, Of(section), defaults, serviceKey);

    private static Action<InferenceOptions> Of(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return options => InferenceSection.Bind(section, options);
    }

    private static IServiceCollection Add<TService>(
        IServiceCollection services, Action<InferenceOptions> configure, string? serviceKey, Func<InferenceOptions, TService> load)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        // Each registration has options of its own.
        string name = serviceKey is null ? typeof(TService).Name : $"{typeof(TService).Name}:{serviceKey}";
        services.AddOptions<InferenceOptions>(name).Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InferenceOptions>>(new Validation(name));
        if (serviceKey is null)
            services.AddSingleton(Make);
        else
            services.AddKeyedSingleton(serviceKey, (provider, _) => Make(provider));
        return services;

        TService Make(IServiceProvider provider) => load(provider.GetRequiredService<IOptionsMonitor<InferenceOptions>>().Get(name));
    }

    private sealed class Validation(string name) : IValidateOptions<InferenceOptions>
    {
        public ValidateOptionsResult Validate(string? asked, InferenceOptions options)
        {
            if (asked != name)
                return ValidateOptionsResult.Skip;
            try
            {
                options.Validate();
                return ValidateOptionsResult.Success;
            }
            catch (ArgumentException wrong)
            {
                return ValidateOptionsResult.Fail($"{name}: {wrong.Message}");
            }
        }
    }
}
