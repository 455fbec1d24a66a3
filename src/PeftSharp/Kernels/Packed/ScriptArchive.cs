using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using PeftSharp.Tensors.Native;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// The door to operators outside of the <c>aten</c> namespace: a script that is compiled cannot name them, a TorchScript
/// archive can; so a constant text is put into such an archive, in memory. Nothing in it comes from input.
/// </summary>
/// <param name="code">The methods of a <c>class K(Module)</c>, each line indented by two.</param>
internal sealed class ScriptArchive(string code)
{
    private const string Head = """
        class K(Module):
          __parameters__ = []
          __buffers__ = []

        """;

    private readonly Lazy<jit.ScriptModule?> _module = new(() => Load(Head + code));

    /// <summary>True if this build of libtorch has all operators that the text names.</summary>
    public bool Loads => _module.Value is not null;

    /// <summary>Calls one of the methods.</summary>
    public Tensor Invoke(string name, params Tensor?[] arguments)
    {
        Tensor result = (Tensor)_module.Value!.invoke(name, arguments);
        // Of the tensors the native side has no more than addresses.
        GC.KeepAlive(arguments);
        return result;
    }

    private static jit.ScriptModule? Load(string code)
    {
        NativeLoader.EnsureLoaded();
        try
        {
            return jit.load(Archive(code));
        }
        catch (ExternalException)
        {
            // The archive names operators that this build of libtorch does not have.
            return null;
        }
    }

    /// <summary>A TorchScript archive: a zip whose entries are stored as they are.</summary>
    private static byte[] Archive(string code)
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("version", "3\n"u8);
            Add("constants.pkl", [0x80, 0x02, 0x29, 0x2E]);
            Add("data.pkl", [0x80, 0x02, .. "c__torch__\nK\nq\0)"u8, 0x81, .. "}b."u8]);
            Add("code/__torch__.py", Encoding.ASCII.GetBytes(code));

            void Add(string name, ReadOnlySpan<byte> content)
            {
                using Stream entry = zip.CreateEntry("k/" + name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }
        return bytes.ToArray();
    }
}
