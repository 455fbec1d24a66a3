namespace PeftSharp.Inference;

/// <summary>Making an object that takes over another.</summary>
internal static class Owning
{
    /// <summary>Makes the owner; where that fails, what it was to own is freed.</summary>
    public static TOwner Create<TOwned, TOwner>(TOwned owned, Func<TOwned, TOwner> make)
        where TOwned : IDisposable
    {
        try
        {
            return make(owned);
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }
}
