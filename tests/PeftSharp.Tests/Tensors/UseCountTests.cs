using PeftSharp.Tensors;
using Xunit;

namespace PeftSharp.Tests.Tensors;

public sealed class UseCountTests
{
    [Fact]
    public void Close_OfWhatNobodyUses_FreesAtOnceAndOnce()
    {
        int freed = 0;
        UseCount count = new(this, () => freed++);
        count.Close();
        count.Close();
        Assert.Equal(1, freed);
        Assert.True(count.Freed.IsCompletedSuccessfully);
        Assert.False(count.TryEnter());
        Assert.False(count.TryEnter(whileHeld: true));
        Assert.Contains(nameof(UseCountTests), Assert.Throws<ObjectDisposedException>(() => count.Enter()).ObjectName, StringComparison.Ordinal);
    }

    [Fact]
    public void Close_OfWhatIsUsed_FreesWithTheLastUser()
    {
        int freed = 0;
        UseCount count = new(this, () => freed++);
        using (count.Enter())
        {
            count.Close();
            Assert.False(count.TryEnter());
            Assert.True(count.TryEnter(whileHeld: true));
            count.Exit();
            Assert.Equal(0, freed);
        }
        Assert.Equal(1, freed);
    }

    [Fact]
    public void Enter_OnManyThreadsWhileItCloses_NeverMeetsWhatIsFreed()
    {
        for (int round = 0; round < 200; round++)
        {
            bool alive = true;
            int met = 0;
            UseCount count = new(this, () => Volatile.Write(ref alive, false));
            Parallel.For(0, 4, i =>
            {
                if (i == round % 4)
                    count.Close();
                for (int j = 0; j < 50 && count.TryEnter(); j++)
                {
                    if (!Volatile.Read(ref alive))
                        Interlocked.Increment(ref met);
                    count.Exit();
                }
            });
            Assert.Equal(0, met);
            Assert.False(alive);
        }
    }
}
