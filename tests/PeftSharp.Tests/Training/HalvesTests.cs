using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

public sealed class HalvesTests
{
    [Fact]
    public void Of_Rows_BalancesTheirTokens()
    {
        int[] lengths = [5, 40, 7, 30, 9, 11];
        int[][] halves = Halves.Of([0, 1, 2, 3, 4, 5], row => lengths[row]);
        Assert.Equal([0, 1, 2, 3, 4, 5], halves.SelectMany(half => half).Order());
        Assert.InRange(halves[0].Sum(row => lengths[row]), 49, 53);
        Assert.Equal(102, halves.SelectMany(half => half).Sum(row => lengths[row]));
    }

    [Fact]
    public void Of_TwoRows_GivesOneToEach()
    {
        Assert.Equal([[8], [7]], Halves.Of([7, 8], row => row));
    }
}
