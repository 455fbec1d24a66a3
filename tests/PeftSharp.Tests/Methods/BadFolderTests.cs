using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods;

/// <summary>Saved folders whose tensors are missing, too many or of another shape.</summary>
public sealed class BadFolderTests
{
    public static TheoryData<string> Methods =>
        [.. ((string[])["ia3", "vera", "loha", "lokr", "oft", "boft", "adalora", "ln_tuning"]).Where(name => Directory.Exists(Fixtures.PathOf("hf_peft", "llama", name)))];

    [Theory, MemberData(nameof(Methods))]
    public void Load_WithoutATensor_NamesIt(string method) =>
        Assert.All(Keys(method), key => Assert.Contains($"1 missing ({key})", Refused(method, tensors => tensors.Remove(key)), StringComparison.Ordinal));

    [Theory, MemberData(nameof(Methods))]
    public void Load_WithATensorTooMany_NamesIt(string method) =>
        Assert.Contains("1 unexpected (base_model.model.stray)", Refused(method, tensors => tensors["base_model.model.stray"] = zeros(2)), StringComparison.Ordinal);

    [Theory, MemberData(nameof(Methods))]
    public void Load_OfAnotherShape_NamesKeyAndShapes(string method) =>
        Assert.All(Keys(method), key =>
        {
            string message = Refused(method, tensors => tensors[key] = cat([tensors[key], tensors[key]], 0));
            Assert.Contains($"'{key}' is [", message, StringComparison.Ordinal);
            Assert.Contains("needs [", message, StringComparison.Ordinal);
        });

    private static IReadOnlyList<string> Keys(string method)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.PathOf("hf_peft", "llama", method, "adapter_model.safetensors"));
        return [.. file.Names];
    }

    private static string Refused(string method, Action<Dictionary<string, Tensor>> change)
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        string source = Fixtures.PathOf("hf_peft", "llama", method);
        Dictionary<string, Tensor> tensors = [];
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(source, "adapter_model.safetensors")))
            foreach (string name in file.Names)
                tensors[name] = file.Load(name).clone();
        change(tensors);
        File.Copy(Path.Combine(source, "adapter_config.json"), folder.At("adapter_config.json"));
        SafetensorsWriter.Write(folder.At("adapter_model.safetensors"), tensors.Select(pair => (pair.Key, pair.Value)));
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(() => peft.LoadAdapter(folder.Root));
        Assert.Empty(peft.Adapters);
        return error.Message;
    }
}
