namespace PeftSharp.Workflows.Comparing;

/// <summary>Finds a place for the label of each point where it hides no other.</summary>
internal sealed class ChartLabels
{
    private const double CharacterWidth = 7, Height = 14, Gap = 9;

    private readonly List<Box> _taken;
    private readonly Box _plot;

    /// <param name="points">All points, so that no label covers one.</param>
    /// <param name="left">The edges that labels keep within.</param>
    /// <param name="top"><inheritdoc cref="ChartLabels" path="/param[@name='left']"/></param>
    /// <param name="right"><inheritdoc cref="ChartLabels" path="/param[@name='left']"/></param>
    /// <param name="bottom"><inheritdoc cref="ChartLabels" path="/param[@name='left']"/></param>
    public ChartLabels(IEnumerable<(double X, double Y)> points, double left, double top, double right, double bottom)
    {
        _taken = [.. points.Select(point => new Box(point.X - 5, point.Y - 5, point.X + 5, point.Y + 5))];
        _plot = new(left, top, right, bottom);
    }

    /// <summary>The left end of the base line of a label.</summary>
    public (double X, double Y) Place(double x, double y, string text)
    {
        double width = CharacterWidth * text.Length;
        Box[] places = [.. Places(x, y, width).Select(at => new Box(at.X, at.Y - Height, at.X + width, at.Y)).Where(_plot.Holds)];
        // Where all are taken the one that hides least.
        Box best = places.Length == 0
            ? new Box(Math.Max(_plot.Left, Math.Min(x + Gap, _plot.Right - width)), y - Height, Math.Max(_plot.Left, Math.Min(x + Gap, _plot.Right - width)) + width, y)
            : places.MinBy(place => _taken.Sum(place.Overlap));
        _taken.Add(best);
        return (best.Left, best.Bottom - 3);
    }

    private static IEnumerable<(double X, double Y)> Places(double x, double y, double width)
    {
        double right = x + Gap, left = x - Gap - width, middle = x - width / 2;
        foreach (double shift in (double[])[0, Height, -Height, 2 * Height, -2 * Height])
        {
            yield return (right, y + Height / 2 + shift);
            yield return (left, y + Height / 2 + shift);
            yield return (middle, shift <= 0 ? y - Gap + shift : y + Gap + shift);
        }
    }

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Holds(Box other) => other.Left >= Left && other.Right <= Right && other.Top >= Top && other.Bottom <= Bottom;

        public double Overlap(Box other) =>
            Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left)) * Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));
    }
}
