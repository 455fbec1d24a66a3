using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using PeftSharp.Tensors.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// libtorch's oneDNN products over packed weights. They live outside of the <c>aten</c> namespace, where a script that is
/// compiled cannot name them but a TorchScript archive can; so the constant text below is put into such an archive, in memory.
/// Nothing in it comes from input.
/// </summary>
internal static class OneDnnKernels
{
    private const string Code = """
        class K(Module):
          __parameters__ = []
          __buffers__ = []
          def pack(self: __torch__.K, w: Tensor) -> Tensor:
            return ops.mkldnn._reorder_linear_weight(w, 1024)
          def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
            return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")

        """;

    private static readonly Lazy<jit.ScriptModule?> _module = new(Load);

    /// <summary>True if this build of libtorch has the products: those for ARM and Apple lack them.</summary>
    public static bool Exist => _module.Value is not null;

    /// <summary>A weight (out, in), which may be a transposed view, in the layout that <see cref="Linear"/> is fastest with.</summary>
    /// <returns>An opaque tensor: only <see cref="Linear"/> can read it.</returns>
    public static Tensor Pack(Tensor weight) => Invoke("pack", weight);

    /// <summary>x Wᵀ + b, without graph: (…, in) → (…, out).</summary>
    public static Tensor Linear(Tensor x, Tensor packed, Tensor? bias) => Invoke("linear", x, packed, bias);

    private static Tensor Invoke(string name, params Tensor?[] arguments)
    {
        Tensor result = (Tensor)_module.Value!.invoke(name, arguments);
        // Of the tensors the native side has no more than addresses.
        GC.KeepAlive(arguments);
        return result;
    }

    private static jit.ScriptModule? Load()
    {
        NativeLoader.EnsureLoaded();
        try
        {
            return jit.load(Archive());
        }
        catch (ExternalException)
        {
            // The archive names operators that this build of libtorch does not have.
            return null;
        }
    }

    /// <summary>A TorchScript archive: a zip whose entries are stored as they are.</summary>
    private static byte[] Archive()
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("version", "3\n"u8);
            Add("constants.pkl", [0x80, 0x02, 0x29, 0x2E]);
            Add("data.pkl", [0x80, 0x02, .. "c__torch__\nK\nq\0)"u8, 0x81, .. "}b."u8]);
            Add("code/__torch__.py", Encoding.ASCII.GetBytes(Code));

            void Add(string name, ReadOnlySpan<byte> content)
            {
                using Stream entry = zip.CreateEntry("k/" + name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }
        return bytes.ToArray();
    }
}
