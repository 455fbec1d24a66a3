using System.Globalization;

namespace PeftSharp.Tensors;

/// <summary>What Linux control groups (containers, systemd slices) allow this process; null where nothing is limited.</summary>
/// <param name="MemoryBytes">The least memory limit on the way up to the root.</param>
/// <param name="Cores">The least processor quota, in cores, on the way up to the root.</param>
internal sealed record CgroupLimits(long? MemoryBytes, double? Cores)
{
    /// <summary>Reads versions 1 and 2; without control groups both limits are null.</summary>
    /// <param name="membership">The file that lists the groups of the process, one <c>id:controllers:path</c> a line.</param>
    /// <param name="mount">The folder where the group hierarchies are mounted.</param>
    public static CgroupLimits Read(string membership = "/proc/self/cgroup", string mount = "/sys/fs/cgroup")
    {
        long? memory = null;
        double? cores = null;
        foreach (string line in File.Exists(membership) ? File.ReadAllLines(membership) : [])
        {
            if (line.Split(':', 3) is not [_, string controllers, string path])
                continue;
            string[] names = controllers.Split(',');
            bool unified = controllers.Length == 0;
            if (unified || names.Contains("memory"))
                foreach (string folder in Upwards(unified ? mount : Path.Combine(mount, "memory"), path))
                    memory = Least(memory, MemoryLimit(Text(folder, unified ? "memory.max" : "memory.limit_in_bytes")));
            if (unified || names.Contains("cpu"))
                foreach (string folder in Upwards(unified ? mount : Path.Combine(mount, "cpu"), path))
                    cores = Least(cores, unified
                        ? Quota(Text(folder, "cpu.max")?.Split(' '))
                        : Quota([Text(folder, "cpu.cfs_quota_us") ?? "", Text(folder, "cpu.cfs_period_us") ?? ""]));
        }
        return new CgroupLimits(memory, cores);
    }

    /// <summary>The group's folder and those above it. Inside a container the path may not exist below the mount: the root does.</summary>
    private static IEnumerable<string> Upwards(string root, string path)
    {
        for (string relative = path.Trim('/'); relative.Length > 0; relative = Path.GetDirectoryName(relative) ?? "")
            yield return Path.Combine(root, relative);
        yield return root;
    }

    private static string? Text(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    // Version 1 writes "no limit" as a number near 2^63, rounded down to pages.
    private static long? MemoryLimit(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes < long.MaxValue / 2 ? bytes : null;

    private static double? Quota(string[]? parts) =>
        parts is [string quota, string period]
            && long.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out long q)
            && long.TryParse(period, NumberStyles.None, CultureInfo.InvariantCulture, out long p) && p > 0
            ? (double)q / p : null;

    private static T? Least<T>(T? a, T? b) where T : struct, IComparable<T> =>
        a is null ? b : b is null ? a : a.Value.CompareTo(b.Value) <= 0 ? a : b;
}
