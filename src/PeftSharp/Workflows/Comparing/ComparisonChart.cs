using System.Globalization;
using System.Xml.Linq;

namespace PeftSharp.Workflows.Comparing;

/// <summary>The chart of a comparison as SVG: the metric against the trainable parameters, a labelled point for each variant.</summary>
public static class ComparisonChart
{
    private const double Width = 760, Height = 460, Left = 72, Top = 56, Right = Width - 28, Bottom = Height - 64;
    private const string Ink = "#1f2937", Grid = "#e5e7eb", Muted = "#6b7280", Accent = "#2563eb";

    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    /// <summary>The text of the file; variants without a score are named below the chart.</summary>
    public static string Draw(Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        (string Name, double X, double Y)[] points =
        [
            .. from result in comparison.Finished
               let score = comparison.Score(result.Measures!)
               where double.IsFinite(score)
               select (result.Variant.Name, (double)result.Measures!.TrainableParameters, score),
        ];
        string title = $"{comparison.Metric} against trainable parameters";
        XElement root = new(
            _svg + "svg", new XAttribute("viewBox", $"0 0 {Width} {Height}"), new XAttribute("width", Width), new XAttribute("height", Height),
            new XAttribute("role", "img"), new XAttribute("font-family", "system-ui, 'DejaVu Sans', Arial, sans-serif"), new XAttribute("font-size", 13), new XElement(_svg + "title", title),
            Element("rect", ("width", Width), ("height", Height), ("fill", "#ffffff")),
            Text(Left, 26, title, ("font-size", 16), ("font-weight", 600)),
            Text(Left, 44, $"{comparison.File}, {(comparison.GreaterIsBetter ? "more" : "less")} is better", ("fill", Muted)));
        if (points.Length > 0)
            root.Add(Plot(points, comparison.Metric));
        string[] missing = [.. comparison.Results.Select(result => result.Variant.Name).Except(points.Select(point => point.Name))];
        if (missing.Length > 0)
            root.Add(Text(Left, Height - 6, $"without a score: {string.Join(", ", missing)}", ("fill", Muted), ("font-size", 11)));
        return root + "\n";
    }

    private static IEnumerable<XElement> Plot((string Name, double X, double Y)[] points, string metric)
    {
        ChartScale across = ChartScale.OfPowers([.. points.Select(point => point.X)]);
        ChartScale up = ChartScale.OfSteps([.. points.Select(point => point.Y)]);
        foreach ((double value, string text) in across.Ticks)
        {
            yield return Element("line", ("x1", X(value)), ("x2", X(value)), ("y1", Top), ("y2", Bottom), ("stroke", Grid));
            yield return Text(X(value), Bottom + 18, text, ("text-anchor", "middle"), ("fill", Muted));
        }
        foreach ((double value, string text) in up.Ticks)
        {
            yield return Element("line", ("x1", Left), ("x2", Right), ("y1", Y(value)), ("y2", Y(value)), ("stroke", Grid));
            yield return Text(Left - 8, Y(value) + 4, text, ("text-anchor", "end"), ("fill", Muted));
        }
        yield return Text((Left + Right) / 2, Bottom + 40, "trainable parameters", ("text-anchor", "middle"));
        yield return Text(18, (Top + Bottom) / 2, metric, ("text-anchor", "middle"), ("transform", Invariant($"rotate(-90 18 {(Top + Bottom) / 2})")));
        ChartLabels labels = new(points.Select(point => (X(point.X), Y(point.Y))), Left, Top, Right, Bottom);
        foreach ((string name, double count, double score) in points)
        {
            XElement circle = Element("circle", ("cx", X(count)), ("cy", Y(score)), ("r", 5), ("fill", Accent));
            circle.Add(new XElement(_svg + "title", Invariant($"{name}: {score:0.0000}, {count:N0} trainable parameters")));
            yield return circle;
            (double x, double y) = labels.Place(X(count), Y(score), name);
            yield return Text(x, y, name);
        }

        double X(double value) => Math.Round(Left + across.Place(value) * (Right - Left), 1);

        double Y(double value) => Math.Round(Bottom - up.Place(value) * (Bottom - Top), 1);
    }

    private static XElement Text(double x, double y, string text, params (string Name, object Value)[] attributes)
    {
        XElement element = Element("text", [("x", Math.Round(x, 1)), ("y", Math.Round(y, 1)), .. attributes]);
        if (element.Attribute("fill") is null)
            element.SetAttributeValue("fill", Ink);
        element.Value = text;
        return element;
    }

    private static XElement Element(string name, params (string Name, object Value)[] attributes) =>
        new(_svg + name, attributes.Select(attribute => new XAttribute(attribute.Name, attribute.Value)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
