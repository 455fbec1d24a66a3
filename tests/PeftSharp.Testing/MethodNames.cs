using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace PeftSharp.Testing;

/// <summary>Names of methods with their types and parameters, so that overloads differ and two assemblies give a method the same name.</summary>
internal sealed class MethodNames(MetadataReader metadata) : ISignatureTypeProvider<string, object?>
{
    /// <summary>The name of a method; null for a handle of something else.</summary>
    public string? Of(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Of(metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MethodDefinition:
                MethodDefinition own = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return Name(own.GetDeclaringType(), own.Name, own.DecodeSignature(this, null));
            case HandleKind.MemberReference:
                MemberReference other = metadata.GetMemberReference((MemberReferenceHandle)handle);
                return other.GetKind() == MemberReferenceKind.Method ? Name(other.Parent, other.Name, other.DecodeMethodSignature(this, null)) : null;
            default:
                return null;
        }
    }

    private string Name(EntityHandle type, StringHandle name, MethodSignature<string> signature) =>
        $"{TypeName(type)}::{metadata.GetString(name)}({string.Join(", ", signature.ParameterTypes)})";

    private string TypeName(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => GetTypeFromDefinition(metadata, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => GetTypeFromReference(metadata, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeSpecification => GetTypeFromSpecification(metadata, null, (TypeSpecificationHandle)handle, 0),
        _ => handle.Kind.ToString(),
    };

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? $"{GetTypeFromDefinition(reader, outer, 0)}.{name}"
            : $"{reader.GetString(type.Namespace)}.{name}";
    }

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference type = reader.GetTypeReference(handle);
        string name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}.{name}"
            : $"{reader.GetString(type.Namespace)}.{name}";
    }

    public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

    public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

    public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{shape.Rank}]";

    public string GetByReferenceType(string elementType) => elementType + "&";

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetFunctionPointerType(MethodSignature<string> signature) => $"delegate*({string.Join(", ", signature.ParameterTypes)})";

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetPinnedType(string elementType) => elementType;
}
