using PeftSharp.Methods.Lora;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using Xunit;

namespace PeftSharp.Tests.Methods.Lora;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class DoraLeakTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Train_ThenDispose_LeavesNoTensorBehind(double dropout) =>
        TwoRounds.LeaveNothing(
            () =>
            {
                TinyModel tiny = TinyModel.Open("llama", new LoraOptions { R = 4, UseDora = true, LoraDropout = dropout });
                // The squares of the weights' rows are kept from the first pass on.
                tiny.Train(tiny.Data(8), Runs.Short(1));
                return tiny;
            },
            tiny => tiny.Train(tiny.Data(8), Runs.Short(3)));
}
