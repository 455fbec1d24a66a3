using System.CommandLine;

namespace PeftSharp.Cli.Options;

/// <summary>Options and arguments that several verbs have.</summary>
internal static class SharedOptions
{
    public static Option<bool> Json(string what) => new("--json") { Description = $"write {what} as JSON" };

    public static Option<bool> Force() => new("--force") { Description = "replace OUTPUT if it is there" };

    public static Option<bool> Strict() => new("--strict") { Description = "refuse an adapter whose config has keys that are not known here" };

    public static Option<string?> Adapter() => new("--adapter")
    {
        Description = "adapter folder to use on the model, where MODEL is a base model",
        HelpName = "FOLDER",
    };

    public static Option<string?> BaseModel() => new("--base_model")
    {
        Description = "base model of the adapter, where it is not where it was in training",
        HelpName = "FOLDER",
    };

    public static Option<int> BatchSize() => new("--batch_size", "--per_device_eval_batch_size")
    {
        Description = "rows of a forward pass (default: 32)",
        HelpName = "N",
        DefaultValueFactory = _ => 32,
        Validators = { result => RequirePositive(result, "--batch_size") },
    };

    public static Option<int?> Latency(string what) => new("--latency")
    {
        Description = what,
        HelpName = "N",
        Validators = { result => RequirePositive(result, "--latency") },
    };

    public static Argument<string?> Config(string what) => new("config")
    {
        HelpName = "CONFIG",
        Description = $"{what}; without one everything is given by flags",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Argument<string> Model() => new("model")
    {
        HelpName = "MODEL",
        Description = "folder of a run, of an adapter, or of a model; or a .gguf file",
    };

    /// <summary>Adds an error where a number is not above 0.</summary>
    public static void RequirePositive(System.CommandLine.Parsing.OptionResult result, string name)
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, out int number) && number < 1)
            result.AddError($"{name} must be at least 1, not {number}");
    }
}
