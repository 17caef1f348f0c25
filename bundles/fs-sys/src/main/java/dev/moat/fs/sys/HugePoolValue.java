package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.sandbox.Sandbox;
import java.util.Locale;

/**
 * A number of the pool of huge pages: Documentation/admin-guide/mm/hugetlbpage.rst. The machine has
 * one node, so that all pages are its.
 */
record HugePoolValue(Sandbox sandbox, Kind kind) implements SysValue {
    private static final String DIRECTORY = "hugepages/hugepages-2048kB";

    /** Files, by their names. */
    enum Kind {
        FREE_HUGEPAGES,
        NR_HUGEPAGES,
        NR_HUGEPAGES_MEMPOLICY,
        NR_OVERCOMMIT_HUGEPAGES,
        RESV_HUGEPAGES,
        SURPLUS_HUGEPAGES
    }

    /** Adds the files of {@code /sys/kernel/mm}. */
    static void addAll(SysDirectory directory, Sandbox sandbox) {
        add(directory, sandbox, Kind.values());
    }

    /** Adds the files of a node. */
    static void addOfNode(SysDirectory directory, Sandbox sandbox) {
        add(directory, sandbox, Kind.FREE_HUGEPAGES, Kind.NR_HUGEPAGES, Kind.SURPLUS_HUGEPAGES);
    }

    private static void add(SysDirectory directory, Sandbox sandbox, Kind... kinds) {
        SysDirectory own = directory.directory(DIRECTORY);
        for (Kind kind : kinds) {
            own.file(kind.name().toLowerCase(Locale.ROOT), new HugePoolValue(sandbox, kind));
        }
    }

    @Override
    public String text() {
        HugePagePool pool = sandbox.memory().hugePages();
        HugePagePool.Counts counts = pool.counts();
        long number =
                switch (kind) {
                    case FREE_HUGEPAGES -> counts.free();
                    case NR_HUGEPAGES, NR_HUGEPAGES_MEMPOLICY -> counts.total();
                    case NR_OVERCOMMIT_HUGEPAGES -> pool.overcommit();
                    case RESV_HUGEPAGES -> counts.reserved();
                    case SURPLUS_HUGEPAGES -> counts.surplus();
                };
        return number + "\n";
    }

    @Override
    public boolean isWritable() {
        return switch (kind) {
            case NR_HUGEPAGES, NR_HUGEPAGES_MEMPOLICY, NR_OVERCOMMIT_HUGEPAGES -> true;
            case FREE_HUGEPAGES, RESV_HUGEPAGES, SURPLUS_HUGEPAGES -> false;
        };
    }

    @Override
    public void accept(String value) {
        long number = parse(value.strip());
        HugePagePool pool = sandbox.memory().hugePages();
        if (kind == Kind.NR_OVERCOMMIT_HUGEPAGES) {
            pool.setOvercommit(number);
        } else {
            pool.setPersistent(number);
        }
    }

    private static long parse(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= Integer.MAX_VALUE) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw Errno.EINVAL.exception();
    }
}
