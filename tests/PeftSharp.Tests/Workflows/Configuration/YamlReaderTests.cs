using PeftSharp.Workflows.Configuration;
using Xunit;

namespace PeftSharp.Tests.Workflows.Configuration;

public sealed class YamlReaderTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void ReadFile_NestedValues_KeepTheirLines()
    {
        var map = (ConfigNode.Map)Read("model: a\ntraining:\n  seed: 7\n  columns: [x, 'y']\n");
        var training = (ConfigNode.Map)map.Members[1].Value;
        var seed = (ConfigNode.Scalar)training.Members[0].Value;
        Assert.Equal(("7", true, $"{_file}, line 3"), (seed.Text, seed.Plain, seed.Place));
        var list = (ConfigNode.List)training.Members[1].Value;
        Assert.Equal([("x", true), ("y", false)], list.Items.Cast<ConfigNode.Scalar>().Select(item => (item.Text, item.Plain)));
    }

    [Fact]
    public void ReadFile_Empty_IsNoKeys() => Assert.Empty(((ConfigNode.Map)Read("# nothing\n")).Members);

    [Fact]
    public void ReadFile_Alias_StandsForWhatItNames()
    {
        var map = (ConfigNode.Map)Read("a: &x [1, 2]\nb: *x\n");
        Assert.Equal(map.Members[0].Value, map.Members[1].Value);
    }

    [Fact]
    public void ReadFile_AliasesThatMultiply_AreStopped()
    {
        string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(
            Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("aliases", Fails(bomb), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: &x [1, *x]", "refers to what it stands in")]
    [InlineData("a: *x", "line 1")]
    [InlineData("a: 1\na: 2", "twice")]
    [InlineData("a: !!python/object:os.system 1", "tags")]
    [InlineData("[a, b]: 1", "plain name")]
    [InlineData("a: 1\n---\nb: 2", "second document")]
    [InlineData("a: [1", "not valid YAML")]
    [InlineData("a: 'x", "not valid YAML")]
    [InlineData("a: b: c", "not valid YAML")]
    public void ReadFile_Unsound_IsOneError(string yaml, string words) => Assert.Contains(words, Fails(yaml), StringComparison.Ordinal);

    [Fact]
    public void ReadFile_VeryDeep_IsStopped()
    {
        Assert.Contains("levels deep", Fails(new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains("levels deep", Fails(string.Concat(Enumerable.Range(0, 200).Select(i => new string(' ', i) + "a:\n"))), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFile_Huge_IsRefusedUnread() => Assert.Contains("too many", Fails(new string('a', 2_000_000)), StringComparison.Ordinal);

    [Fact]
    public void ReadFile_NotThere_NamesTheFile() =>
        Assert.Contains("no-such.yaml", Assert.Throws<ConfigException>(() => YamlReader.ReadFile("no-such.yaml")).Message, StringComparison.Ordinal);

    private ConfigNode Read(string yaml)
    {
        File.WriteAllText(_file, yaml);
        return YamlReader.ReadFile(_file);
    }

    private string Fails(string yaml) => Assert.Throws<ConfigException>(() => Read(yaml)).Message;
}
