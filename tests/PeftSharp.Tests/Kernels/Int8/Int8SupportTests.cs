using PeftSharp.Kernels.Int8;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Int8;

public sealed class Int8SupportTests
{
    [Fact]
    public void WhyNot_WithoutVnni_NamesTheProcessor()
    {
        CpuFeatures old = CpuFeatures.Current with { Model = "Old Thing", Vnni = false };
        string reason = Assert.IsType<string>(Int8Support.WhyNot(old, DeviceType.CPU));
        Assert.Contains("Old Thing", reason, StringComparison.Ordinal);
        Assert.Contains("VNNI", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OnAnotherDevice_IsRefusedBeforeAnyWeightIsRead()
    {
        PeftException error = Assert.Throws<PeftException>(() => BaseModel.Load(
            TinyModel.FolderOf("llama"), new BaseModelOptions { Compute = ComputeMode.Int8, Device = META }));
        Assert.Contains("compute: int8", error.Message, StringComparison.Ordinal);
        Assert.Contains("meta", error.Message, StringComparison.Ordinal);
    }
}
