using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Adapters.Hub;
using PeftSharp.IO;
using PeftSharp.Methods.Bottleneck;

namespace PeftSharp.Tests.Parity;

/// <summary>What is particular to the cases of <c>adapters/</c>.</summary>
internal static class HubCases
{
    /// <summary>The name of the adapter in all of them.</summary>
    public const string Name = "a";

    public static bool IsHub(string folder) =>
        File.Exists(Path.Combine(folder, "adapter_config.json")) && HubConfig.Is(Config(folder));

    /// <summary>
    /// Loads a folder. The library trains what <c>learn_phm: false</c> freezes, so those cases are loaded as if it were true.
    /// </summary>
    public static Adapter Load(PeftModel model, string folder, string name = PeftModel.DefaultAdapter)
    {
        if (!IsHub(folder) || HubConfig.Read(Config(folder)).Options is not BottleneckOptions { Phm: { LearnRule: false } phm } options)
            return model.LoadAdapter(folder, name);
        Adapter adapter = model.AddAdapter(options with { Phm = phm with { LearnRule = true } }, name);
        using HubCheckpoint file = HubFolder.Open(model.Base, folder, Name);
        AdapterFolder.Fill(adapter, file, folder);
        return adapter;
    }

    /// <summary>Sets right what <see cref="Load"/> changes.</summary>
    public static void Forgive(JsonObject expected, JsonObject actual)
    {
        if (expected["config"]?["learn_phm"]?.GetValue<bool>() == false)
            actual["config"]!["learn_phm"] = false;
    }

    private static JsonSettings Config(string folder) => JsonSettings.Load(Path.Combine(folder, "adapter_config.json"));
}
