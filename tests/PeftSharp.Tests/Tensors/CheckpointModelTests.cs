using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Tensors.Pickle;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

/// <summary>Models and adapters out of files of torch.save, which are to be the same as out of safetensors.</summary>
public sealed class CheckpointModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Copy(string from, string name, string to, bool legacy)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(from, name));
        _folder.Put(to, RawTorch.StateDict(file, legacy));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_ModelAndAdapterOfTorchSave_GiveTheSameLogits(bool legacy)
    {
        string basis = Fixtures.PathOf("hf_peft", "bert", "base"), adapter = Fixtures.PathOf("hf_peft", "bert", "lora");
        Directory.CreateDirectory(_folder.At("base"));
        Directory.CreateDirectory(_folder.At("lora"));
        File.Copy(Path.Combine(basis, "config.json"), _folder.At("base", "config.json"));
        File.Copy(Path.Combine(adapter, "adapter_config.json"), _folder.At("lora", "adapter_config.json"));
        Copy(basis, "model.safetensors", Path.Combine("base", "pytorch_model.bin"), legacy);
        Copy(adapter, "adapter_model.safetensors", Path.Combine("lora", "adapter_model.bin"), legacy);
        using (ICheckpoint expected = Checkpoint.Open(basis), found = Checkpoint.Open(_folder.At("base")))
        {
            Assert.Equal(expected.Names, found.Names);
            foreach (string name in expected.Names)
            {
                using torch.Tensor one = expected.Load(name), other = found.Load(name);
                Assert.Equal(one.bytes.ToArray(), other.bytes.ToArray());
            }
        }
        // Where a matrix begins in memory decides which vector code multiplies it, and so the last bit.
        foreach ((float one, float other) in Logits(basis, adapter).Zip(Logits(_folder.At("base"), _folder.At("lora"))))
            Assert.Equal(one, other, 1e-6f * Math.Max(1, Math.Abs(one)));
    }

    private static float[] Logits(string basis, string adapter)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BaseModel model = BaseModel.Load(basis, new BaseModelOptions { Dtype = torch.ScalarType.Float32 });
        using PeftModel peft = new(model);
        peft.LoadAdapter(adapter);
        torch.Tensor ids = torch.tensor([5L, 6, 7, 8]).reshape(1, 4);
        return peft.Forward(new ModelInput { InputIds = ids }, Composition.Of(PeftModel.DefaultAdapter)).data<float>().ToArray();
    }

    [Fact]
    public void Load_Float8WithScalesBesideIt_IsRefused()
    {
        _folder.Put("model.safetensors", RawSafetensors.Of(
            "{\"w\":" + RawSafetensors.Entry("F8_E4M3", "2", "0,2") + ",\"w_scale_inv\":" + RawSafetensors.Entry("F8_E8M0", "1", "2,3") + ",\"free\":" + RawSafetensors.Entry("F8_E4M3", "1", "3,4") + "}", 0x38, 0x38, 127, 0x40));
        using CheckpointWeights weights = new(_folder.Path);
        Assert.Contains("'w_scale_inv'", Assert.Throws<PeftException>(() => weights.Load("w", [2], torch.ScalarType.Float32, torch.CPU)).Message, StringComparison.Ordinal);
        using torch.Tensor free = weights.Load("free", [1], torch.ScalarType.Float32, torch.CPU);
        Assert.Equal(2f, free.item<float>());
    }
}
