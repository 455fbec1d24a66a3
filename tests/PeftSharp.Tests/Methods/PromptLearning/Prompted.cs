using PeftSharp.Adapters;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>A fixture's base and batch with a prefix of 5 and a prompt of 2.</summary>
internal sealed class Prompted : IDisposable
{
    private readonly GoldenCase _golden;

    public Prompted(string family)
    {
        _golden = GoldenCase.Open($"{family}/base");
        Model.AddAdapter(new PrefixTuningOptions { NumVirtualTokens = 5 }, "prefix", seed: 1);
        Model.AddAdapter(new PromptTuningOptions { NumVirtualTokens = 2 }, "prompt", seed: 2);
    }

    public BaseModel Base => _golden.Base;

    public PeftModel Model => _golden.Model;

    public ModelInput Input => _golden.Input;

    public Targets Targets => _golden.Targets;

    public static Composition One(string name) => name == Composition.BaseName ? Composition.None : Composition.Of(name);

    public ModelInput InputOf(int row) =>
        new() { InputIds = Input.InputIds.narrow(0, row, 1), AttentionMask = Input.AttentionMask!.narrow(0, row, 1) };

    public Tensor Alone(int row, string name) => Model.Forward(InputOf(row), One(name))[0];

    /// <summary>The row without its padding and without a mask.</summary>
    public Tensor Unpadded(int row, string name) =>
        Model.Forward(new ModelInput { InputIds = Input.InputIds.narrow(0, row, 1).narrow(1, 0, Length(row)) }, One(name))[0];

    /// <summary>What stands at real tokens, where there is something for each token.</summary>
    public Tensor Real(Tensor output, int row) => output.dim() == 1 ? output : output.narrow(0, 0, Length(row));

    public void Dispose() => _golden.Dispose();

    private long Length(int row) => Input.AttentionMask!.select(0, row).sum().item<long>();
}
