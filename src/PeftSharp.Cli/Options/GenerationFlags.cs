using System.CommandLine;
using PeftSharp.Generation;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Options;

/// <summary>The keys of Hugging Face's GenerationConfig as flags, over the model's own <c>generation_config.json</c>.</summary>
internal sealed class GenerationFlags
{
    private readonly Option<int?> _maxNewTokens = Number<int?>("max_new_tokens", "N", "most tokens to add (default: 256)");
    private readonly Option<bool?> _doSample = new("--do_sample") { Description = "draw at random instead of taking the likeliest token (default: false)", HelpName = "true|false", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<double?> _temperature = Number<double?>("temperature", "X", "what logits are divided by before drawing (default: 1)");
    private readonly Option<int?> _topK = Number<int?>("top_k", "N", "draw among so many likeliest tokens; 0 for all (default: 50)");
    private readonly Option<double?> _topP = Number<double?>("top_p", "X", "draw among the fewest tokens that make up this probability (default: 1)");
    private readonly Option<double?> _minP = Number<double?>("min_p", "X", "leave out tokens less likely than this share of the likeliest (default: 0)");
    private readonly Option<double?> _repetitionPenalty = Number<double?>("repetition_penalty", "X", "above 1: make tokens that came before less likely (default: 1)");
    private readonly Option<int?> _numBeams = Number<int?>("num_beams", "N", "follow so many texts at once; the text comes at the end (default: 1)");
    private readonly Option<double?> _lengthPenalty = Number<double?>("length_penalty", "X", "of beams: above 0 favours long texts (default: 1)");
    private readonly Option<ulong?> _seed = Number<ulong?>("seed", "N", "seed of the draws; unset: another each time");
    private readonly Option<string[]> _stop = new("--stop_strings") { Description = "a text that ends the generation; may be given several times", HelpName = "TEXT" };

    /// <summary>The options, to add to a command.</summary>
    public IEnumerable<Option> Options =>
        [_maxNewTokens, _doSample, _temperature, _topK, _topP, _minP, _repetitionPenalty, _numBeams, _lengthPenalty, _seed, _stop];

    /// <summary>The model's options with the flags over them.</summary>
    /// <exception cref="ConfigException">A value is out of its range.</exception>
    public GenerationOptions Read(ParseResult parsed, GenerationOptions model)
    {
        GenerationOptions options = model with
        {
            MaxNewTokens = parsed.GetValue(_maxNewTokens) ?? model.MaxNewTokens,
            DoSample = parsed.GetResult(_doSample) is { Implicit: false } ? parsed.GetValue(_doSample) ?? true : model.DoSample,
            Temperature = parsed.GetValue(_temperature) ?? model.Temperature,
            TopK = parsed.GetValue(_topK) ?? model.TopK,
            TopP = parsed.GetValue(_topP) ?? model.TopP,
            MinP = parsed.GetValue(_minP) ?? model.MinP,
            RepetitionPenalty = parsed.GetValue(_repetitionPenalty) ?? model.RepetitionPenalty,
            NumBeams = parsed.GetValue(_numBeams) ?? model.NumBeams,
            LengthPenalty = parsed.GetValue(_lengthPenalty) ?? model.LengthPenalty,
            Seed = parsed.GetValue(_seed) ?? model.Seed,
            StopStrings = parsed.GetValue(_stop) is { Length: > 0 } stop ? stop : model.StopStrings,
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException error)
        {
            throw new ConfigException(error.Message, error);
        }
        return options;
    }

    private static Option<T> Number<T>(string name, string helpName, string help) => new($"--{name}") { Description = help, HelpName = helpName };
}
