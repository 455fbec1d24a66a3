using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Methods.Lora.Combining;
using PeftSharp.Workflows.Adapting;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft combine</c>.</summary>
internal static class CombineVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string> output = new("output") { HelpName = "OUTPUT", Description = "adapter folder to make" };
        Option<string[]> adapters = new("--adapters")
        {
            Description = "folders of the LoRA adapters, or of the runs that trained them, all of one base",
            HelpName = "FOLDER...",
            AllowMultipleArgumentsPerToken = true,
            Required = true,
        };
        Option<string[]> weights = new("--weights")
        {
            Description = "one number an adapter, negative ones take its effect away; unset: equal shares that add up to 1",
            HelpName = "NUMBER...",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string> type = new("--combination_type") { Description = "how (default: svd)", HelpName = "TYPE", DefaultValueFactory = _ => "svd" };
        Option<double?> density = new("--density") { Description = "share of values that ties, dare and magnitude_prune keep, above 0 and at most 1", HelpName = "SHARE" };
        Option<int?> rank = new("--svd_rank") { Description = "rank of the result for svd and the types with _svd; unset: the largest of the adapters'", HelpName = "N" };
        rank.Validators.Add(result => SharedOptions.RequirePositive(result, "--svd_rank"));
        Option<string> sign = new("--majority_sign_method")
        {
            Description = "how ties elects the sign of a value: by the total of the values or by the number of adapters (default: total)",
            HelpName = "total|frequency",
            DefaultValueFactory = _ => "total",
        };
        Option<long> seed = new("--seed") { Description = "of dare's random pruning (default: 42)", HelpName = "N", DefaultValueFactory = _ => 42 };
        Option<string?> baseModel = SharedOptions.BaseModel();
        Option<bool> force = SharedOptions.Force();
        Option<bool> json = SharedOptions.Json("what was made");
        Option<bool> strict = SharedOptions.Strict();
        Command command = new("combine", "makes one LoRA adapter of several") { output, adapters, weights, type, density, rank, sign, seed, baseModel, force, json, strict };
        command.SetAction(parsed =>
        {
            string[] folders = parsed.GetRequiredValue(adapters);
            CombineResult result = CombineWorkflow.Run(
                new WeightedCombination
                {
                    Adapters = folders,
                    Weights = Weights(parsed.GetValue(weights) ?? [], folders.Length),
                    CombinationType = parsed.GetRequiredValue(type),
                    Density = parsed.GetValue(density),
                    SvdRank = parsed.GetValue(rank),
                    MajoritySignMethod = parsed.GetRequiredValue(sign),
                    Seed = parsed.GetValue(seed),
                },
                parsed.GetRequiredValue(output), parsed.GetValue(baseModel), parsed.GetValue(force), new AdapterNotes(terminal.Warn, parsed.GetValue(strict)));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(ToJson(result)));
            else
                terminal.Out.WriteLine(
                    $"{result.Folder}: {result.Adapters.Count} adapters by {result.CombinationType}, weights {string.Join(", ", result.Weights.Select(Text))}; rank {result.Rank}, {Tables.Count(result.Values)} values.");
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            $"Makes one LoRA adapter of several of the same base, as peft's add_weighted_adapter. TYPE is one of {string.Join(", ", CombineWorkflow.Types)}: cat is the exact sum (its rank is the sum of theirs), svd the nearest to it of a given rank; linear weights the factors and needs equal ranks; ties, dare_* and magnitude_prune drop small or random values first (--density) so that adapters disturb each other less, and with _svd do so on the product of the factors, which any ranks allow. Adapters of another method become LoRA by peft convert-adapter. At most one of them may bring a trained head.",
            [
                new("peft combine both --adapters runs/a runs/b --weights .5 .5 --combination_type ties --density .5", "two tasks in one adapter"),
                new("peft combine sum --adapters runs/a/adapter runs/b/adapter --weights 1 1 --combination_type cat", "the exact sum"),
                new("peft combine without --adapters runs/a runs/b --weights 1 -0.5 --svd_rank 16", "take half of the second's effect away"),
            ]);
    }

    private static double[] Weights(string[] texts, int adapters)
    {
        if (texts.Length == 0)
            return [.. Enumerable.Repeat(1.0 / adapters, adapters)];
        return [.. texts.Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) && double.IsFinite(weight)
            ? weight
            : throw new ConfigException($"--weights: '{text}' is no number."))];
    }

    private static JsonObject ToJson(CombineResult result) => new()
    {
        ["folder"] = result.Folder,
        ["adapters"] = new JsonArray([.. result.Adapters.Select(folder => (JsonNode)folder)]),
        ["weights"] = new JsonArray([.. result.Weights.Select(weight => (JsonNode)weight)]),
        ["combination_type"] = result.CombinationType,
        ["rank"] = result.Rank,
        ["values"] = result.Values,
    };

    private static string Text(double weight) => weight.ToString("0.###", CultureInfo.InvariantCulture);
}
