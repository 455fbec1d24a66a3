using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Methods.Lora.Converting;
using PeftSharp.Workflows.Adapting;
using PeftSharp.Workflows.Loading;
using Spectre.Console;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft convert-adapter</c>.</summary>
internal static class ConvertAdapterVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string> model = SharedOptions.Model();
        Argument<string> output = new("output") { HelpName = "OUTPUT", Description = "adapter folder to make" };
        Option<string> to = new("--to")
        {
            Description = "method of the new adapter (default: lora)",
            HelpName = string.Join('|', ConvertAdapterWorkflow.Targets),
            DefaultValueFactory = _ => "lora",
        };
        to.AcceptOnlyFromAmong([.. ConvertAdapterWorkflow.Targets]);
        Option<string> rank = new("--r")
        {
            Description = "rank of every module, or the share of the update to keep, such as 0.99, each module getting the rank it needs (default: 16)",
            HelpName = "N|SHARE",
            DefaultValueFactory = _ => "16",
        };
        Option<string?> adapter = SharedOptions.Adapter();
        Option<string?> baseModel = SharedOptions.BaseModel();
        Option<bool> force = SharedOptions.Force();
        Option<bool> json = SharedOptions.Json("the errors");
        Option<bool> strict = SharedOptions.Strict();
        Command command = new("convert-adapter", "rewrites an adapter of another method as LoRA") { model, output, to, rank, adapter, baseModel, force, json, strict };
        command.SetAction(parsed =>
        {
            ModelLocation location = ModelLocation.Resolve(parsed.GetRequiredValue(model), parsed.GetValue(adapter), parsed.GetValue(baseModel));
            ConvertAdapterResult result = ConvertAdapterWorkflow.Run(
                location, parsed.GetRequiredValue(output), ConversionRank.Parse(parsed.GetRequiredValue(rank)), parsed.GetValue(force), new AdapterNotes(terminal.Warn, parsed.GetValue(strict)));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(ToJson(result)));
            else
                Write(terminal, result);
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            "Rewrites an adapter (DoRA, PiSSA, LoHa, LoKr, VeRA, OFT, BOFT, AdaLoRA, IA3, MiSS) as plain LoRA, which every library and server loads and which can be combined with others. Each layer's change of the weight is cut to its largest singular values; what is lost is told for each module and for all together: 0.02 means that the update is off by 2%. PiSSA of rank r is exact at --r 2r, LoHa at r², VeRA and AdaLoRA at their own r; rotations (OFT, BOFT), DoRA and IA3 have full rank and lose something at any small one.",
            [
                new("peft convert-adapter runs/loha/adapter lora-of-it --to lora --r 16", "one rank for all modules"),
                new("peft convert-adapter runs/oft lora-of-it --r 0.99", "ranks that keep 99% of each update"),
                new("peft convert-adapter pissa-adapter lora-of-it --r 32 --base_model models/Llama", "PiSSA of rank 16, exactly"),
            ]);
    }

    private static void Write(Terminal terminal, ConvertAdapterResult result)
    {
        Table table = Tables.Create("module", "rank", "size of the update", "relative error");
        foreach (ConvertedModule module in result.Modules)
            table.Row(module.Path, Tables.Count(module.Rank), Number(module.UpdateNorm), Number(module.RelativeError));
        terminal.OutConsole.Write(table);
        terminal.Out.WriteLine(
            $"{result.Folder}: {result.From} as LORA, {Tables.Count(result.Values)} values; the update is off by {Number(result.RelativeError)} of its size over all {result.Modules.Count} modules.");
    }

    private static JsonObject ToJson(ConvertAdapterResult result) => new()
    {
        ["folder"] = result.Folder,
        ["from"] = result.From,
        ["to"] = "LORA",
        ["values"] = result.Values,
        ["relative_error"] = result.RelativeError,
        ["modules"] = new JsonArray([.. result.Modules.Select(module => new JsonObject
        {
            ["path"] = module.Path,
            ["rank"] = module.Rank,
            ["update_norm"] = module.UpdateNorm,
            ["relative_error"] = module.RelativeError,
        })]),
    };

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
