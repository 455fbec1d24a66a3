namespace PeftSharp.Training;

/// <summary>Two halves of a batch with about as many tokens in each.</summary>
internal static class Halves
{
    /// <summary>Longest first, each row to the half that has fewer tokens so far; both have rows if there are two.</summary>
    /// <param name="rows">The rows, at least two.</param>
    /// <param name="length">How many tokens a row has.</param>
    public static int[][] Of(int[] rows, Func<int, int> length)
    {
        List<int> first = [], second = [];
        long left = 0, right = 0;
        foreach (int row in rows.OrderByDescending(length))
        {
            if (left <= right)
            {
                first.Add(row);
                left += length(row);
            }
            else
            {
                second.Add(row);
                right += length(row);
            }
        }
        return [[.. first], [.. second]];
    }
}
