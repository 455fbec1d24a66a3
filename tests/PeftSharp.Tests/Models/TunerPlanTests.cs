using PeftSharp.Adapters.Composing;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

public sealed class TunerPlanTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ChangesByUse_WithOneThatDoes_IsTrueAlsoInStacksAndAverages(bool changes)
    {
        ISubLayerTuner still = new Tuner(false), other = new Tuner(changes);
        foreach (ISubLayerTuner tuner in (ISubLayerTuner[])[other, SubLayerStack.Of([still, other]), new SubLayerAverage([still, null, other], [1, 1, 1])])
            Assert.Equal(changes, new TunerPlan([], [], [], subLayer: [new(0, still), new(1, tuner)]).ChangesByUse);
    }

    private sealed class Tuner(bool changes) : ISubLayerTuner
    {
        public bool ChangesByUse => changes;

        public Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call) => hidden;

        public Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call) => adapted;
    }
}
