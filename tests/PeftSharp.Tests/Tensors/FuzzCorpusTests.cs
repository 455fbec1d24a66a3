using PeftSharp.Tensors;
using PeftSharp.Testing;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

/// <summary>The seeds of the fuzzers are whole files, and what the fuzzers once found stays harmless.</summary>
public sealed class FuzzCorpusTests
{
    private static readonly string _root = Path.Combine(Fixtures.RepositoryRoot, "tools", "fuzz");

    private static string[] Files(params string[] folder) =>
        Directory.Exists(Path.Combine([_root, .. folder])) ? Directory.GetFiles(Path.Combine([_root, .. folder])) : [];

    private static void LoadAll(string path)
    {
        using ICheckpoint file = Checkpoint.Open(path);
        foreach (string name in file.Names)
        {
            if (file.Info(name).DType is StoredDType.U16 or StoredDType.U32 or StoredDType.U64)
                continue;
            using torch.Tensor tensor = file.Load(name), sum = tensor.sum();
            Assert.Equal(file.Info(name).Shape, tensor.shape);
        }
    }

    [Theory]
    [InlineData("safetensors")]
    [InlineData("pickle")]
    [InlineData("gguf")]
    public void Open_Seeds_AllLoad(string format)
    {
        string[] seeds = Files("corpus", format);
        Assert.NotEmpty(seeds);
        Assert.All(seeds, LoadAll);
    }

    [Theory]
    [InlineData("safetensors")]
    [InlineData("pickle")]
    [InlineData("gguf")]
    public void Open_WhatFuzzersFound_LoadsOrIsRefused(string format)
    {
        foreach (string path in Files("regressions", format))
        {
            try
            {
                LoadAll(path);
            }
            catch (InvalidDataException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }
}
