package dev.moat.fs.proc;

import static dev.moat.abi.VmFlags.*;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.PageCounts;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.task.Task;
import java.util.List;
import java.util.Locale;

/** {@code maps}, {@code smaps} and {@code smaps_rollup}. */
final class MapsText {
    private static final int NAME_COLUMN = 73;
    private static final int KIB = 1024;

    private MapsText() {}

    static String maps(ProcFilesystem proc, Task reader, Task task) {
        return lines(reader, vmas(task));
    }

    static String lines(Task reader, List<VmaInfo> vmas) {
        StringBuilder out = new StringBuilder();
        for (VmaInfo vma : vmas) {
            head(out, seen(reader, vma));
        }
        return out.toString();
    }

    static String smaps(ProcFilesystem proc, Task reader, Task task) {
        StringBuilder out = new StringBuilder();
        for (VmaInfo vma : vmas(task)) {
            head(out, seen(reader, vma));
            kib(out, "Size", vma.end() - vma.start());
            long pageBytes = isHuge(vma) ? HugePagePool.PAGE_BYTES : MemoryFlags.PAGE_SIZE;
            kib(out, "KernelPageSize", pageBytes);
            kib(out, "MMUPageSize", pageBytes);
            sizes(out, vma.pages(), vma.lockedBytes());
            out.append("THPeligible:           ").append(vma.hugePagesEligible() ? 1 : 0);
            out.append("\nVmFlags:").append(vmFlags(vma)).append('\n');
        }
        return out.toString();
    }

    static String rollup(ProcFilesystem proc, Task task) {
        List<VmaInfo> vmas = vmas(task);
        if (vmas.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        out.append(hex(vmas.getFirst().start())).append('-').append(hex(vmas.getLast().end()));
        out.append(" ---p 00000000 00:00 0").append(" ".repeat(27)).append("[rollup]\n");
        PageCounts pages = PageCounts.NONE;
        long lockedBytes = 0;
        for (VmaInfo vma : vmas) {
            pages = pages.plus(vma.pages());
            lockedBytes += vma.lockedBytes();
        }
        sizes(out, pages, lockedBytes);
        return out.toString();
    }

    /** Whether it consists of huge pages of the pool. */
    static boolean isHuge(VmaInfo vma) {
        return (vma.kernelFlags() & VM_HUGETLB) != 0;
    }

    static List<VmaInfo> vmas(Task task) {
        return task.group().isZombie() ? List.of() : task.memory().collectVmas();
    }

    /** With the path of its file as the reader sees it. */
    static VmaInfo seen(Task reader, VmaInfo vma) {
        return vma.named(reader.sandbox().vfs(), reader.fs().root());
    }

    private static void head(StringBuilder out, VmaInfo vma) {
        int start = out.length();
        boolean shared = (vma.flags() & MemoryFlags.MAP_SHARED) != 0;
        out.append(hex(vma.start())).append('-').append(hex(vma.end())).append(' ');
        out.append((vma.prot() & MemoryFlags.PROT_READ) != 0 ? 'r' : '-');
        out.append((vma.prot() & MemoryFlags.PROT_WRITE) != 0 ? 'w' : '-');
        out.append((vma.prot() & MemoryFlags.PROT_EXEC) != 0 ? 'x' : '-');
        out.append(shared ? 's' : 'p').append(' ').append(hex(vma.offset())).append(' ');
        long device = vma.inode().device();
        out.append(
                String.format(
                        "%02x:%02x %d",
                        DeviceNumbers.major(device),
                        DeviceNumbers.minor(device),
                        vma.inode().inode()));
        if (!vma.name().isEmpty()) {
            int column = out.length() - start;
            out.append(" ".repeat(Math.max(1, NAME_COLUMN - column)));
            out.append(vma.name().replace("\n", "\\012"));
        } else {
            out.append(' ');
        }
        out.append('\n');
    }

    private static void sizes(StringBuilder out, PageCounts pages, long lockedBytes) {
        kib(out, "Rss", pages.residentBytes());
        kib(out, "Pss", pages.proportionalBytes());
        kib(out, "Shared_Clean", pages.sharedCleanBytes());
        kib(out, "Shared_Dirty", pages.sharedDirtyBytes());
        kib(out, "Private_Clean", pages.privateCleanBytes());
        kib(out, "Private_Dirty", pages.privateDirtyBytes());
        // Nothing ages: what is there counts as used.
        kib(out, "Referenced", pages.residentBytes());
        kib(out, "Anonymous", pages.anonymousBytes());
        kib(out, "LazyFree", 0);
        kib(out, "AnonHugePages", pages.hugeBytes());
        kib(out, "ShmemPmdMapped", 0);
        kib(out, "FilePmdMapped", 0);
        kib(out, "Shared_Hugetlb", pages.sharedPoolBytes());
        kib(out, "Private_Hugetlb", pages.privatePoolBytes());
        kib(out, "Swap", 0);
        kib(out, "SwapPss", 0);
        kib(out, "Locked", lockedBytes);
    }

    /** As show_smap_vma_flags() of fs/proc/task_mmu.c: by the numbers of the bits. */
    private static String vmFlags(VmaInfo vma) {
        StringBuilder flags = new StringBuilder(" ");
        for (Mnemonic each : Mnemonic.values()) {
            if ((vma.kernelFlags() & each.flag) != 0) {
                flags.append(each.name().toLowerCase(Locale.ROOT)).append(' ');
            }
        }
        return flags.toString();
    }

    /** Names of flags in their order. */
    private enum Mnemonic {
        RD(VM_READ),
        WR(VM_WRITE),
        EX(VM_EXEC),
        SH(VM_SHARED),
        MR(VM_MAYREAD),
        MW(VM_MAYWRITE),
        ME(VM_MAYEXEC),
        MS(VM_MAYSHARE),
        GD(VM_GROWSDOWN),
        UM(VM_UFFD_MISSING),
        UW(VM_UFFD_WP),
        LO(VM_LOCKED),
        DC(VM_DONTCOPY),
        DE(VM_DONTEXPAND),
        AC(VM_ACCOUNT),
        NR(VM_NORESERVE),
        HT(VM_HUGETLB),
        WF(VM_WIPEONFORK),
        DD(VM_DONTDUMP),
        HG(VM_HUGEPAGE),
        NH(VM_NOHUGEPAGE),
        DP(VM_DROPPABLE),
        UI(VM_UFFD_MINOR),
        SL(VM_SEALED);

        private final long flag;

        Mnemonic(long flag) {
            this.flag = flag;
        }
    }

    private static String hex(long value) {
        return String.format("%08x", value);
    }

    private static void kib(StringBuilder out, String field, long bytes) {
        out.append(String.format("%-16s%8d kB\n", field + ":", bytes / KIB));
    }
}
