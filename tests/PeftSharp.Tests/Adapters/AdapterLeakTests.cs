using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Tests.Tensors;
using Xunit;

namespace PeftSharp.Tests.Adapters;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class AdapterLeakTests
{
    private static string LlamaBase => Fixtures.PathOf("hf_peft", "llama", "base");

    [Fact]
    public void LoadAndDispose_ManyTimes_LeavesNoTensors()
    {
        long before = Cycle();
        for (int i = 0; i < 5; i++)
            Assert.Equal(before, Cycle());
    }

    private static long Cycle()
    {
        using (BaseModel model = BaseModel.Load(LlamaBase))
        using (PeftModel peft = new(model))
        {
            peft.LoadAdapter(Fixtures.PathOf("hf_peft", "llama", "pissa"));
            peft.LoadAdapter(Fixtures.PathOf("hf_peft", "llama", "lora_embed"), "other");
            peft.Merge();
        }
        return LiveTensors.Settled();
    }
}
