using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace PeftSharp.Testing;

/// <summary>Which method calls which, read from the code of a compiled assembly.</summary>
public static class CallsOfAssembly
{
    private static readonly FrozenDictionary<int, OperandType> _operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToFrozenDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    /// <summary>Each call, or name, of a method in the code of the file's own methods; both as <c>Namespace.Type::Method(parameters)</c>.</summary>
    /// <param name="path">A .NET assembly.</param>
    public static IReadOnlyList<(string Caller, string Callee)> Read(string path)
    {
        using PEReader file = new(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        MethodNames names = new(metadata);
        List<(string, string)> calls = [];
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            int address = metadata.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address == 0)
                continue;
            string caller = names.Of(handle)!;
            BlobReader code = file.GetMethodBody(address).GetILReader();
            while (code.RemainingBytes > 0)
                if (Next(ref code) is { } token && names.Of(token) is { } callee)
                    calls.Add((caller, callee));
        }
        return calls;
    }

    /// <summary>Goes past an instruction; gives the method or other member that it names.</summary>
    private static EntityHandle? Next(ref BlobReader code)
    {
        const int TwoBytes = 0xFE;
        int value = code.ReadByte();
        switch (_operands[value == TwoBytes ? value << 8 | code.ReadByte() : value])
        {
            case OperandType.InlineMethod or OperandType.InlineTok:
                return MetadataTokens.EntityHandle(code.ReadInt32());
            case OperandType.InlineNone:
                return null;
            case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                code.Offset += sizeof(byte);
                return null;
            case OperandType.InlineVar:
                code.Offset += sizeof(short);
                return null;
            case OperandType.InlineI8 or OperandType.InlineR:
                code.Offset += sizeof(long);
                return null;
            case OperandType.InlineSwitch:
                int targets = code.ReadInt32();
                code.Offset += targets * sizeof(int);
                return null;
            default:
                code.Offset += sizeof(int);
                return null;
        }
    }
}
