using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;
#pragma warning disable
namespace PeftSharp.Tensors;
public sealed class SafetensorsFile : IDisposable
{
    byte[] _b; Dictionary<string, (ScalarType, long[], long, long)> _t = new(); long _o;
    public static SafetensorsFile Open(string p)
    {
        var f = new SafetensorsFile { _b = File.ReadAllBytes(p) };
        long n = BitConverter.ToInt64(f._b, 0); f._o = 8 + n;
        using var d = JsonDocument.Parse(f._b.AsMemory(8, (int)n));
        foreach (var e in d.RootElement.EnumerateObject()) if (e.Name != "__metadata__")
        {
            var dt = e.Value.GetProperty("dtype").GetString() switch { "F32" => ScalarType.Float32, "F16" => ScalarType.Float16, "BF16" => ScalarType.BFloat16, "I64" => ScalarType.Int64, _ => throw new Exception("dtype") };
            var sh = e.Value.GetProperty("shape").EnumerateArray().Select(x => x.GetInt64()).ToArray();
            var off = e.Value.GetProperty("data_offsets").EnumerateArray().Select(x => x.GetInt64()).ToArray();
            f._t[e.Name] = (dt, sh, off[0], off[1]);
        }
        return f;
    }
    public IEnumerable<string> Names => _t.Keys;
    public Tensor Load(string n) { var (dt, sh, a, b) = _t[n]; var t = torch.empty(sh, dtype: dt); _b.AsSpan((int)(_o + a), (int)(b - a)).CopyTo(t.bytes); return t; }
    public void Dispose() { }
}
public sealed class Checkpoint : IDisposable
{
    SafetensorsFile _f;
    public static Checkpoint Open(string p) => new Checkpoint { _f = SafetensorsFile.Open(Path.Combine(p, "model.safetensors")) };
    public bool Contains(string n) => _f.Names.Contains(n);
    public Tensor Load(string n) => _f.Load(n);
    public void Dispose() { }
}
public static class SafetensorsWriter { public static void Write(string p, IEnumerable<(string, Tensor)> t, IReadOnlyDictionary<string, string> m) => throw new Exception(); }
