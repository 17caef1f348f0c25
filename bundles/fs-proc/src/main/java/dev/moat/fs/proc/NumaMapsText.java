package dev.moat.fs.proc;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.MemoryPolicy;
import dev.moat.api.mm.PageCounts;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.task.Task;

/** {@code numa_maps}: numa(7), fs/proc/task_mmu.c show_numa_map. All pages are on node 0. */
final class NumaMapsText {
    private NumaMapsText() {}

    static String of(ProcFilesystem proc, Task reader, Task task) {
        StringBuilder out = new StringBuilder();
        for (VmaInfo vma : MapsText.vmas(task)) {
            line(out, MapsText.seen(reader, vma), task.placement().policy());
        }
        return out.toString();
    }

    private static void line(StringBuilder out, VmaInfo vma, MemoryPolicy ofTask) {
        MemoryPolicy policy = vma.policy().equals(MemoryPolicy.DEFAULT) ? ofTask : vma.policy();
        out.append(String.format("%08x ", vma.start())).append(policy.text());
        String name = vma.name();
        if (name.startsWith("/")) {
            out.append(" file=").append(escaped(name));
        } else if (name.equals("[heap]")) {
            out.append(" heap");
        } else if (name.equals("[stack]")) {
            out.append(" stack");
        }
        PageCounts pages = vma.pages();
        if (MapsText.isHuge(vma)) {
            hugePages(out, pages, (vma.flags() & MemoryFlags.MAP_SHARED) != 0);
            out.append('\n');
            return;
        }
        long all = pages(pages.residentBytes());
        // Pages of the kernel's own are not counted.
        if (all > 0 && !name.startsWith("[v")) {
            long anonymous = pages(pages.anonymousBytes());
            long dirty = pages(pages.sharedDirtyBytes() + pages.privateDirtyBytes());
            field(out, "anon", anonymous);
            field(out, "dirty", dirty);
            field(out, "mapped", all != anonymous && all != dirty ? all : 0);
            field(out, "mapmax", pages.mostMappings() > 1 ? pages.mostMappings() : 0);
            // Nothing ages: all pages are active, which is not told.
            field(out, "N0", all);
            field(out, "kernelpagesize_kB", MemoryFlags.PAGE_SIZE >> 10);
        }
        out.append('\n');
    }

    private static void hugePages(StringBuilder out, PageCounts pages, boolean ofFile) {
        out.append(" huge");
        long all = (pages.sharedPoolBytes() + pages.privatePoolBytes()) / HugePagePool.PAGE_BYTES;
        if (all > 0) {
            field(out, "anon", ofFile ? 0 : all);
            field(out, "dirty", all);
            field(out, "mapmax", pages.mostMappings() > 1 ? pages.mostMappings() : 0);
            field(out, "N0", all);
            field(out, "kernelpagesize_kB", HugePagePool.PAGE_BYTES >> 10);
        }
    }

    private static long pages(long bytes) {
        return bytes >>> MemoryFlags.PAGE_SHIFT;
    }

    private static void field(StringBuilder out, String name, long value) {
        if (value != 0) {
            out.append(' ').append(name).append('=').append(value);
        }
    }

    /** What separates fields in octal: seq_path(). */
    private static String escaped(String path) {
        return path.replace("\n", "\\012")
                .replace("\t", "\\011")
                .replace(" ", "\\040")
                .replace("=", "\\075");
    }
}
