namespace PeftSharp.Tensors;

/// <summary>Uses of several things at once: all of them or none.</summary>
internal static class UserGroup
{
    /// <summary>Begins a use of each.</summary>
    /// <returns>Null, or the one that is closed; then none is in use.</returns>
    public static UseCount? TryEnter(UseCount[] all, bool whileHeld = false)
    {
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i].TryEnter(whileHeld))
                continue;
            for (int entered = 0; entered < i; entered++)
                all[entered].Exit();
            return all[i];
        }
        return null;
    }

    /// <summary>Ends them.</summary>
    public static void Exit(UseCount[] all)
    {
        foreach (UseCount one in all)
            one.Exit();
    }
}
