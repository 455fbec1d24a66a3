using System.Text.Json.Nodes;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>A key of an adapter's config that is not known here is told by every verb that loads it, and refused with --strict.</summary>
public sealed class UnknownKeyTests
{
    private const string Key = "shiny_new_scale";

    public static TheoryData<string> Verbs => ["generate", "merge", "merge --gguf", "export-adapter", "convert-adapter", "combine"];

    [Theory, MemberData(nameof(Verbs))]
    public void Verb_OfAdapterWithUnknownKey_TellsItAndRefusesItIfStrict(string verb)
    {
        using TinyModel tiny = new(decoder: true);
        string adapter = Adapter(tiny), made = tiny.PathOf(verb is "merge --gguf" or "export-adapter" ? "made.gguf" : "made");
        string[] command = verb switch
        {
            "generate" => ["generate", adapter, "Once", "--max_new_tokens", "1"],
            "combine" => ["combine", made, "--adapters", adapter, "--combination_type", "cat"],
            _ => [.. verb.Split(' ')[..1], adapter, made, .. verb.Split(' ')[1..]],
        };
        PeftRun.Fails(1, [.. command, "--strict"], Key);
        Assert.False(Path.Exists(made));
        PeftRun run = PeftRun.Well(command);
        string warning = Assert.Single(run.ErrorLines, line => line.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.Contains(Key, warning, StringComparison.Ordinal);
        Assert.Contains("0.99.0", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_OfAdapterWithUnknownKey_ShowsIt()
    {
        using TinyModel tiny = new(decoder: true);
        Assert.Contains($"'{Key}' is not known", PeftRun.Well("inspect", Adapter(tiny)).Out, StringComparison.Ordinal);
    }

    private static string Adapter(TinyModel tiny)
    {
        using (BaseModel model = BaseModel.Load(tiny.Model))
        using (PeftModel peft = new(model))
        {
            peft.AddAdapter(new LoraOptions { R = 2, Init = LoraInit.Random });
            peft.SaveAdapter(tiny.PathOf("adapter"));
        }
        string path = tiny.PathOf("adapter", "adapter_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config[Key] = 3.0;
        config["use_shiny"] = false;
        config["peft_version"] = "0.99.0";
        File.WriteAllText(path, config.ToJsonString());
        return tiny.PathOf("adapter");
    }
}
