using System.Text;

namespace PeftSharp.Cli.Rendering;

/// <summary>A writer that lets no control sequence through (<see cref="Printable"/>).</summary>
internal sealed class PrintableWriter : TextWriter
{
    private readonly TextWriter _inner;

    public PrintableWriter(TextWriter inner)
        : base(inner.FormatProvider)
    {
        _inner = inner;
        CoreNewLine = inner.NewLine.ToCharArray();
    }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value)
    {
        if (Printable.IsControl(value))
            _inner.Write(Printable.Of(value.ToString()));
        else
            _inner.Write(value);
    }

    public override void Write(string? value) => _inner.Write(value is null ? null : Printable.Of(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine() => _inner.WriteLine();

    public override void WriteLine(string? value) => _inner.WriteLine(value is null ? null : Printable.Of(value));

    public override void WriteLine(ReadOnlySpan<char> buffer) => WriteLine(new string(buffer));

    public override void Flush() => _inner.Flush();
}
