using System.Buffers.Binary;
using System.Text;

namespace PeftSharp.Tests.Tensors;

/// <summary>Safetensors files put together from text and bytes, right or wrong.</summary>
internal static class RawSafetensors
{
    /// <summary>A header of any text, with its right length, and data.</summary>
    public static byte[] Of(string json, params byte[] data) => Of(Encoding.UTF8.GetBytes(json), data);

    public static byte[] Of(byte[] json, params byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    /// <summary>One tensor's entry, without its name.</summary>
    public static string Entry(string dtype, string shape, string offsets) => $"{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{offsets}]}}";

    /// <summary>A small, right file with tensors of many dtypes.</summary>
    public static byte[] Valid()
    {
        string json = "{\"__metadata__\":{\"format\":\"pt\",\"x\":\"y\"}"
            + ",\"i64\":" + Entry("I64", "2", "0,16")
            + ",\"f64\":" + Entry("F64", "1,1", "16,24")
            + ",\"f32\":" + Entry("F32", "2,3", "24,48")
            + ",\"i32\":" + Entry("I32", "", "48,52")
            + ",\"bf16\":" + Entry("BF16", "2", "52,56")
            + ",\"f16\":" + Entry("F16", "2", "56,60")
            + ",\"i16\":" + Entry("I16", "1", "60,62")
            + ",\"i8\":" + Entry("I8", "1", "62,63")
            + ",\"u8\":" + Entry("U8", "2", "63,65")
            + ",\"bool\":" + Entry("BOOL", "3", "65,68")
            + ",\"empty\":" + Entry("F32", "0,4", "68,68")
            + ",\"f8\":" + Entry("F8_E4M3", "4", "68,72") + "}";
        byte[] data = new byte[72];
        for (int i = 0; i < data.Length; i++)
            data[i] = (byte)(i * 7 % 50);
        return Of(json.PadRight((json.Length + 7) / 8 * 8), data);
    }
}
