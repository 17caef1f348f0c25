package dev.moat.fs.proc;

import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.mm.MemoryUsage;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;

/** {@code /proc/meminfo} and {@code /proc/vmstat}: the memory of the sandbox, within its limit. */
final class MemorySummary {
    private static final int KIB = 1024;
    private static final int PAGE_BYTES = 4096;

    private MemorySummary() {}

    static String information(ProcFilesystem proc, Task reader) {
        SandboxMemory memory = proc.sandbox().memory();
        long total = totalBytes(proc);
        long free = freeBytes(proc);
        MemoryUsage usage = memory.collectUsage();
        long files = usage.cachedBytes() + usage.memoryFileBytes();
        StringBuilder out = new StringBuilder();
        kib(out, "MemTotal", total);
        kib(out, "MemFree", free);
        kib(out, "MemAvailable", free + usage.cachedBytes() - usage.dirtyBytes());
        kib(out, "Buffers", 0);
        kib(out, "Cached", files);
        kib(out, "SwapCached", 0);
        // Nothing ages, as nothing is ever swapped: all of it is active.
        kib(out, "Active", usage.anonymousBytes() + files);
        kib(out, "Inactive", 0);
        kib(out, "Unevictable", usage.lockedBytes());
        kib(out, "Mlocked", usage.lockedBytes());
        kib(out, "SwapTotal", 0);
        kib(out, "SwapFree", 0);
        kib(out, "Dirty", usage.dirtyBytes());
        kib(out, "Writeback", 0);
        kib(out, "AnonPages", usage.anonymousBytes());
        kib(out, "Mapped", usage.mappedBytes());
        kib(out, "Shmem", usage.memoryFileBytes());
        kib(out, "Slab", memory.heap().bytes());
        kib(out, "SReclaimable", 0);
        kib(out, "SUnreclaim", memory.heap().bytes());
        kib(out, "PageTables", usage.pageTableBytes());
        kib(out, "CommitLimit", total);
        kib(out, "Committed_AS", usage.committedBytes());
        HugePagePool.Counts huge = memory.hugePages().counts();
        count(out, "HugePages_Total", huge.total());
        count(out, "HugePages_Free", huge.free());
        count(out, "HugePages_Rsvd", huge.reserved());
        count(out, "HugePages_Surp", huge.surplus());
        kib(out, "Hugepagesize", HugePagePool.PAGE_BYTES);
        kib(out, "Hugetlb", huge.total() * HugePagePool.PAGE_BYTES);
        return out.toString();
    }

    static String statistics(ProcFilesystem proc, Task reader) {
        MemoryUsage usage = proc.sandbox().memory().collectUsage();
        Tasks.Totals totals = proc.sandbox().tasks().totals();
        StringBuilder out = new StringBuilder();
        pages(out, "nr_free_pages", freeBytes(proc));
        pages(out, "nr_mlock", usage.lockedBytes());
        pages(out, "nr_anon_pages", usage.anonymousBytes());
        pages(out, "nr_mapped", usage.mappedBytes());
        pages(out, "nr_file_pages", usage.cachedBytes() + usage.memoryFileBytes());
        pages(out, "nr_dirty", usage.dirtyBytes());
        pages(out, "nr_shmem", usage.memoryFileBytes());
        pages(out, "nr_page_table_pages", usage.pageTableBytes());
        // There is neither a block device nor swap.
        out.append("pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
        out.append("pgfault ").append(totals.minorFaults() + totals.majorFaults());
        out.append("\npgmajfault ").append(totals.majorFaults()).append('\n');
        return out.toString();
    }

    private static long totalBytes(ProcFilesystem proc) {
        return Math.min(proc.sandbox().memory().limitBytes(), proc.facts().totalMemoryBytes());
    }

    private static long freeBytes(ProcFilesystem proc) {
        long left = Math.max(0, totalBytes(proc) - proc.sandbox().memory().usedBytes());
        // Huge pages that nobody has are not there yet, but nobody else gets their memory.
        long kept = proc.sandbox().memory().hugePages().counts().free() * HugePagePool.PAGE_BYTES;
        return Math.min(left, Math.max(0, proc.facts().freeMemoryBytes() - kept));
    }

    private static void kib(StringBuilder out, String field, long bytes) {
        out.append(String.format("%-16s%8d kB\n", field + ":", bytes / KIB));
    }

    private static void count(StringBuilder out, String field, long number) {
        out.append(String.format("%-16s%8d\n", field + ":", number));
    }

    private static void pages(StringBuilder out, String field, long bytes) {
        out.append(field).append(' ').append(bytes / PAGE_BYTES).append('\n');
    }
}
