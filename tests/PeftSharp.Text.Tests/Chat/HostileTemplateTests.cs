using System.Diagnostics;
using PeftSharp.Text.Chat;

namespace PeftSharp.Text.Tests.Chat;

/// <summary>Templates that would run for ever, fill the memory or break out end soon, with one message.</summary>
public sealed class HostileTemplateTests
{
    private const string Ten = "[1,2,3,4,5,6,7,8,9,0]";

    public static TheoryData<string> Endless() =>
    [
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=(1,)) %}{% for i in range(100) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}",
        "{% set ns = namespace(s={}) %}{% for i in range(90000) %}{% set ns.s = {'a': ns.s} %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[]) %}{% for i in range(90000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | tojson }}",
        "{% set ns = namespace(s=[], t=[]) %}{% for i in range(90000) %}{% set ns.s = [ns.s] %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
        "{{ 'x' * 10000000000 }}",
        "{{ ('x' * 1000000) * 1000000 }}",
        "{{ [1] * 10000000000 }}",
        "{{ 'x'.ljust(2000000000) }}",
        "{{ '{:2000000000}'.format('x') }}",
        "{{ '%2000000000s' % 'x' }}",
        "{{ '%.2000000000f' % 1.5 }}",
        "{{ 'x' | center(2000000000) }}",
        "{{ 'x' | indent(2000000000, true) }}",
        "{{ '\t'.expandtabs(2000000000) }}",
        "{{ [1] | batch(2000000000, 1) | list }}",
        "{{ [1] | slice(2000000000) | list }}",
        "{{ 10 ** 10000000 }}",
        "{% set ns = namespace(x=3) %}{% for i in range(100000) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
        "{{ 2.0 ** 10000 | string }}{{ 1e308 * 10 ** 400 }}",
        "{% set s = 'ab' * 1000000 %}{% for i in range(100000) %}{{ s.replace('a', 'b') | length }}{% endfor %}",
        "{% set s = '😀' * 500000 %}{% for i in range(100000) %}{{ s[i] }}{{ s | length }}{% endfor %}",
        "{% set s = 'ab' * 1000000 %}{% for i in range(100000) %}{{ 'zz' in s }}{{ s == s ~ '' }}{{ {s: 1} }}{% endfor %}",
        "{% macro a() %}{{ b() }}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% macro a(n) %}{% if n %}{{ a(n - 1) }}{{ a(n - 1) }}{% endif %}{% endmacro %}{{ a(100) }}",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% for a in " + Ten + " %}{% for b in " + Ten + " %}{{ ('y' * 1000000) }}{% endfor %}{% endfor %}",
        "{% set x %}{% for i in range(100000) %}{{ 'z' * 10000 }}{% endfor %}{% endset %}",
        "{{ range(100000) | map('string') | sort | batch(1) | list | tojson(indent=100) | length }}{% for i in range(1000) %}{{ range(100000) | list | sort | length }}{% endfor %}",
        "{{ '(' * 100 | format }}" + new string('(', 200_000),
        "{{ " + string.Concat(Enumerable.Repeat("[", 200_000)),
        "{{ " + string.Concat(Enumerable.Repeat("not ", 200_000)) + "1 }}{{ nope() }}",
        "{{ " + string.Concat(Enumerable.Repeat("-", 200_000)) + "1 }}{{ nope() }}",
        "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 200_000)) + " }}{{ nope() }}",
        "{{ x" + string.Concat(Enumerable.Repeat(".a", 200_000)) + " }}",
        string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000)),
        string.Concat(Enumerable.Repeat("{% set x %}", 80_000)),
        new string('{', 500_000),
        string.Concat(Enumerable.Repeat("{%", 400_000)),
        string.Concat(Enumerable.Repeat("{% raw %}", 100_000)),
        new string('x', 2_000_000),
    ];

    [Theory]
    [MemberData(nameof(Endless))]
    public void Render_WhatWouldNotEnd_EndsWithOneMessage(string source)
    {
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetTotalAllocatedBytes();
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([ChatMessage.User("x")]));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "it took too long");
        Assert.True(GC.GetTotalAllocatedBytes() - before < 4L << 30, "it allocated too much");
        Assert.True(error.Message.Length < 400, error.Message);
    }

    [Fact]
    public void Render_DeepNestingOnASmallStack_Fails()
    {
        Exception? caught = null;
        Thread small = new(() => caught = Record.Exception(() => ChatTemplate.Parse("{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}").Render([])), 256 << 10);
        small.Start();
        small.Join();
        Assert.IsType<ChatTemplateException>(caught);
    }

    [Fact]
    public void Render_ALongConversation_IsWithinTheLimits()
    {
        ChatMessage[] messages = [.. Enumerable.Range(0, 2000).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", new string('w', 2000)))];
        Assert.Equal(2000, ChatFixtures.Named("chatml").Render(messages).Text.Split("<|im_start|>").Length - 1);
        Assert.True(ChatFixtures.Named("macros_features").Render(messages[..400]).Text.Length > 400 * 2000);
    }
}
