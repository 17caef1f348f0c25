package dev.moat.fs.proc;

import dev.moat.api.mm.HugePagePool;
import dev.moat.api.task.Task;
import java.util.Locale;

/** The pool of huge pages: Documentation/admin-guide/mm/hugetlbpage.rst. */
record HugePageSetting(Kind kind) implements Content {
    /** Files in {@code /proc/sys/vm}. */
    enum Kind {
        NR_HUGEPAGES,
        NR_HUGEPAGES_MEMPOLICY,
        NR_OVERCOMMIT_HUGEPAGES,
        HUGETLB_SHM_GROUP;

        String fileName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        HugePagePool pool = proc.sandbox().memory().hugePages();
        HugePagePool.Counts counts = pool.counts();
        long value =
                switch (kind) {
                    case NR_HUGEPAGES, NR_HUGEPAGES_MEMPOLICY -> counts.total() - counts.surplus();
                    case NR_OVERCOMMIT_HUGEPAGES -> pool.overcommit();
                    case HUGETLB_SHM_GROUP -> pool.sharedMemoryGroup();
                };
        return value + "\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        HugePagePool pool = proc.sandbox().memory().hugePages();
        switch (kind) {
            // There is one node: no policy makes a difference.
            case NR_HUGEPAGES, NR_HUGEPAGES_MEMPOLICY ->
                    pool.setPersistent(SysctlNumber.first(value, 0, Integer.MAX_VALUE));
            case NR_OVERCOMMIT_HUGEPAGES ->
                    pool.setOvercommit(SysctlNumber.first(value, 0, Integer.MAX_VALUE));
            case HUGETLB_SHM_GROUP ->
                    pool.setSharedMemoryGroup(
                            SysctlNumber.first(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
        }
    }
}
