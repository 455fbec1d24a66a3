using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Generation;
using PeftSharp.Generation.Settings;
using PeftSharp.IO;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Options;

/// <summary>The keys of Hugging Face's GenerationConfig as flags, over the model's own <c>generation_config.json</c>.</summary>
internal sealed class GenerationFlags
{
    private readonly (GenerationKey Key, Option Option)[] _flags = [.. GenerationKeys.All.Select(key => (key, Flag(key)))];
    private readonly Option<ulong?> _seed = new("--seed") { Description = "seed of the draws; unset: another each time", HelpName = "N" };

    /// <summary>The options, to add to a command.</summary>
    public IEnumerable<Option> Options => [.. _flags.Select(flag => flag.Option), _seed];

    /// <summary>The model's options with the flags over them.</summary>
    /// <exception cref="ConfigException">A value is of the wrong kind or out of its range.</exception>
    public GenerationOptions Read(ParseResult parsed, GenerationOptions model)
    {
        try
        {
            JsonSettings given = Given(parsed);
            GenerationOptions options = GenerationKeys.Read(given, model) with { Seed = parsed.GetValue(_seed) ?? model.Seed };
            // A flag counts more than the file's max_new_tokens.
            if (given.Has("max_length") && !given.Has("max_new_tokens"))
                options = options.WithMaxLength(options.MaxLength!.Value);
            options.Validate();
            return options;
        }
        catch (Exception error) when (error is ArgumentException or PeftException and not ConfigException)
        {
            throw new ConfigException(error.Message, error);
        }
    }

    /// <summary>Says which flags have no effect because of what others are; empty for none.</summary>
    public IEnumerable<string> WithoutEffect(ParseResult parsed, GenerationOptions options)
    {
        string[] drawing = [.. _flags.Where(flag => flag.Key.IsOfDrawing && IsGiven(parsed, flag.Option)).Select(flag => $"--{flag.Key.Name}")];
        string[] beams = [.. _flags.Where(flag => flag.Key.IsOfBeams && IsGiven(parsed, flag.Option)).Select(flag => $"--{flag.Key.Name}")];
        if (drawing.Length > 0 && !options.DoSample)
            yield return $"{string.Join(", ", drawing)} only counts where tokens are drawn: the likeliest token is taken each time; add --do_sample to draw.";
        if (beams.Length > 0 && options.NumBeams == 1)
            yield return $"{string.Join(", ", beams)} only counts with beams; add --num_beams N.";
    }

    private JsonSettings Given(ParseResult parsed)
    {
        JsonObject values = [];
        foreach ((GenerationKey key, Option option) in _flags)
            if (IsGiven(parsed, option))
                values[key.Name] = option is Option<bool?> isOn ? parsed.GetValue(isOn) ?? true : Value(key, parsed.GetValue((Option<string[]>)option) ?? []);
        return JsonSettings.Parse(values.ToJsonString(), "command line");
    }

    /// <summary>What was typed as JSON: a list may be typed without its brackets.</summary>
    private static JsonNode? Value(GenerationKey key, string[] typed)
    {
        if (key.IsText)
            return new JsonArray([.. typed.Select(text => (JsonNode)text)]);
        string text = string.Join(',', typed);
        try
        {
            return JsonNode.Parse(key.IsList && !text.StartsWith('[') ? $"[{text}]" : text);
        }
        catch (JsonException)
        {
            // Such as .5, which JSON does not have.
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : text;
        }
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    // A switch takes no word after it but true and false.
    private static Option Flag(GenerationKey key) => key.IsSwitch
        ? new Option<bool?>($"--{key.Name}") { Description = key.Help, HelpName = key.Placeholder, Arity = ArgumentArity.ZeroOrOne }
        : new Option<string[]>($"--{key.Name}") { Description = key.Help, HelpName = key.Placeholder, Arity = ArgumentArity.OneOrMore };
}
