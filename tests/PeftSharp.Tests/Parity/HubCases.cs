using System.Text.Json.Nodes;
using PeftSharp.AdapterFolders;
using PeftSharp.Adapters;
using PeftSharp.AdapterFolders.Hub;
using PeftSharp.IO;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.HubLora;
using PeftSharp.Methods.Reft;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>What is particular to the cases of <c>adapters/</c>.</summary>
internal static class HubCases
{
    /// <summary>The name of the adapter in all of them.</summary>
    public const string Name = "a";

    private const string FusionName = "a,b";

    public static bool IsFusion(string folder) => File.Exists(Path.Combine(folder, "adapter_fusion_config.json"));

    public static bool IsHub(string folder) =>
        IsFusion(folder) || (File.Exists(Path.Combine(folder, "adapter_config.json")) && HubConfig.Is(Config(folder)));

    /// <summary>True where the library merges a scale into the weight and leaves the bias as it is: its result is another model.</summary>
    public static bool MergesWithoutBias(string name)
    {
        string folder = GoldenCases.PathOf(name);
        return IsHub(folder) && !IsFusion(folder)
            && HubConfig.Read(Config(folder)).Options is HubLoraOptions { Scales: true }
            && Config(folder).Text("model_type") is "bart" or "bert" or "roberta" or "distilbert" or "gpt2";
    }

    public static string NameIn(string folder) => IsFusion(folder) ? FusionName : Name;

    /// <summary>Loads a fusion, and makes it active over its frozen adapters: those beside it, else those of <c>composition/</c>.</summary>
    public static Adapter LoadFusion(PeftModel model, string folder)
    {
        string family = Path.GetDirectoryName(folder)!;
        string adapters = Directory.Exists(Path.Combine(folder, "a")) ? folder : Path.Combine(family, "composition");
        foreach (string name in (string[])["a", "b"])
            model.LoadAdapter(Path.Combine(adapters, name), name).RequireGradients(false);
        string source = folder;
        DirectoryInfo? both = null;
        if (!File.Exists(Path.Combine(folder, "model_adapter_fusion.safetensors")))
        {
            // The same weights under another config.
            both = Directory.CreateTempSubdirectory("peftsharp-");
            source = both.FullName;
            File.Copy(Path.Combine(folder, "adapter_fusion_config.json"), Path.Combine(source, "adapter_fusion_config.json"));
            File.Copy(Path.Combine(family, "fusion_dynamic", "model_adapter_fusion.safetensors"), Path.Combine(source, "model_adapter_fusion.safetensors"));
        }
        Adapter fusion = model.LoadAdapter(source);
        both?.Delete(recursive: true);
        model.Active = Composition.Fuse("a", "b");
        return fusion;
    }

    /// <summary>
    /// Loads a folder. The library trains what <c>learn_phm: false</c> freezes, so those cases are loaded as if it were true;
    /// and its files do not say that an adapter is DiReFT.
    /// </summary>
    public static Adapter Load(PeftModel model, string folder, string name = PeftModel.DefaultAdapter)
    {
        if (!IsHub(folder))
            return model.LoadAdapter(folder, name);
        PeftOptions options = HubConfig.Read(Config(folder)).Options;
        PeftOptions changed = options switch
        {
            BottleneckOptions { Phm: { LearnRule: false } phm } bottleneck => bottleneck with { Phm = phm with { LearnRule = true } },
            ReftOptions reft when IsDiReft(folder) => reft with { SubtractProjection = false },
            _ => options,
        };
        bool forgets = ForgetsTensors(folder);
        if (ReferenceEquals(changed, options) && !forgets)
            return model.LoadAdapter(folder, name);
        Adapter adapter = model.AddAdapter(changed, name);
        using HubCheckpoint file = HubFolder.Open(model.Base, folder, Name);
        if (forgets)
            Fill(adapter, file, folder);
        else
            AdapterFolder.Fill(adapter, file, folder);
        return adapter;
    }

    /// <summary>True for a folder in which the library forgets a trained tensor (T5's <c>phm_rule</c>): no one can load it as it was.</summary>
    public static bool ForgetsTensors(string folder) =>
        Path.Combine(folder, "case.json") is var file && File.Exists(file)
        && JsonNode.Parse(File.ReadAllText(file))!["key_map"] is JsonObject map && map.Any(pair => pair.Value is null) && IsHub(folder);

    /// <summary>Gives an adapter what the file has, and the rest from the fixture.</summary>
    private static void Fill(Adapter adapter, HubCheckpoint file, string folder)
    {
        using var noGrad = no_grad();
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        foreach (TrainableTensor tensor in adapter.Trainable)
        {
            using Tensor value = file.Contains(tensor.Key) ? file.Load(tensor.Key) : expected.Load($"init.{HubKeys.ToHub(tensor.Key, Name)}");
            tensor.Value.copy_(value);
        }
    }

    private static bool IsDiReft(string folder) =>
        Path.Combine(folder, "case.json") is var file && File.Exists(file)
        && JsonNode.Parse(File.ReadAllText(file))!["config_class"]?.GetValue<string>() == "DiReftConfig";

    private static JsonSettings Config(string folder) => JsonSettings.Load(Path.Combine(folder, "adapter_config.json"));
}
